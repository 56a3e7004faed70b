"""lazy.tree: thunks as trees."""

import copy
import gc
import pickle
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daisy._core import autodaskthunk, defer, node_id
from lazy import fold_subexprs, parse, strict, thunk
from lazy import operator as op
from lazy.printing import PRINTED
from lazy.tree import Call, LTree, Normal


def one():
    return thunk.fromexpr(1)


def add(a, b):
    return Call(op.add, (a, b))


def test_parse():
    """An operator is a call of its function, and what is there is a value."""
    tree = parse(one() + 2)
    assert tree == Call(Normal(op.add), (Normal(1), Normal(2)), {})
    assert (tree.func, tree.args, tree.kwargs) == (Normal(op.add), (Normal(1), Normal(2)), {})
    assert parse(1) == Normal(1)
    assert parse(tree) is tree


def test_parse_keywords():
    """Keyword arguments keep their names and order."""
    tree = parse(thunk(sorted, [2, 1], key=None, reverse=True))
    assert list(tree.kwargs.items()) == [("key", Normal(None)), ("reverse", Normal(True))]
    assert strict(tree.subs({True: False}).lcompile()) == [1, 2]


def test_parse_containers():
    """A container that holds thunks is the call that builds it."""
    assert parse([one() + 1, 2]) == Call(op.build_list, (add(1, 1), 2))
    assert parse([1, 2]) != Call(op.build_list, (1, 2))


def test_computed_thunks():
    """A thunk whose value is there is that value."""
    t = one() + 2
    strict(t)
    assert parse(t) == Normal(3)


def test_membership():
    """Trees and values are found at any depth."""
    tree = parse((one() + 2) + 3)
    for part in (1, 2, 3, add(1, 2), op.add, tree):
        assert part in tree
    for part in (4, 1.0, True, add(2, 1), add(2, 3)):
        assert part not in tree


def test_equality():
    """Type and value count; a tree is no thunk and no other thing."""
    assert add(1, 2) == add(1, 2) and hash(add(1, 2)) == hash(add(1, 2))
    assert add(1, 2) != add(1, 2.0) and add(1, 2) != add(1, True)
    assert add(0.0, 1) != add(-0.0, 1)
    assert add(1, 2) != Call(op.sub, (1, 2)) and add(1, 2) != Call(op.add, (1,))
    assert Call(f, (), {"a": 1, "b": 2}) != Call(f, (), {"b": 2, "a": 1})
    assert Call(f, (), {"a": 1}) != Call(f, (1,)) != Call(f, (), {"b": 1})
    assert Normal(1) != 1 and add(1, 2) != 3


def f(*args, **kwargs):
    return args, kwargs


def test_arrays_by_identity():
    """An array is never asked for its truth, and an unhashable value has a place in a set."""
    arr = np.arange(3)
    assert Normal(arr) == Normal(arr) and Normal(arr) != Normal(arr.copy())
    assert len({Normal(arr), Normal(arr), Normal([1])}) == 2
    assert arr in parse(thunk.fromexpr(arr) + 1)


def test_leaves():
    """All values, functions included, from left to right."""
    tree = parse((one() + 2) * 3)
    values = [leaf.value for leaf in tree.leaves()]
    assert values == [op.mul, op.add, 1, 2, 3]
    assert set(tree.leaves()) == {Normal(v) for v in values}
    assert list(Normal(1).leaves()) == [Normal(1)]


def test_subs():
    """Trees and values are replaced, and what is put in is not searched again."""
    tree = parse((one() + 2) + 3)
    assert tree.subs({add(1, 2): Normal(4)}) == add(4, 3)
    assert tree.subs({1: 2}) == add(add(2, 2), 3)
    assert tree.subs({1: 2, 2: 1}) == add(add(2, 1), 3)
    assert tree.subs({op.add: op.mul}) == Call(op.mul, (Call(op.mul, (1, 2)), 3))
    assert tree.subs({1: one() + 1}) == add(add(add(1, 1), 2), 3)
    assert tree.subs({tree: 1}) == Normal(1)
    assert tree.subs({99: 1}) is tree
    assert tree.subs({1.0: 5}) is tree
    assert strict(tree.subs({1: 10}).lcompile()) == 15


