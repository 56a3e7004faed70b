"""Every example in the documents and in examples/ is executed here.

In a Markdown file, fences marked `python` are executed as they stand and fences marked `pycon`
as doctests, one after the other, in one namespace a file.
"""

from __future__ import annotations

import doctest
import linecache
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daisy import register_get

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
PROGRAMS = sorted(ROOT.glob("examples/*.py"))
FENCE = re.compile(
    r"^(?P<ticks>```+)\{?(?P<language>\w+)[^\n]*\n(?P<code>.*?)^(?P=ticks)$", re.M | re.S
)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture(autouse=True)
def default_scheduler() -> Iterator[None]:
    """A document may register a scheduler: the next one starts with the native engine."""
    register_get(None)
    yield
    register_get(None)


def named(path: Path) -> str:
    """The path of a document as the test's name."""
    return path.relative_to(ROOT).as_posix()


def execute(code: str, name: str, namespace: dict[str, Any]) -> None:
    """Execute a block under a name by which tracebacks, and daisy, find its source."""
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    exec(compile(code, name, "exec"), namespace)


def check(code: str, name: str, line: int, namespace: dict[str, Any]) -> None:
    """Check a block that is written as a session at Python's prompt."""
    test = doctest.DocTestParser().get_doctest(code, {}, name, name, line)
    test.globs = namespace
    reports: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    runner.run(test, out=reports.append, clear_globs=False)
    assert not reports, "".join(reports)


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_document(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the documents show is what happens."""
    monkeypatch.chdir(tmp_path)
    text = document.read_text()
    namespace: dict[str, Any] = {"__name__": "document"}
    for fence in FENCE.finditer(text):
        line = text.count("\n", 0, fence.start("code"))
        name = f"{named(document)}:{line + 1}"
        if fence["language"] == "python":
            execute(fence["code"], f"<{name}>", namespace)
        elif fence["language"] == "pycon":
            check(fence["code"], name, line, namespace)


@pytest.mark.parametrize("program", PROGRAMS, ids=named)
def test_program(program: Path) -> None:
    """The programs in examples/ run from beginning to end, each in a process of its own."""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, str(program)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout
