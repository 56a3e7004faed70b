"""A pytest plugin: dask's own tests, as its wheel has them, on another scheduler.

``--conformance-get=daisy`` puts `daisy.get` wherever dask looks for a scheduler in this process:
in its table of named ones, in its configuration, and in the modules from which its tests import
one. ``dask`` does the same with `dask.threaded.get`, which is the control. How many calls reached
`daisy.get` is printed, since a test that passes on another scheduler says nothing.

dask's checkout has a conftest.py that its wheel lacks: what the tests need of it is here as well.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import dask
import dask.base
import dask.local
import dask.threaded
import pytest

NAMES = ("sync", "synchronous", "single-threaded", "threads", "threading")
LEFT_OUT = ("slow", "network", "array_expr")

calls: Counter[str] = Counter()
outcomes: dict[str, str] = {}


def pytest_addoption(parser):
    parser.addoption("--conformance-get", choices=("daisy", "dask"), default="daisy")
    parser.addoption("--conformance-workers", type=int)
    parser.addoption("--conformance-report", type=Path)
    parser.addoption("--conformance-leave-out", action="append", default=[])
    parser.addoption("--runslow", action="store_true")
    parser.addoption("--runarrayexpr", action="store_true")


def pytest_configure(config):
    get = dask.threaded.get
    if config.getoption("--conformance-get") == "daisy":
        get = counted_get()
        count_leaks()
    install(get)
    workers = config.getoption("--conformance-workers")
    if workers is not None:
        dask.config.set(num_workers=workers)


def counted_get():
    """`daisy.get`, whose calls are counted where they are prepared: no frame is added to them."""
    import daisy
    from daisy import _core
    from daisy.taskgraph.prepare import prepare

    def counted(dsk, keys, kwargs):
        call = prepare(dsk, keys, kwargs)
        calls["native" if isinstance(call, tuple) else "observed"] += 1
        return call

    _core.set_get_hook(counted)
    return daisy.get


def count_leaks():
    """Count what runs on dask's schedulers all the same."""
    get_async = dask.local.get_async

    def counted(*args, **kwargs):
        calls["elsewhere"] += 1
        return get_async(*args, **kwargs)

    dask.local.get_async = dask.threaded.get_async = counted


def install(get):
    dask.config.set(scheduler=get)
    for name in NAMES:
        dask.base.named_schedulers[name] = get
    dask.threaded.get = dask.local.get_sync = dask.get = get


def pytest_collection_modifyitems(config, items):
    names = config.getoption("--conformance-leave-out")
    left_out = [item for item in items if item.name in names]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_runtest_setup(item):
    for name in LEFT_OUT:
        if name in item.keywords and not item.config.getoption(f"--run{name}", False):
            pytest.skip(name)


@pytest.fixture(autouse=True, scope="session")
def _asynchronous_clients():
    with dask.config.set({"admin.async-client-fallback": "sync"}):
        yield


def pytest_runtest_logreport(report):
    # A test that dask says it fails, and that passes here, is no failure.
    if report.failed and str(report.longrepr).startswith("[XPASS(strict)]"):
        outcomes[report.nodeid] = "passed"
    elif report.failed:
        outcomes[report.nodeid] = "failed"
    elif report.skipped:
        outcomes.setdefault(report.nodeid, "xfailed" if hasattr(report, "wasxfail") else "skipped")
    elif report.when == "call":
        outcomes.setdefault(report.nodeid, "passed")


def pytest_sessionfinish(session):
    path = session.config.getoption("--conformance-report")
    if path is not None:
        failed = [name for name, outcome in outcomes.items() if outcome == "failed"]
        counts = Counter(outcomes.values())
        path.write_text(json.dumps({"counts": counts, "failed": failed, "calls": calls}))


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"calls of daisy.get: {dict(calls)}")
