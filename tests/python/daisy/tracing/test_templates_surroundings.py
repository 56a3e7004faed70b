"""Traces that stand for later calls: what a function reads besides its arguments."""

import asyncio
import copy
import gc
import linecache
import math
import os
import pickle
import threading
import types
import weakref

import numpy as np
import pytest
from tests.python.conftest import in_threads, same
from tests.python.daisy.tracing.body_runs import body_runs

from daisy import autodask, inline, strict
from daisy.tracing.trace import watching

ONES = np.ones(3)


def module_of(text, **names):
    """A namespace in which functions were defined by source text."""
    module = types.ModuleType("written")
    filename = f"<written {id(module)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    vars(module).update(names, autodask=autodask, inline=inline, np=np, math=math)
    exec(compile(text, filename, "exec"), vars(module))
    return module


def value(module, *args):
    """What the traced function of a module gives, and whether its body ran."""
    with body_runs() as runs:
        got = strict(module.marked(*args))
    return got.tolist() if isinstance(got, np.ndarray) else got, len(runs)


def both(module, *args):
    """The value that two calls in a row agree on; the second one does not run the body."""
    (first, _), (second, runs) = value(module, *args), value(module, *args)
    assert (first, runs) == (second, 0)
    return first


SCALED = """
SCALE = 2
def helper(x):
    return x + 1
def other(x):
    return x + 5
@inline
def inlined(x, by=10):
    return x * by
@autodask
def node(x):
    return x - 1
@autodask(inline=True)
def entered(x):
    return x * SCALE
"""


def marked(body, **names):
    return module_of(f"{SCALED}\n@autodask\ndef marked(x):\n    {body}\n", **names)


def test_a_global_is_bound_again():
    """And bound back, and deleted."""
    module = marked("return x * SCALE")
    assert both(module, ONES) == [2, 2, 2]
    module.SCALE = 3
    assert both(module, ONES) == [3, 3, 3]
    module.SCALE = 2
    assert both(module, ONES) == [2, 2, 2]
    del module.SCALE
    with pytest.raises(NameError, match="SCALE"):
        module.marked(ONES)


def test_a_global_comes_to_hide_a_builtin():
    """Names are looked up as Python does."""
    module = marked("return abs(x) * len((1, 2))")
    assert both(module, -ONES) == [2, 2, 2]
    module.abs = lambda x: x
    assert both(module, -ONES) == [-2, -2, -2]
    module.len = lambda x: 7
    assert value(module, -ONES)[0] == [-7, -7, -7]
    del module.abs, module.len
    assert both(module, -ONES) == [2, 2, 2]


def test_a_global_that_only_a_branch_reads():
    """What was not reached counts as well."""
    module = marked("return x + 1 if SCALE == 2 else x + LATER")
    assert both(module, ONES) == [2, 2, 2]
    module.LATER, module.SCALE = 10, 0
    assert both(module, ONES) == [11, 11, 11]


@pytest.mark.parametrize("name", ["helper", "inlined", "node", "entered"])
def test_a_helper_is_defined_again(name):
    """As a cell of a notebook does that is run once more."""
    module = marked(f"return {name}(x)")
    before = both(module, ONES)
    again = marked(f"return {name}(x)", SCALE=2)
    decorator = {"helper": lambda f: f, "inlined": inline, "node": autodask}.get(
        name, autodask(inline=True)
    )
    later = module_of("def later(x):\n    return x + 100\n").later
    setattr(module, name, decorator(later))
    assert both(module, ONES) == [101, 101, 101] != before
    setattr(module, name, getattr(again, name))
    assert both(module, ONES) == before


def test_a_helper_of_a_helper_and_its_globals():
    """What an entered function reads, its own globals included."""
    module = marked("return entered(x) + 0")
    assert both(module, ONES) == [2, 2, 2]
    module.SCALE = 7
    assert both(module, ONES) == [7, 7, 7]


