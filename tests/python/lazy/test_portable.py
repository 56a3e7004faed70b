"""lazy.portable: functions that run where neither lazy nor daisy is installed."""

import pickle

import cloudpickle
import pytest
from tests.python.programs import output

from lazy import operator
from lazy.portable import portable

WORKER = """
import sys
for name in ("lazy", "daisy"):
    sys.modules[name] = None
import pickle
function = pickle.loads({data!r})
try:
    print(repr(function(*{args!r})))
except BaseException as error:
    print(type(error).__name__, error)
"""


def on_a_worker(function, *args):
    """What a process without lazy and daisy prints."""
    data = cloudpickle.dumps(function)
    return output(WORKER.format(data=data, args=args)).strip()


def test_not_by_name():
    """A portable function cannot be pickled by name, which a worker could not import."""
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(operator.build_list)


def test_by_value():
    """cloudpickle sends the code, and it runs elsewhere."""
    assert on_a_worker(operator.build_list, 1, 2) == "[1, 2]"
    assert on_a_worker(operator.build_dict, "a", "b", 1, 2) == "{'a': 1, 'b': 2}"
    assert on_a_worker(operator.not_contains, 1, [2]) == "True"


def test_guarded_on_a_worker():
    """The guarded operators work, and refuse, where the class of the refusal is not to be had."""
    assert on_a_worker(operator.inplace_add, 1, 2) == "3"
    assert on_a_worker(operator.inplace_add, [1], [2]).startswith("TypeError `x += y` would change")


def test_same_function():
    """Making a function portable gives the function."""

    def f():
        return 1

    assert portable(f) is f and f.__name__ == "f"


def test_all_own_functions_are_portable():
    """No function of lazy.operator's own needs lazy on a worker."""
    own = [f for n in operator.__all__ if callable(f := getattr(operator, n))]
    own = [f for f in own if (getattr(f, "__module__", "") or "").startswith("lazy")]
    assert len(own) > 20
    assert all(f.__qualname__.startswith("<portable>") for f in own)
