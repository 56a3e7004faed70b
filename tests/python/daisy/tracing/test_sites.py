"""Where something was written."""

from daisy.tracing.sites import Site, shorten


def test_notes_name_all():
    """A note has the function, the file, the line and the expression."""
    assert Site("a.py", 3, "A.f", "x\n  + y").note() == "in A.f (a.py, line 3): x + y"


def test_long_expressions_are_cut():
    """A note is one line that can be read."""
    assert len(shorten("x + " * 100)) == 80
    assert shorten("x" * 80) == "x" * 80