def test_code_is_assigned():
    """To a function that is one node: it is a generator function now, which is another thing."""
    module = marked("return helper(x)")
    assert both(module, ONES) == [2, 2, 2]
    module.helper.__code__ = module.other.__code__
    assert both(module, ONES) == [6, 6, 6]
    made = module_of("def makes(x):\n    yield x + 1\n").makes
    module.helper.__code__ = made.__code__
    first, second = strict(module.marked(ONES)), strict(module.marked(ONES))
    assert first is not second
    assert next(first).tolist() == next(second).tolist() == [2, 2, 2]


def test_defaults_are_assigned():
    """Of what is entered, those at decoration count; of a node, those at the run."""
    module = marked("return inlined(x) + helper(x)")
    expected = strict(module.marked(ONES)).tolist()
    module.inlined.func.__defaults__ = (100,)
    assert both(module, ONES) == expected
    module.helper.__defaults__ = (1,)
    assert both(module, ONES + 1)[0] == 23


def test_whether_a_helper_is_entered_is_changed():
    """Its attributes are the user's to set."""
    module = marked("return entered(x) + SCALE")
    assert both(module, ONES) == [4, 4, 4]
    module.entered.inline = False
    module.entered.plain = module.other
    assert both(module, ONES) == [8, 8, 8]


def test_a_cell_of_a_closure_changes():
    """Cells are live, and so are those of entered functions."""

    def make():
        factor = 2

        @inline
        def scaled(x):
            return x * factor

        def bind(value):
            nonlocal factor
            factor = value

        return autodask(lambda x: scaled(x) + factor), bind

    function, bind = make()
    with body_runs() as runs:
        for factor in (2, 2, 3, 3, 2.0, 2.0, "a"):
            bind(factor)
            if factor != "a":
                assert strict(function(ONES)).tolist() == [2 * factor] * 3
    assert len(runs) == 3


def test_functions_of_one_factory():
    """They have one source, and cells of their own."""

    def make(factor):
        def bind(value):
            nonlocal factor
            factor = value

        return inline(lambda x: x * factor), bind

    (one, _), (two, bind) = make(2), make(3)
    marked = autodask(lambda x: one(x) + two(x))
    assert strict(marked(ONES)).tolist() == strict(marked(ONES)).tolist() == [5, 5, 5]
    bind(10)
    assert strict(marked(ONES)).tolist() == strict(marked(ONES)).tolist() == [12, 12, 12]


def test_an_attribute_of_a_module_is_replaced(monkeypatch):
    """A function, a constant, a module in a module."""
    module = marked("return np.sin(x) * math.pi + np.linalg.norm(x)")
    before = both(module, ONES)
    monkeypatch.setattr(np, "sin", np.cos)
    assert both(module, ONES) != before
    monkeypatch.setattr(math, "pi", 3)
    assert both(module, ONES) == (np.cos(ONES) * 3 + np.linalg.norm(ONES)).tolist()
    monkeypatch.setattr(np.linalg, "norm", lambda x: 0.0)
    assert both(module, ONES) == (np.cos(ONES) * 3).tolist()
    monkeypatch.undo()
    assert both(module, ONES) == before


def test_an_attribute_of_a_class_or_an_object():
    """It is read each time."""
    module = marked("return x * Settings.scale + SETTINGS.scale")
    module.Settings = type("Settings", (), {"scale": 2})
    module.SETTINGS = module.Settings()
    for scale in (2, 3, 3, 4):
        module.Settings.scale = scale
        assert value(module, ONES)[0] == [2 * scale] * 3


