"""Random expressions of element-wise work, over arguments of every kind."""

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from tests.python.daisy.fusion.bits import same_bits
from tests.python.daisy.fusion.expressions import expressions, settings_of_errors

from daisy import Refusal

EXAMPLES = settings(
    deadline=None,
    derandomize=True,
    max_examples=250,
    suppress_health_check=[*HealthCheck],
)


def check(program, args, status):
    """The same, or one of the errors that are there to be met, or refused."""
    function = program.function()
    with np.errstate(**status, call=lambda kind, flag: None):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            errors = program.errors(args)
        try:
            same_bits(function, *args, ordered=False, errors=errors)
        except Refusal:
            assume(False)


@EXAMPLES
@given(expressions(longest=6), settings_of_errors)
def test_short_expressions(made, status):
    """Few operations, of which most are within one kernel."""
    check(*made, status)


@settings(EXAMPLES, max_examples=150)
@given(expressions(longest=30), settings_of_errors)
def test_long_expressions(made, status):
    """Many, with results on the way, and what is no element-wise work in between."""
    check(*made, status)


@pytest.mark.slow
@settings(EXAMPLES, max_examples=1000)
@given(expressions(longest=30), settings_of_errors)
def test_many_expressions(made, status):
    """The same, for a minute or two."""
    check(*made, status)
