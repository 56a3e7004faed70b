"""Where something was written."""

from daisy.tracing.sites import Site, refusal_at, shorten


def test_notes_name_all():
    """A note has the function, the file, the line and the expression."""
    assert Site("a.py", 3, "A.f", "x\n  + y").note() == "in A.f (a.py, line 3): x + y"


def test_long_expressions_are_cut():
    """A note is one line that can be read."""
    assert len(shorten("x + " * 100)) == 80
    assert shorten("x" * 80) == "x" * 80


def test_refusals_name_the_place():
    """A refusal says file, line and expression, and does without where nobody knows them."""
    refusal = refusal_at(Site("a.py", 3, "f", "x + y"), "it is late", "go home", "stay")
    assert str(refusal) == "a.py, line 3: it is late\n    x + y\nWay out: go home; or stay."
    assert str(refusal_at(None, "it is late", "go home")) == "it is late\nWay out: go home."


def test_texts_are_made_when_read():
    """What nobody reads costs nothing: a text given as a function is asked for with the note."""
    asked = []
    site = Site("a.py", 3, "f", lambda: asked.append(1) or "x\n  + y")
    assert not asked
    assert site.note() == "in f (a.py, line 3): x + y"
    assert asked
