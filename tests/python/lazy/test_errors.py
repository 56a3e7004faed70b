"""lazy.errors: the class of refusals."""

import pickle

from lazy.errors import Refusal


def test_not_an_exception():
    """No `except Exception` swallows a refusal."""
    assert not issubclass(Refusal, Exception) and issubclass(Refusal, BaseException)


def test_text():
    """It says where, what, why, and the ways out."""
    refusal = Refusal("this stores", "a.py", 3, "a[0] = 1", ["use strict(a)", "leave it"])
    assert str(refusal) == (
        "a.py, line 3: this stores\n    a[0] = 1\nWay out: use strict(a); or leave it."
    )


def test_reason_alone():
    """All but the reason can be missing."""
    assert str(Refusal("because")) == "because"


def test_pickle():
    """It comes back from a worker with all it has."""
    refusal = pickle.loads(pickle.dumps(Refusal("r", "f", 1, "e", ["w"])))
    assert (refusal.reason, refusal.filename, refusal.lineno) == ("r", "f", 1)
    assert (refusal.expression, refusal.ways_out) == ("e", ("w",))