def test_an_attribute_that_a_module_makes_up():
    """`__getattr__` of a module may give something else each time."""
    module, given = marked("return x * lazy.scale"), iter(range(10))
    module.lazy = types.ModuleType("lazy")
    module.lazy.__getattr__ = lambda name: next(given)
    assert [value(module, ONES)[0][0] for _ in range(3)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("body", "change"),
    [
        ("return x + THINGS[0]", lambda m: m.THINGS.__setitem__(0, 9)),
        ("return x + len(THINGS)", lambda m: m.THINGS.append(1)),
        ("return x + PAIR[0][0]", lambda m: m.THINGS.__setitem__(0, 9)),
        ("return x + TABLE['a']", lambda m: m.TABLE.update(a=9)),
        ("return x + ARRAY.shape[0]", lambda m: m.ARRAY.resize(7, refcheck=False)),
        ("return x + ARRAY", lambda m: m.ARRAY.fill(9)),
        ("return x + sum([y for y in THINGS])", lambda m: m.THINGS.append(1)),
        ("return x + (1 if FLAGS else 2)", lambda m: m.FLAGS.clear()),
        ("return x + OBJECT.y", lambda m: setattr(m.OBJECT, "y", 9)),
    ],
)
def test_a_global_that_can_be_changed(body, change):
    """What is in it now is what counts."""
    things = [1, 2]
    names = {
        "THINGS": things,
        "PAIR": (things, 1),
        "TABLE": {"a": 1},
        "ARRAY": np.ones(3),
        "FLAGS": {1},
        "OBJECT": types.SimpleNamespace(y=1),
    }
    module = marked(body, **names)
    plain = marked(body.replace("@autodask", ""), **names).marked.func
    for _ in range(2):
        for _ in range(2):
            assert value(module, ONES)[0] == plain(ONES).tolist()
        change(module)


def test_defaults_that_can_be_changed():
    """They are the same object in every call."""
    module = module_of("@autodask\ndef marked(x, more=[1]):\n    return x + len(more)\n")
    assert value(module, ONES)[0] == [2, 2, 2]
    module.marked.func.__defaults__[0].append(2)
    assert value(module, ONES)[0] == [3, 3, 3]


def test_recursion_and_functions_in_functions():
    """A function that enters itself until a static condition ends it."""
    module = module_of(
        "@autodask(inline=True)\n"
        "def marked(x, n=3):\n"
        "    return x if n == 0 else marked(x, n - 1) * 2\n"
    )
    assert both(module, ONES) == [8, 8, 8]
    assert value(module, ONES, 2)[0] == [4, 4, 4]
    module = marked("return x * 2")
    module.caller = autodask(module_of("def caller(x):\n    return marked(x) + 1\n").caller)
    module.caller.func.__globals__["marked"] = module.marked
    assert strict(module.caller(ONES)).tolist() == strict(module.caller(ONES)).tolist() == [3] * 3


def test_an_exception_while_tracing_is_never_kept():
    """The next call may succeed, and one that fails again fails with the same words."""
    module = marked("return x + SCALE / ZERO", ZERO=0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError) as caught:
            module.marked(ONES)
        assert any("line 17" in note or "marked" in note for note in caught.value.__notes__)
    module.ZERO = 1
    assert both(module, ONES) == [3, 3, 3]


def test_errors_of_a_template_name_the_line():
    """The note is of the expression, as after tracing."""
    module = marked("return helper(x) @ x[:2]")
    notes = []
    for _ in range(2):
        with pytest.raises(ValueError, match="matmul") as caught:
            strict(module.marked(ONES))
        notes.append(caught.value.__notes__)
    assert len(module.marked._memory.templates) == 1
    assert notes[0] == notes[1]
    assert "helper(x) @ x[:2]" in notes[0][0]


def test_the_context_of_the_call_counts():
    """Not that of the call that was traced, and of each its own."""
    module = marked("return x / 0")
    with np.errstate(all="ignore"):
        assert both(module, ONES) == [np.inf] * 3
    with np.errstate(all="raise"):
        pending = module.marked(ONES)
    with np.errstate(all="ignore"):
        relaxed = module.marked(ONES)
    with pytest.raises(FloatingPointError):
        strict(pending)
    with np.errstate(all="raise"):
        assert strict(relaxed).tolist() == [np.inf] * 3


def test_work_is_shared_with_that_of_other_templates():
    """Equal nodes of two calls are one piece of work, whether traced or not."""
    calls = []

    def counted(x):
        calls.append(1)
        return x + 1

    module = marked("return counted(x)", counted=counted)
    both(module, ONES)
    calls.clear()
    strict([module.marked(ONES), module.marked(ONES), module.marked(ONES)])
    assert len(calls) == 1


def test_two_places_of_a_result():
    """Each is a value of its own, as in plain Python."""
    module = marked("return [x + 1, x + 1, (x, x + 1)]")
    for _ in range(3):
        one, two, (three, four) = strict(module.marked(ONES))
        assert one is not two is not four
        assert three is ONES
        one[:] = 9
        assert two.tolist() == four.tolist() == [2, 2, 2]
    assert len(module.marked._memory.templates) == 1


