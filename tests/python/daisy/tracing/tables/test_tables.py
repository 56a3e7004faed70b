"""The tables, each with what it must not name."""

import datetime
import heapq
import io
import itertools
import math
import os
import pathlib
import random
import secrets
import time
import types
import uuid
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from daisy.tracing.hooks import ordinary
from daisy.tracing.purity import is_pure
from daisy.tracing.tables.classes import LEAF, STATE, VALUES, is_known_class, object_kind
from daisy.tracing.tables.effects import is_effect, is_logging, is_warning
from daisy.tracing.tables.impure import gives_values
from daisy.tracing.tables.iterators import may_be_looped_over
from daisy.tracing.tables.lookup import ModuleTable
from daisy.tracing.tables.methods import is_known_name
from daisy.tracing.tables.mutating import changes_by_keyword, mutates, output_position
from daisy.tracing.tables.values import is_done_on_static
from lazy.state import changes_with_use


class Thing:
    def method(self):
        return 1


def user(x):
    return x


def writes(x, out):
    return x


IMPURE = [
    *(random.random, random.gauss, random.Random(1).random, random.Random, np.random.rand),
    *(np.random.default_rng, np.random.default_rng(0).normal, time.time, time.perf_counter),
    *(uuid.uuid4, open, input, iter, next, itertools.count, itertools.chain, secrets.token_hex),
    *(os.listdir, os.path.exists, os.getcwd, datetime.datetime.now, datetime.date.today),
    *(pathlib.Path("x").exists, pathlib.Path.cwd, pathlib.Path("x").read_text),
    *(pd.Timestamp.now, zip, enumerate, np.nditer, Thing, object, Thing().method),
]


@pytest.mark.parametrize("func", IMPURE, ids=str)
def test_impure(func):
    """Every call of these counts."""
    assert not is_pure(func)


PURE = [
    *(len, sorted, math.sin, np.sin, np.zeros, np.linalg.inv, pd.DataFrame, pd.read_csv, user),
    *(list, dict, int, Fraction, datetime.datetime, np.float64, np.ndarray, ValueError),
    *(
        pathlib.Path("x").with_suffix,
        pathlib.Path,
        os.path.join,
        "a".upper,
        np.zeros(1).sum,
        pd.Series([1]).mean,
        time.strftime,
    ),
]


@pytest.mark.parametrize("func", PURE, ids=str)
def test_pure(func):
    """Equal calls of these are one."""
    assert is_pure(func)


def test_handles_and_values():
    """A random number has no state; a generator has."""
    assert gives_values(random.random)
    assert gives_values(time.time)
    assert not gives_values(np.random.default_rng)
    assert not gives_values(open)
    assert not gives_values(itertools.count)


@pytest.mark.parametrize(
    "func",
    [
        *(np.copyto, np.put, np.place, np.fill_diagonal, np.random.shuffle, random.shuffle),
        *(np.random.default_rng(0).shuffle, np.add.at, list.sort, dict.update, heapq.heappush),
        *(setattr, np.ndarray.fill, set.add),
    ],
    ids=str,
)
def test_mutating(func):
    """These change what they are given."""
    assert mutates(func)


@pytest.mark.parametrize(
    "func", [np.concatenate, np.sort, sorted, str.partition, len, user], ids=str
)
def test_not_mutating(func):
    """These do not."""
    assert not mutates(func)


def test_outputs():
    """Where NumPy's functions take the array they write to."""
    assert output_position(np.sin) == 1
    assert output_position(np.add) == 2
    assert output_position(np.clip) == 3
    assert output_position(np.sum) == 3
    assert output_position(np.where) is None
    assert changes_by_keyword("drop", {"inplace": True}) == "inplace"
    assert changes_by_keyword("drop", {"inplace": False, "copy": False}) is None
    assert changes_by_keyword(np.nan_to_num, {"copy": False}) == "copy"
    assert changes_by_keyword(user, {"overwrite_a": True}) == "overwrite_a"


def test_classes():
    """Objects whose operations have an order, and those that have none."""
    assert object_kind(Thing) == LEAF
    assert object_kind(np.random.Generator) == VALUES
    assert object_kind(type(iter([]))) == STATE
    assert object_kind(types.GeneratorType) == STATE
    assert is_known_class(np.ndarray)
    assert is_known_class(pd.DataFrame)
    assert is_known_class(int)
    assert not is_known_class(Thing)


@pytest.mark.parametrize("module", [io, itertools, random, np.random])
def test_graphs_and_runs_agree_on_what_changes_with_use(module):
    """Guards that a class of generators is in the tracer's list and in that of the workers."""
    classes = [cls for cls in vars(module).values() if isinstance(cls, type)]
    by_tracer = {cls for cls in classes if object_kind(cls) in (STATE, VALUES)}
    assert by_tracer
    assert {cls for cls in classes if changes_with_use(cls)} == by_tracer


def test_cheap_functions():
    """Done while tracing on static values; not on lists where that would be work."""
    assert is_done_on_static(math.sin, (1.0,), {})
    assert is_done_on_static(np.add, (1, np.float64(2)), {})
    assert is_done_on_static(np.result_type, (np.float32, int), {})
    assert is_done_on_static("a".join, (["b"],), {})
    assert is_done_on_static(np.float64(2).item, (), {})
    assert not is_done_on_static(np.sin, ([1.0],), {})
    assert not is_done_on_static(math.sin, (np.zeros(1),), {})
    assert not is_done_on_static(user, (1,), {})
    assert not is_done_on_static(datetime.date.today, (), {})


def test_effects():
    """Printing, warning and logging are known by the function."""
    import logging
    import warnings

    assert is_effect(print)
    assert is_warning(warnings.warn)
    assert is_logging(logging.getLogger("x").info)
    assert is_logging(logging.info)
    assert not is_logging(logging.getLogger("x").addHandler)
    assert not is_effect(len)


def test_iterators():
    """What a loop may run while tracing."""
    assert may_be_looped_over(np.zeros(2), ())
    assert may_be_looped_over(iter([1]), ())
    assert may_be_looped_over(iter(np.zeros(2)), ())
    assert may_be_looped_over(itertools.product([1], [2]), ())
    assert not may_be_looped_over(itertools.groupby([1]), ())
    assert not may_be_looped_over(zip([1]), (itertools.groupby([1]),))
    assert not may_be_looped_over((i for i in ()), ())
    assert not may_be_looped_over(np.nditer(np.zeros(1)), ())


def test_names_of_methods():
    """What arrays, frames and strings have, and what only a user's class can have."""
    assert is_known_name("mean")
    assert is_known_name("upper")
    assert is_known_name("groupby")
    assert not is_known_name("fit_transform")


def test_ordinary_functions():
    """The core may defer these at once; the rest is asked here."""
    assert ordinary(user)
    assert not ordinary(writes)
    assert not ordinary(len)
    assert not ordinary(lambda **named: 1)
    assert not ordinary(random.Random.gauss)


def test_modules_are_looked_up_late():
    """A table can name a module that is imported later, or never."""
    table = ModuleTable({"math": "pi sin no_such_name", "no_such_module": "f"})
    assert math.sin in table
    assert math.cos not in table
    assert [] not in table