def test_lcompile():
    """The thunk of a tree has the value of the thunk it came from."""
    t = (one() + 2) + 3
    made = parse(t).lcompile()
    assert node_id(made) == node_id(t)
    assert strict(made) == 6
    assert strict(add(1, add(2, 3)).lcompile()) == 6
    assert strict(Normal(5).lcompile()) == 5


def test_lcompile_class():
    """The class of the thunk can be chosen."""

    class mine(thunk):
        pass

    for tree in (Normal(1), add(1, 2), parse(one() + 2)):
        assert type(tree.lcompile()) is thunk
        assert type(tree.lcompile(mine)) is mine
        assert strict(tree.lcompile(mine)) == strict(tree.lcompile())
    assert type(parse(mine.fromexpr(1) + 1).lcompile()) is mine


def test_leaf_containers_stay():
    """A list that was a leaf is a leaf of a changed tree, and seen changed if it is changed."""
    held = [1]
    t = thunk(f, thunk.fromexpr(held), 2)
    changed = parse(t).subs({2: 3}).lcompile()
    assert held in parse(changed)
    held.append(5)
    assert strict(changed) == (([1, 5], 3), {})


def test_sharing_is_kept():
    """What a thunk shares is one node in the tree, and in the thunk made of it."""
    t = one() + 2
    tree = parse(t * t)
    assert tree.args[0] is tree.args[1]
    calls = []
    t = thunk(lambda x: calls.append(x) or x, 1)
    assert strict(parse(t + t).subs({op.add: op.mul}).lcompile()) == 1
    assert calls == [1]


def doubled(times):
    """A thunk of few nodes that is an enormous tree."""
    t = one()
    for _ in range(times):
        t = t + t
    return t


def test_shared_trees_do_not_explode():
    """Everything visits a shared node once."""
    tree, twin = parse(doubled(200)), parse(doubled(200))
    assert tree == twin and hash(tree) == hash(twin)
    assert 2 not in tree and len(list(tree.leaves())) == 2
    assert len(str(tree)) < PRINTED + 1000
    assert strict(tree.subs({1: 2}).lcompile()) == 2**201
    assert pickle.loads(pickle.dumps(tree)) == tree
    assert strict(fold_subexprs(doubled(200))) == 2**200


def test_fold_subexprs():
    """Equal parts become one node; different constants and impure calls do not."""
    folded = parse(fold_subexprs((one() + 2) * (one() + 2)))
    assert folded.args[0] is folded.args[1]
    assert folded == Call(op.mul, (add(1, 2), add(1, 2)))
    other = parse(fold_subexprs((one() + 2) * (one() + 2.0)))
    assert other.args[0] != other.args[1]
    assert type(fold_subexprs(one() + 1)) is thunk
    assert fold_subexprs(3).__class__ is int


def impure():
    return defer(random.random, (), None, impure=True)


def test_impure_calls():
    """A call that is not pure equals itself only, also folded, changed and pickled."""
    a, b = impure(), impure()
    assert parse(a) == parse(a) and parse(a) != parse(b)
    assert strict(fold_subexprs(a - b)) != 0
    assert strict(fold_subexprs(a - a)) == 0
    tree = parse((a + 1) - (a + 1))
    tree = tree.subs({1: 2})
    assert strict(fold_subexprs(tree.lcompile())) == 0
    tree = pickle.loads(pickle.dumps(parse(a - b)))
    assert tree.args[0] != tree.args[1]
    assert strict(tree.lcompile()) != 0


def test_impure_ids_are_not_given_again():
    """The tree of an impure call is not taken for that of a later one at the same address."""
    trees = []
    for _ in range(100):
        trees.append(parse(impure() + 1).subs({1: 2}))
        gc.collect(0)
    assert len(set(trees)) == 100


