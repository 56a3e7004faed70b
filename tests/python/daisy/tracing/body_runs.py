"""How often the bodies of traced functions run, call after call against plain Python."""

from contextlib import contextmanager

import pytest
from tests.python.conftest import same

from daisy import strict
from daisy.tracing import entering


@contextmanager
def body_runs():
    """Counts the calls from outside that were traced, as the length of a list."""
    runs, run = [], entering.run

    def counted(*args, **kwargs):
        runs.append(args)
        return run(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entering, "run", counted)
        yield runs


def calls(marked, plain, *argument_lists):
    """Calls a marked function with each list of arguments; gives how often its body ran."""
    with body_runs() as runs:
        for args in argument_lists:
            got, expected = strict(marked(*args)), plain(*args)
            assert same(got, expected), (args, got, expected)
    return len(runs)
