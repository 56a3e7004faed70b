"""The cases of all packages."""

from tests.python.survival import pvlib_cases, scipy_cases, thermofeel_cases

PACKAGES = {
    "thermofeel": thermofeel_cases.CASES,
    "pvlib": pvlib_cases.CASES,
    "scipy.signal": scipy_cases.SIGNAL,
    "scipy.stats": scipy_cases.STATS,
}
