"""The rules of CONTRIBUTING.md that a machine can check and no linter does."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted([*ROOT.glob("python/**/*.py"), *ROOT.glob("benches/**/*.py")])
TESTS = sorted(ROOT.glob("tests/**/test_*.py"))
PACKAGES = ("daisy", "lazy")
MAPS = ("ARCHITECTURE.md", "README.md", "crates/daisy-core/src/executor/README.md")
MENTION = re.compile(r"`([\w./-]+(?:\.rs|\.pyi?|\.md|/))`|\]\(([\w./-]+)\)")
PLACES = ("*", *(f"{name}/**/*" for name in "crates python tests benches docs examples".split()))
SHORT = sorted([*ROOT.glob("python/**/*.py"), *ROOT.glob("crates/*/src/**/*.rs")])


def named(path: Path) -> str:
    """The path from the root of the project, as a test's name."""
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a file, nested ones and methods included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring: a long explanation makes no long function."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function, clean=False) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


@pytest.mark.parametrize("path", TESTS, ids=named)
def test_tests_say_what_they_guard(path: Path) -> None:
    """A test that fails tells a reader what is broken."""
    found = functions(ast.parse(path.read_text()))
    silent = [f.name for f in found if f.name.startswith("test_") and not ast.get_docstring(f)]
    assert not silent


def is_submodule(package: str, name: str) -> bool:
    """Whether a name in a package is a file of its own, a compiled one included."""
    folder = ROOT / "python" / package
    return any((folder / file).exists() for file in (f"{name}.py", f"{name}.pyi", name))


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_packages_are_imported_by_submodule(path: Path) -> None:
    """`daisy` and `lazy` can import each other only where neither needs the other to be whole."""
    if "python" not in path.relative_to(ROOT).parts:
        return
    roots = [
        (node.lineno, name.name)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module in PACKAGES
        for name in node.names
        if not is_submodule(node.module, name.name)
    ]
    assert not roots


def test_functions_are_small() -> None:
    """The median function has at most 8 lines, and nine of ten at most 30."""
    lengths = [length(f) for path in SOURCES for f in functions(ast.parse(path.read_text()))]
    assert statistics.median(lengths) <= 8
    assert statistics.quantiles(lengths, n=10)[-1] <= 30


def test_files_are_short() -> None:
    """A source file stays below 400 lines, so that it is about one thing."""
    long = {named(path) for path in SHORT if len(path.read_text().splitlines()) >= 400}
    assert not long


def test_no_test_folder_is_a_package() -> None:
    """With an `__init__.py`, tests/python/daisy would be taken for the package daisy."""
    assert not list(ROOT.glob("tests/**/__init__.py"))


@pytest.mark.parametrize("document", MAPS)
def test_every_mention_of_a_file_is_true(document: str) -> None:
    """What a document sends its readers to, a file, a folder or the end of a path, is there."""
    text = (ROOT / document).read_text()
    paths = ["".join(groups).strip("./") for groups in MENTION.findall(text)]
    assert paths
    there = [f"/{named(path)}" for pattern in PLACES for path in ROOT.glob(pattern)]
    assert not [path for path in paths if not any(file.endswith(f"/{path}") for file in there)]
