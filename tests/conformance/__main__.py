"""dask's own tests on `daisy.get`, and a table of how they went: ``make conformance``.

It fails if a test fails that passes on `dask.threaded.get` in the same mode, or if fewer tests
pass. How it goes there is in control.json, which ``--record`` writes anew.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from table import FILES, File

HERE = Path(__file__).resolve().parent
RECORD = HERE / "control.json"
LIMIT = 3600  # seconds for one file
ROW = "{:42} {:>6} {:>6} {:>7} {:>6} {:>7} {:>8} {:>9} {:>6}  {}"
HEADING = ROW.format(
    "", "passed", "failed", "skipped", "xfail", "seconds", "native", "observed", "other", ""
)


class Result(NamedTuple):
    """How one file went."""

    counts: dict[str, int]
    failed: list[str]
    calls: dict[str, int]
    seconds: float
    text: str

    def row(self, name: str, verdict: str = "") -> str:
        """The line of the table."""
        outcomes = [self.counts.get(one, 0) for one in ("passed", "failed", "skipped", "xfailed")]
        calls = [self.calls.get(one, 0) for one in ("native", "observed", "elsewhere")]
        return ROW.format(name, *outcomes, f"{self.seconds:.0f}", *calls, verdict)


def main() -> int:
    """Run what was asked for.

    Returns:
        The exit status: 1 if daisy does worse than the control.
    """
    options = arguments()
    print(HEADING, flush=True)
    files = [file for file in FILES if not options.files or wanted(file, options.files)]
    if options.record:
        return record(files, options.all)
    troubles: list[str] = []
    for file in files:
        troubles += compare(file, options)
    print_left_out(files)
    print("\n".join(troubles) or "nowhere worse than dask.threaded.get", flush=True)
    return bool(troubles)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make conformance", description=__doc__)
    parser.add_argument("files", nargs="*", help="parts of names of files; all, if none is given")
    parser.add_argument("--all", action="store_true", help="whole files, which takes an hour")
    parser.add_argument("--quick", action="store_true", help="the files that take seconds")
    parser.add_argument("--control", action="store_true", help="dask.threaded.get as well")
    parser.add_argument("--record", action="store_true", help="dask.threaded.get, into the record")
    options = parser.parse_args()
    if options.quick:
        options.files += [file.module for file in FILES if file.quick]
    return options


def wanted(file: File, names: list[str]) -> bool:
    return any(name in file.module for name in names)


def compare(file: File, options: argparse.Namespace) -> list[str]:
    """Run a file on daisy, and say in what it does worse than the control."""
    result = run(file, "daisy", options.all)
    troubles = worse(file, result, options.all)
    print(result.row(file.module, "worse" if troubles else ""), flush=True)
    if options.control:
        print(run(file, "dask", options.all).row("  dask.threaded.get"), flush=True)
    if troubles:
        print(result.text, flush=True)
    return troubles


def run(file: File, get: str, everything: bool) -> Result:
    """Run a file in a process and an empty folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        before = time.perf_counter()
        text = run_pytest(command(file, get, everything, report), folder)
        seconds = time.perf_counter() - before
        if not report.exists():
            return Result({}, [], {}, seconds, text)
        said = json.loads(report.read_text())
    return Result(said["counts"], said["failed"], said["calls"], seconds, text)


def command(file: File, get: str, everything: bool, report: Path) -> list[str]:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "plugin", "-p", "no:cacheprovider"]
    words += ["-c", str(HERE / "pytest.ini"), f"--rootdir={report.parent}"]
    words += [f"--conformance-get={get}", f"--conformance-report={report}"]
    if file.workers is not None:
        words.append(f"--conformance-workers={file.workers}")
    if file.sample is not None and not everything:
        words += ["-k", file.sample]
    words += [f"--conformance-leave-out={name}" for name in file.left_out]
    if file.imported and get == "daisy":
        return [*words, str(reimported(file.module, report.parent))]
    return [*words, "--pyargs", file.module]


def reimported(module: str, folder: Path) -> Path:
    """Write a file of tests with the import of `dask.delayed` changed.

    Raises:
        ValueError: the import is not what it was.
    """
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise ValueError(f"there is no {module}")
    text = Path(found.origin).read_text()
    old = "from dask.delayed import Delayed, delayed, to_task_dask"
    if old not in text:
        raise ValueError(f"{module} imports something else from dask.delayed")
    new = "from daisy.delayed import Delayed, delayed\nfrom dask.delayed import to_task_dask"
    text = re.sub(r"\bdask\.delayed\(", "delayed(", text.replace(old, new))
    path = folder / f"{module.rpartition('.')[2]}.py"
    path.write_text(text)
    return path


def run_pytest(words: list[str], folder: str) -> str:
    """Run it.

    Returns:
        What it printed.
    """
    path = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path}
    try:
        done = subprocess.run(
            words, cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT
        )
    except subprocess.TimeoutExpired as error:
        return f"not done after {LIMIT} seconds\n{error.stdout!s}"
    return done.stdout + done.stderr


# The control -------------------------------------------------------------------------------------


def worse(file: File, result: Result, everything: bool) -> list[str]:
    """In what a file does worse than the control, in words."""
    if not result.counts:
        return [f"{file.module}: no test was run"]
    if not result.calls.get("native", 0) + result.calls.get("observed", 0):
        return [f"{file.module}: no call reached daisy.get"]
    names = [name.rpartition("::")[2] for name in result.failed]
    said = [f"{file.module}: {name} fails" for name in names if name not in file.control_fails]
    expected = recorded(file, everything)
    if expected is not None and result.counts.get("passed", 0) < expected:
        said.append(f"{file.module}: dask.threaded.get passes {expected}")
    return said


def recorded(file: File, everything: bool) -> int | None:
    """How many tests the control passes; None if it was not recorded with this dask."""
    said = json.loads(RECORD.read_text())
    if said["dask"] != importlib.metadata.version("dask"):
        return None
    passed: int | None = said[extent(file, everything)].get(file.module)
    return passed


def extent(file: File, everything: bool) -> str:
    return "all" if everything or file.sample is None else "sample"


def record(files: list[File], everything: bool) -> int:
    """Run the control, and keep how many tests pass."""
    said = json.loads(RECORD.read_text())
    if said["dask"] != importlib.metadata.version("dask"):
        said = {"dask": importlib.metadata.version("dask"), "sample": {}, "all": {}}
    unexplained: list[str] = []
    for file in files:
        result = run(file, "dask", everything)
        print(result.row(file.module), flush=True)
        said[extent(file, everything)][file.module] = result.counts.get("passed", 0)
        names = [name.rpartition("::")[2] for name in result.failed]
        unexplained += [f"{file.module}: {n}" for n in names if n not in file.control_fails]
    RECORD.write_text(json.dumps(said, indent=2) + "\n")
    print("\n".join(f"fails, and table.py does not say why: {name}" for name in unexplained))
    return bool(unexplained)


def print_left_out(files: list[File]) -> None:
    for file in files:
        for name, why in file.left_out.items():
            print(f"not run: {file.module}::{name}: {why}")
        for name, why in file.control_fails.items():
            print(f"fails on dask.threaded.get too: {file.module}::{name}: {why}")


if __name__ == "__main__":
    sys.exit(main())
