"""What daisy raises of its own accord; everything else comes from the user's functions."""

from __future__ import annotations

from lazy.errors import Refusal
from lazy.source import SourceError

__all__ = ["Refusal", "SourceError"]
