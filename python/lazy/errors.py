"""What is raised where an operation would mean something else when it runs later."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Refusal"]


class Refusal(BaseException):
    """An operation that is refused because being lazy would change what it means.

    It derives from ``BaseException`` so that no ``except Exception`` in a traced function takes
    it for an error of its own.

    Args:
        reason: why it is refused, a sentence without its full stop.
        filename: the user's file.
        lineno: the line in that file.
        expression: the source text of what is refused.
        ways_out: what the user can write instead, one phrase each.

    >>> print(Refusal("this stores into data", "model.py", 7, "a[0] = 1", ["use strict(a)"]))
    model.py, line 7: this stores into data
        a[0] = 1
    Way out: use strict(a).
    """

    def __init__(
        self,
        reason: str,
        filename: str | None = None,
        lineno: int | None = None,
        expression: str | None = None,
        ways_out: Iterable[str] = (),
    ) -> None:
        self.reason = reason
        self.filename = filename
        self.lineno = lineno
        self.expression = expression
        self.ways_out = tuple(ways_out)
        super().__init__(reason, filename, lineno, expression, self.ways_out)

    def __str__(self) -> str:
        where = "" if self.filename is None else f"{self.filename}, line {self.lineno}: "
        lines = [where + self.reason]
        if self.expression:
            lines.append("    " + self.expression)
        if self.ways_out:
            lines.append(f"Way out: {'; or '.join(self.ways_out)}.")
        return "\n".join(lines)