def test_a_display_is_new_in_each_call():
    """Lists and dicts made by a template belong to nobody else."""
    module = marked("return helper([1, 2]), [x], {'a': [1, x]}", helper=lambda x: x)
    module.helper = lambda x: x
    first, second = strict(module.marked(ONES)), strict(module.marked(ONES))
    first[0].append(3), first[1].append(3), first[2]["a"].append(3)
    assert second[0] == [1, 2] == strict(module.marked(ONES))[0]
    assert len(second[1]) == 1
    assert len(second[2]["a"]) == 2


def test_threads_at_the_same_time():
    """Each call gets its own nodes, whoever made the template."""
    module = marked("return helper(x) * SCALE")

    def use(number):
        given = np.full(3, float(number))
        return [strict(module.marked(given + step)).tolist() for step in range(50)]

    expected = [[[(n + step + 1.0) * 2] * 3 for step in range(50)] for n in range(8)]
    assert in_threads(use, 8) == expected


def test_a_global_changes_under_threads():
    """A call that begins after the change never sees what was before."""
    module, stale = marked("return x * SCALE"), []
    module.SCALE = 0
    done = threading.Event()

    def use():
        while not done.is_set():
            least = module.SCALE
            if strict(module.marked(1.0 * ONES))[0] < least:
                stale.append(least)

    users = [threading.Thread(target=use) for _ in range(3)]
    [one.start() for one in users]
    for number in range(300):
        module.SCALE = number
        strict(module.marked(ONES))
    done.set()
    [one.join() for one in users]
    assert not stale


def test_in_tasks_of_asyncio():
    """Tasks that take turns use one template."""
    module = marked("return x + SCALE")

    async def use(number):
        await asyncio.sleep(0)
        return strict(module.marked(ONES * number))[0]

    async def main():
        return await asyncio.gather(*[use(number) for number in range(20)])

    assert asyncio.run(main()) == [number + 2.0 for number in range(20)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_in_a_child_of_a_fork():
    """Templates are memory like any other."""
    module = marked("return x + SCALE")
    both(module, ONES)
    child = os.fork()
    if child == 0:
        os._exit(0 if value(module, ONES) == ([3, 3, 3], 0) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_pickles_and_copies():
    """A thunk of a template travels as any other, and so does the function."""
    module = marked("return np.sin(x) * SCALE")
    both(module, ONES)
    thunk = module.marked(ONES)
    assert same(strict(pickle.loads(pickle.dumps(thunk))), np.sin(ONES) * 2)
    assert same(strict(copy.copy(module.marked)(ONES)), np.sin(ONES) * 2)


def test_who_watches_sees_every_trace():
    """A report of strict points is not silenced by a template."""
    module = marked("return x + SCALE")
    both(module, ONES)
    with watching() as traces:
        module.marked(ONES)
    assert len(traces) == 1
    assert value(module, ONES)[1] == 0


def test_what_is_redefined_is_let_go_of():
    """A loop that defines functions again and again leaks none, nor what they hold."""
    refs = []
    for _ in range(20):
        module = marked("return inlined(x) + helper(x)")
        both(module, ONES)
        refs.append(weakref.ref(module.marked))
        closed = _closed(np.ones(2))
        assert strict(closed(ONES)).tolist() == strict(closed(ONES)).tolist()
        refs.append(weakref.ref(closed))
    del module, closed
    gc.collect()
    assert not [ref for ref in refs if ref() is not None]


def _closed(data):
    """A function that reaches itself through a cell, beside data."""

    def helper(x):
        return x + data.sum()

    @autodask(inline=True)
    def recursive(x, n=2):
        return helper(x) if n == 0 else recursive(x, n - 1)

    return recursive


def test_an_old_helper_is_let_go_of():
    """By the call after it was replaced."""
    module = marked("return helper(x)")
    both(module, ONES)
    gone = weakref.ref(module.helper)
    module.helper = module.other
    both(module, ONES)
    gc.collect()
    assert gone() is None
