"""Every public function of thermofeel, on fields as its guide describes them, and on one point.

Temperatures are in kelvin, radiation in W m-2, wind in m/s, humidity in percent, pressure in hPa,
as the docstrings say. The two functions of submodules that take fractions get fractions.
"""

import numpy as np
import thermofeel
from tests.python.survival.comparing import Case, case
from thermofeel import approximations, excess_heat, liljegren

T2 = np.array([309.0, 300.0, 277.2381, 273.0, 295.15, 261.0])
TD = np.array([280.0, 290.5, 273.0, 270.0, 294.0, 255.0])
VA = np.array([2.0, 0.0, 3.9, 10.0, 0.2, 25.0])
RH = np.array([25.0, 83.0, 70.5, 12.0, 100.0, 55.0])
MRT = np.array([310.0, 302.2, 280.0, 275.0, 330.0, 258.0])
SSRD = np.array([600.0, 950.0, 181.6, 0.0, 700.0, 20.0])
SSR = np.array([471.8, 760.0, 130.0, 0.0, 560.0, 15.0])
STRD = np.array([374.1, 400.0, 300.0, 250.0, 420.0, 200.0])
STRR = np.array([-123.6, -90.0, -50.0, -60.0, -100.0, -40.0])
DIRECT = np.array([374.1, 700.0, 60.0, 0.0, 500.0, 3.0])
COSSZA = np.array([0.65, 0.98, 0.2, -0.3, 0.7, 0.04])
FRACTION = np.array([0.6, 0.8, 0.3, 0.0, 0.7, 0.1])
VAPOUR = np.array([10.0, 29.0, 6.1, 4.0, 26.0, 1.5])
PRESSURE = np.array([1013.0, 1000.0, 950.0, 1020.0, 1005.0, 990.0])
PHASE = np.array([0, 0, 1, 1, 0, 2])
SIGNIFICANCE = np.array([3.0, -1.0, 0.5, 0.0, 2.25, -4.0])
ACCLIMATISATION = np.array([1.5, 2.0, -3.0, 0.0, 4.0, -0.5])
DAY_OF_YEAR = np.array([1, 80, 172, 266, 355, 365])
HUMID_FRACTION = RH / 100


def on_both(func, *columns, label="", **kwargs) -> list[Case]:
    """A case on whole columns, and one on a point of them as Python floats."""
    prefix = f"{label}-" if label else ""
    point = [column[0].item() if isinstance(column, np.ndarray) else column for column in columns]
    named = {
        name: value[0].item() if isinstance(value, np.ndarray) else value
        for name, value in kwargs.items()
    }
    return [
        case(func, *columns, label=f"{prefix}fields", **kwargs),
        case(func, *point, label=f"{prefix}point", **named),
    ]


