"""Where in the user's source something was written."""

from __future__ import annotations

from collections.abc import Callable

from daisy.errors import Refusal

__all__ = ["Site", "refusal_at", "shorten"]

_LONGEST = 80


class Site:
    """One expression or statement of a traced function, for notes on errors and for reports.

    Args:
        filename: the file that the function stands in.
        line: the line that the expression begins on.
        function: the qualified name of the function.
        expression: its text, of any length, or a function that gives it: to cut a text out of the
            source takes as long as all else that is done for a site, and few are ever read.

    >>> Site("model.py", 12, "flux", "a / b").note()
    'in flux (model.py, line 12): a / b'
    """

    __slots__ = ("_expression", "filename", "function", "line")

    def __init__(
        self, filename: str, line: int, function: str, expression: str | Callable[[], str]
    ) -> None:
        self.filename = filename
        self.line = line
        self.function = function
        self._expression = expression

    @property
    def expression(self) -> str:
        """The text on one line, cut off where it is too long."""
        written = self._expression
        return shorten(written if isinstance(written, str) else written())

    def note(self) -> str:
        """The text that an exception raised by this expression gets as a note.

        Returns:
            One line with the function, the file, the line and the expression.
        """
        return f"in {self.function} ({self.filename}, line {self.line}): {self.expression}"

    def __repr__(self) -> str:
        return f"<Site {self.note()}>"


def refusal_at(site: Site | None, reason: str, *ways_out: str) -> Refusal:
    """The refusal of what was written in a place.

    Args:
        site: the place; None where it is not known, as for a thunk that was made by hand.
        reason: why, a sentence without its full stop.
        ways_out: what the user can write instead.

    Returns:
        The refusal, to be raised.

    >>> refusal_at(Site("model.py", 12, "flux", "a / b"), "this is no good").lineno
    12
    """
    if site is None:
        return Refusal(reason, ways_out=ways_out)
    return Refusal(reason, site.filename, site.line, site.expression, ways_out)


def shorten(text: str) -> str:
    """The text on one line, of 80 characters at most.

    Args:
        text: source text, of any number of lines.

    Returns:
        The same with each run of white space made one blank, and its end cut off where too long.

    >>> shorten("f(a,\\n  b)")
    'f(a, b)'
    """
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."
