"""All formulas of the package spyndex over one set of bands, as one graph, against one by one.

The formulas are texts in spyndex. Here each becomes a function in a file of its own making, since
that is what a user would have; bands and kernels are float32 images, constants are Python's floats.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benches.harness import Figure, alternate, faster, own_process
from benches.peers import same_bits
from lazy import strict

SIDE = 1024
ROUNDS = 3
WAVELENGTHS = {"lambdaG": 560.0, "lambdaR": 665.0, "lambdaN": 842.0, "lambdaN2": 865.0}
WAVELENGTHS |= {"lambdaS1": 1610.0, "lambdaS2": 2190.0, "PAR": 1000.0}
"""What spyndex has no default for."""

Values = dict[str, Any]


def formulas() -> dict[str, str]:
    """The text of each index, under a name that a function can have."""
    import spyndex

    found = {name: spyndex.indices[name].formula for name in spyndex.indices}
    return {name if name.isidentifier() else f"_{name}": text for name, text in found.items()}


def names_in(text: str) -> list[str]:
    """The bands and constants of a formula."""
    tree = ast.parse(text, mode="eval")
    return sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})


def source(texts: dict[str, str]) -> str:
    """A module with a function for each formula, and a traced one that calls them all."""
    lines = ["from daisy import autodask, inline", "", "plain = {}"]
    for name, text in texts.items():
        given = ", ".join(names_in(text))
        lines += ["", f"def index_{name}({given}):", f"    return {text}", ""]
        lines += [f"plain[{name!r}] = index_{name}", f"{name}_ = inline(index_{name})"]
    everything = sorted({name for text in texts.values() for name in names_in(text)})
    lines += ["", f"def every({', '.join(everything)}):", "    return ["]
    lines += [f"        {name}_({', '.join(names_in(text))})," for name, text in texts.items()]
    return "\n".join([*lines, "    ]", "", "traced = autodask(every)", ""])


def load(text: str, folder: str) -> Any:
    """The module of a source, imported from a file in that folder."""
    path = Path(folder) / "spectral_formulas.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def values(texts: dict[str, str], side: int) -> Values:
    """An image for each band and kernel, a float for each constant."""
    import spyndex

    rng, found = np.random.default_rng(0), dict(WAVELENGTHS)
    constants = {name: spyndex.constants[name].default for name in spyndex.constants}
    made: Values = {name: float(one) for name, one in constants.items() if one is not None} | found
    for name in sorted({name for text in texts.values() for name in names_in(text)} - made.keys()):
        made[name] = rng.uniform(0.05, 0.95, (side, side)).astype("f4")
    return made


def one_by_one(texts: dict[str, str], module: Any, given: Values) -> list[Callable[[], Any]]:
    """A call of each plain formula with what it takes."""

    def bound(name: str, text: str) -> Callable[[], Any]:
        function, args = module.plain[name], [given[one] for one in names_in(text)]
        return lambda: function(*args)

    return [bound(name, text) for name, text in texts.items()]


def in_this_process(side: int) -> dict[str, float]:
    """Median seconds of both ways, after a check that they give the same bits."""
    texts = formulas()
    with tempfile.TemporaryDirectory() as folder, np.errstate(all="ignore"):
        module = load(source(texts), folder)
        given = values(texts, side)
        calls = one_by_one(texts, module, given)
        names = sorted({name for text in texts.values() for name in names_in(text)})
        args = [given[name] for name in names]
        for call, result in zip(calls, strict(module.traced(*args)), strict=True):
            if not same_bits(result, call()):
                raise AssertionError("daisy and NumPy disagree")
        ours = (lambda: strict(module.traced(*args)), 1)
        medians = alternate([ours, (lambda: [call() for call in calls], 1)], ROUNDS)
    return {"count": len(texts), "ours": medians[0], "theirs": medians[1]}


def measure() -> list[Figure]:
    """One graph against one by one, in a process of its own: each way has over a GiB of results."""
    got = own_process("benches.spectral_indices")
    name = f"{math.floor(got['count'])} indices of spyndex, against NumPy one by one"
    return [faster(name, 5, got["ours"], got["theirs"])]


if __name__ == "__main__":
    print(json.dumps(in_this_process(SIDE)))