def test_str():
    """A tree prints as calls, by the names of functions; a long one is broken off."""
    assert str(parse((one() + 2) * 3)) == "mul(add(1, 2), 3)"
    assert str(Call(f, ("a",), {"b": 1})) == "f('a', b=1)"
    assert str(Normal(thunk)) == "thunk"
    assert repr(Normal(1)) == "Normal(1)" and repr(add(1, 2)) == "<Call add(1, 2)>"
    assert str(Call(f, range(10_000))).endswith("...")
    assert len(str(Normal("a" * 10_000))) < PRINTED


def test_rude_values_print():
    """A value whose repr raises does not keep a tree from printing."""

    class Rude:
        def __repr__(self):
            raise RuntimeError

    assert "Rude" in str(Call(f, (Rude(),)))


def test_printing_forces_nothing():
    """A thunk that is a value in a tree is not computed to print it."""
    assert str(Normal(thunk(lambda: 1 / 0))) == "<thunk>"


def test_pickle_and_copy():
    """A tree comes back equal; a copy is the tree, which is never changed."""
    tree = Call(f, (add(1, 2), "a"), {"b": add(1, 2)})
    assert pickle.loads(pickle.dumps(tree)) == tree
    assert pickle.loads(pickle.dumps(Normal(1))) == Normal(1)
    built = Call(op.build_list, (1, op.contains_in))
    assert pickle.loads(pickle.dumps(built)) == built
    assert copy.copy(tree) is tree and copy.deepcopy(tree) is tree


def test_matching():
    """Trees can be taken apart by `match`."""
    match parse(one() + 2):
        case Call(Normal(func), (Normal(a), Normal(b))):
            assert (func, a, b) == (op.add, 1, 2)
        case _:
            pytest.fail("no match")


def test_function_is_a_tree():
    """The function of a call can be a call itself."""
    tree = parse(thunk(getattr, "abc", "upper")())
    assert tree == Call(Call(getattr, ("abc", "upper")))
    assert strict(tree.lcompile()) == "ABC"
    assert strict(tree.subs({"abc": "def"}).lcompile()) == "DEF"


def test_autodaskthunk():
    """The thunks that autodask makes have trees as all others have."""
    t = defer(op.add, (1, 2))
    assert parse(t) == add(1, 2)
    assert type(fold_subexprs(t)) is autodaskthunk


numbers = st.one_of(st.integers(-9, 9), st.sampled_from([0.5, True, -0.0]))
binary = st.sampled_from([op.add, op.sub, op.mul])
trees = st.recursive(
    numbers.map(Normal),
    lambda t: st.builds(lambda g, a, b: Call(g, (a, b)), binary, t, t),
    max_leaves=20,
)


@settings(max_examples=60)
@given(trees)
def test_round_trips(tree):
    """Compiling, parsing and pickling give the same tree, and folding the same value."""
    made = tree.lcompile()
    assert parse(made) == tree
    assert pickle.loads(pickle.dumps(tree)) == tree
    folded = fold_subexprs(made)
    assert parse(folded) == tree
    a, b = strict(folded), strict(made)
    assert type(a) is type(b) and repr(a) == repr(b)


@settings(max_examples=60)
@given(trees, numbers, numbers)
def test_subs_against_a_plain_one(tree, old, new):
    """Replacing by the recursive definition gives the same."""

    def replaced(t):
        if t == Normal(old):
            return Normal(new)
        if isinstance(t, Normal):
            return t
        return Call(replaced(t.func), [replaced(a) for a in t.args])

    assert tree.subs({old: new}) == replaced(tree)
    assert (old in tree) == any(leaf == Normal(old) for leaf in tree.leaves())


def test_base_class():
    """Both kinds are LTree."""
    assert isinstance(parse(1), LTree) and isinstance(parse(one() + 1), LTree)
