"""The reference describes every public name."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
AUTOMODULE = re.compile(r"^\.\. automodule:: (\S+)\n((?:   :[^\n]*\n)*)", re.M)


def described(text: str) -> set[str]:
    """The names that the directives of a page ask for."""
    names = set(re.findall(r"^\.\. py:data:: \S+\.(\w+)$", text, re.M))
    for module, options in AUTOMODULE.findall(text):
        names.add(module.rpartition(".")[2])
        listed = re.search(r":members:(.*)", options)
        if listed and listed[1].strip():
            names.update(name.strip() for name in listed[1].split(","))
        elif listed:
            names.update(importlib.import_module(module).__all__)
    return names


@pytest.mark.parametrize("package", ["daisy", "lazy"])
def test_every_public_name_is_described(package: str) -> None:
    """What a package exports can be looked up."""
    pages = "\n".join(page.read_text() for page in REFERENCE.glob("*.md"))
    assert set(importlib.import_module(package).__all__) <= described(pages)
