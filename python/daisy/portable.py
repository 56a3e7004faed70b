"""Functions that run where daisy is not installed: :mod:`lazy.portable`, by its second name."""

from __future__ import annotations

from lazy.portable import portable

__all__ = ["portable"]