CASES = [
    *on_both(thermofeel.celsius_to_kelvin, T2 - 273.15),
    *on_both(thermofeel.kelvin_to_celsius, T2),
    *on_both(thermofeel.kelvin_to_fahrenheit, T2),
    *on_both(thermofeel.fahrenheit_to_celsius, T2 - 200),
    *on_both(thermofeel.fahrenheit_to_kelvin, T2 - 200),
    *on_both(thermofeel.calculate_relative_humidity_percent, T2, TD),
    *on_both(thermofeel.calculate_saturation_vapour_pressure, T2),
    *on_both(thermofeel.calculate_saturation_vapour_pressure_multiphase, T2, PHASE),
    *on_both(thermofeel.calculate_nonsaturation_vapour_pressure, T2, RH),
    *on_both(thermofeel.scale_windspeed, VA, 2.0),
    *on_both(thermofeel.approximate_dsrp, DIRECT, COSSZA),
    *on_both(thermofeel.calculate_dew_point_from_relative_humidity, RH, T2),
    *on_both(
        thermofeel.calculate_mean_radiant_temperature,
        *(SSRD, SSR, DIRECT * 1.5, STRD, DIRECT, STRR, COSSZA),
    ),
    *on_both(thermofeel.calculate_utci_polynomial, T2 - 273.15, MRT - 273.15, VA, VAPOUR / 10),
    *on_both(thermofeel.calculate_utci, T2, VA, MRT, label="dew point", td_k=TD),
    *on_both(thermofeel.calculate_utci, T2, VA, MRT, label="vapour", ehPa=VAPOUR),
    *on_both(thermofeel.calculate_utci, T2, VA, MRT, label="neither"),
    *on_both(thermofeel.calculate_wbgt_simple, T2, RH),
    *on_both(thermofeel.calculate_wbt, T2, RH),
    *on_both(thermofeel.calculate_bgt, T2, MRT, VA),
    *on_both(thermofeel.calculate_wbgt, T2, MRT, VA, TD),
    *on_both(thermofeel.calculate_wind_speed_2m_liljegren, VA, COSSZA, SSRD),
    *on_both(thermofeel.calculate_wbgt_liljegren, T2, RH, PRESSURE, VA, SSRD, FRACTION, COSSZA),
    *on_both(
        thermofeel.calculate_wbgt_liljegren,
        *(T2, RH, PRESSURE, VA, SSRD, FRACTION, COSSZA),
        label="brode",
        wind_scaling="brode",
    ),
    *on_both(
        thermofeel.calculate_wbgt_liljegren,
        *(T2, RH, PRESSURE, VA, SSRD, FRACTION, COSSZA),
        label="unknown",
        wind_scaling="log",
    ),
    *on_both(thermofeel.calculate_heat_force, T2),
    *on_both(thermofeel.calculate_excess_heat_factor, SIGNIFICANCE, ACCLIMATISATION),
    *on_both(
        thermofeel.calculate_excess_heat_factor, SIGNIFICANCE, ACCLIMATISATION, True, label="clip"
    ),
    *on_both(thermofeel.calculate_excess_cold_factor, SIGNIFICANCE, ACCLIMATISATION),
    *on_both(
        thermofeel.calculate_excess_cold_factor, SIGNIFICANCE, ACCLIMATISATION, True, label="clip"
    ),
    *on_both(thermofeel.calculate_mrt_from_bgt, T2, MRT, VA),
    *on_both(thermofeel.calculate_humidex, T2, TD),
    *on_both(thermofeel.calculate_discomfort_index, T2, RH),
    *on_both(thermofeel.calculate_summer_simmer_index, T2, RH),
    *on_both(thermofeel.calculate_normal_effective_temperature, T2, VA, RH),
    *on_both(thermofeel.calculate_relative_strain_index, T2, RH),
    *on_both(thermofeel.calculate_apparent_temperature, T2, VA, RH),
    *on_both(thermofeel.calculate_apparent_temperature_radiation, T2, VA, RH, SSRD / 10),
    *on_both(thermofeel.calculate_wind_chill, T2, VA),
    *on_both(thermofeel.calculate_heat_index_simplified, T2, RH),
    *on_both(thermofeel.calculate_heat_index_adjusted, T2, TD),
    *on_both(thermofeel.calculate_pmv, T2, MRT, VA / 10, RH),
    *on_both(
        thermofeel.calculate_pmv, T2, MRT, VA / 10, label="vapour", vapour_pressure_hpa=VAPOUR
    ),
    *on_both(thermofeel.calculate_pmv, T2, MRT, VA / 10, label="neither"),
    *on_both(thermofeel.calculate_ppd, SIGNIFICANCE),
    # Submodules that the package documents as well.
    *on_both(approximations.earth_sun_distance_factor, DAY_OF_YEAR),
    *on_both(approximations.approximate_fdir_erbs, SSRD, COSSZA, doy=DAY_OF_YEAR),
    *on_both(approximations.approximate_fdir_disc, SSRD, COSSZA, DAY_OF_YEAR),
    *on_both(excess_heat.daily_mean_temperature, TD, T2),
    *on_both(excess_heat.significance_index, T2, TD),
    *on_both(excess_heat.acclimatisation_index, T2, TD),
    *on_both(excess_heat.excess_heat_factor, SIGNIFICANCE, ACCLIMATISATION, clip=True),
    *on_both(excess_heat.heatwave_severity, SIGNIFICANCE, ACCLIMATISATION),
    *on_both(excess_heat.excess_cold_factor, SIGNIFICANCE, ACCLIMATISATION),
    *on_both(liljegren.esat, T2),
    *on_both(liljegren.dew_point, VAPOUR),
    *on_both(liljegren.viscosity, T2),
    *on_both(liljegren.thermal_cond, T2),
    *on_both(liljegren.diffusivity, T2, PRESSURE),
    *on_both(liljegren.evap, T2),
    *on_both(liljegren.emis_atm, T2, HUMID_FRACTION),
    *on_both(liljegren.h_sphere_in_air, T2, PRESSURE, VA),
    *on_both(liljegren.h_cylinder_in_air, T2, PRESSURE, VA),
    *on_both(liljegren.solve_globe, T2, HUMID_FRACTION, PRESSURE, VA, SSRD, FRACTION, COSSZA),
    *on_both(
        liljegren.solve_wetbulb, T2, HUMID_FRACTION, PRESSURE, VA, SSRD, FRACTION, COSSZA, 1.0
    ),
    *on_both(liljegren.wind_speed_2m, VA, COSSZA, SSRD),
    *on_both(liljegren.wbgt, T2, RH, PRESSURE, VA, SSRD, FRACTION, COSSZA),
]
