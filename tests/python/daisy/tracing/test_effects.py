"""Printing, warning and logging."""

import logging
import warnings

import numpy as np

from daisy import autodask, inline, strict

A = np.arange(6.0)
LOG = logging.getLogger("daisy.test")


def func(x):
    LOG.warning("sum %s", x.sum())
    logging.getLogger("daisy.test").info("mean %s", x.mean())
    if LOG.isEnabledFor(logging.ERROR):
        LOG.error("done")
    return x


def test_logging_is_done_now(caplog):
    """Records hold values, and name the user's line and function."""
    with caplog.at_level(logging.INFO):
        strict(autodask(func)(A))
    assert [record.getMessage() for record in caplog.records] == ["sum 15.0", "mean 2.5", "done"]
    record = caplog.records[0]
    assert record.pathname == __file__
    assert record.funcName == "func"
    assert record.lineno == func.__code__.co_firstlineno + 1


def warner(x):
    helper(x)
    return x


@inline
def helper(x):
    warnings.warn("two up", DeprecationWarning, 2)


def test_stacklevel_counts_the_users_frames():
    """Frames of the tracer are left out."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        strict(autodask(warner)(A))
    assert caught[0].lineno == warner.__code__.co_firstlineno + 1
    assert caught[0].category is DeprecationWarning


def test_warnings_can_be_errors():
    """A filter that raises makes the call raise."""

    def careful(x):
        warnings.warn(UserWarning("careful"))  # noqa: B028
        return x

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            autodask(careful)(A)
        except UserWarning as error:
            assert str(error) == "careful"
        else:
            raise AssertionError("no warning")
