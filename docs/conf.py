"""How Sphinx builds the site: `make docs`."""

from __future__ import annotations

import re
from importlib.metadata import version as version_of
from typing import Any

project = "daisy"
author = "The daisy authors"
copyright = "2026, The daisy authors"
version = release = version_of("daisy")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build"]
nitpicky = False  # types of NumPy and dask are named, and their sites are not asked for

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_google_docstring = True
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = f"daisy {release}"
html_theme_options = {"navigation_with_keys": True}
pygments_style = "friendly"
pygments_dark_style = "monokai"

# In docstrings, as in Markdown, single backticks are code: `x`, several `x`s.
SINGLE_BACKTICKS = re.compile(r"(?<![`:\w])`([^`\n]+)`(?![`_])(\w?)")


def as_code(match: re.Match[str]) -> str:
    """The same in reStructuredText, which wants a mark before a letter that follows."""
    text, letter = match.groups()
    return f"``{text}``" + (f"\\ {letter}" if letter else "")


def process_docstring(
    app: Any, what: str, name: str, item: Any, options: Any, lines: list[str]
) -> None:
    """Sphinx calls this with each docstring that it puts into the reference."""
    lines[:] = [SINGLE_BACKTICKS.sub(as_code, line) for line in lines]


def setup(app: Any) -> None:
    """Sphinx calls this once."""
    app.connect("autodoc-process-docstring", process_docstring)
