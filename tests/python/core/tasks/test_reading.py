"""Reading task graphs: every kind of node, what is needed and no more, and nothing copied."""

import pytest
from dask._task_spec import Alias, DataNode, Dict, List, Set, Task, TaskRef, Tuple
from dask.utils_test import add, inc
from tests.python.programs import output

from daisy._core import run_tasks

WORKERS = [1, 2]


def give(*args, **kwargs):
    """What a task was called with."""
    return args, kwargs


def graph(*nodes):
    """The nodes by their keys."""
    return {node.key: node for node in nodes}


@pytest.mark.parametrize("workers", WORKERS)
def test_a_task_is_called_with_values_and_constants(workers):
    """Guards that references are replaced in place and everything else is handed over."""
    data = {"list": ["x"]}
    tasks = graph(
        DataNode("x", 1),
        Task("y", inc, TaskRef("x")),
        Task("z", give, TaskRef("y"), "x", data, TaskRef("x"), named=TaskRef("y"), other="y"),
    )
    args, kwargs = run_tasks(tasks, "z", workers)
    assert args == (2, "x", data, 1)
    assert args[2] is data
    assert kwargs == {"named": 2, "other": "y"}


@pytest.mark.parametrize("workers", WORKERS)
def test_plain_containers_are_never_searched(workers):
    """Guards that a reference in a plain list stays one, as with dask."""
    ref = TaskRef("x")
    [[found]], _ = run_tasks(graph(DataNode("x", 1), Task("y", give, [ref])), "y", workers)
    assert found is ref


@pytest.mark.parametrize("workers", WORKERS)
def test_containers_of_dasks_hold_values(workers):
    """Guards each of dask's containers, nested ones and empty ones."""
    inner = List(Tuple(TaskRef("x"), 2), Set(TaskRef("x")), Dict({"a": TaskRef("x")}), List())
    args, _ = run_tasks(graph(DataNode("x", 1), Task("y", give, inner)), "y", workers)
    assert args == ([(1, 2), {1}, {"a": 1}, []],)
    assert [type(part) for part in args[0]] == [tuple, set, dict, list]


@pytest.mark.parametrize("workers", WORKERS)
def test_containers_stand_under_keys_too(workers):
    """Guards that a container can be a node of the graph."""
    tasks = {"x": DataNode("x", 1), "all": List(TaskRef("x"), Task(None, inc, TaskRef("x")))}
    assert run_tasks(tasks, "all", workers) == [1, 2]


@pytest.mark.parametrize("workers", WORKERS)
def test_nodes_among_arguments_are_computed(workers):
    """Guards nested tasks, data and aliases in positional and keyword arguments."""
    nested = Task(None, add, Task(None, inc, TaskRef("x")), Alias("x"))
    task = Task("y", give, nested, DataNode(None, 7), named=List(nested, 3))
    args, kwargs = run_tasks(graph(DataNode("x", 1), task), "y", workers)
    assert (args, kwargs) == ((3, 7), {"named": [3, 3]})


def test_nested_nodes_may_be_deep():
    """Guards that a tower of nested nodes is read and computed by a loop."""
    node = List(TaskRef("x"))
    for _ in range(100_000):
        # The constructor would collect dependencies level by level.
        outer = List()
        outer.args, outer._dependencies = (node,), node._dependencies
        node = outer
    value = run_tasks({"x": DataNode("x", 1), "y": node}, "y", 2)
    depth = 0
    while value != 1:
        depth, value = depth + 1, value[0]
    assert depth == 100_001
    while node.args and isinstance(node.args[0], List):
        node.args, node = (), node.args[0]


@pytest.mark.parametrize("workers", WORKERS)
def test_aliases_lead_to_the_value_itself(workers):
    """Guards chains of aliases, as request and as argument, and that data is not copied."""
    value = object()
    tasks = graph(
        DataNode("data", value), Alias("a", "data"), Alias("b", "a"), Task("c", give, TaskRef("b"))
    )
    assert run_tasks(tasks, ["data", "a", "b"], workers) == (value, value, value)
    assert run_tasks(tasks, "c", workers)[0][0] is value


KEYS = ["x", b"x", 0, 1.5, (), ("x", 0), ("x", (1, "y")), "", -1, False]


@pytest.mark.parametrize("key", KEYS, ids=repr)
@pytest.mark.parametrize("workers", WORKERS)
def test_keys_of_every_kind(workers, key):
    """Guards that no key is taken for something else, and that none is lost for being falsy."""
    tasks = {key: DataNode(key, 1), "end": Task("end", inc, TaskRef(key))}
    assert run_tasks(tasks, key, workers) == 1
    assert run_tasks(tasks, ["end", key], workers) == (2, 1)


@pytest.mark.parametrize("value", [None, 0, "", [], (), False])
@pytest.mark.parametrize("workers", WORKERS)
def test_falsy_values(workers, value):
    """Guards that a falsy value is a value."""
    tasks = graph(DataNode("x", value), Task("y", lambda x: x, TaskRef("x")))
    assert run_tasks(tasks, ["x", "y"], workers) == (value, value)


REQUESTS = [
    ("a", 1),
    ([], ()),
    (["a"], (1,)),
    (["a", "a", "b"], (1, 1, 2)),
    ([["a", ["b"]], "a"], ((1, (2,)), 1)),
    ([[], [[]]], ((), ((),))),
]


@pytest.mark.parametrize(("keys", "expected"), REQUESTS)
@pytest.mark.parametrize("workers", WORKERS)
def test_results_mirror_the_keys(workers, keys, expected):
    """Guards that nested lists of keys give nested tuples of values."""
    tasks = graph(Task("a", inc, 0), Task("b", inc, TaskRef("a")))
    assert run_tasks(tasks, keys, workers) == expected


def test_deeply_nested_keys():
    """Guards that neither the request nor the result is made by recursion."""
    keys = "a"
    for _ in range(100_000):
        keys = [keys]
    value = run_tasks(graph(Task("a", inc, 0)), keys, 2)
    for _ in range(100_000):
        (value,) = value
        (keys,) = keys
    assert value == 1


def test_a_list_of_keys_that_contains_itself():
    """Guards against an endless loop."""
    keys = ["a"]
    keys.append(keys)
    with pytest.raises(RecursionError, match="contains itself"):
        run_tasks(graph(Task("a", inc, 0)), keys, 2)


@pytest.mark.parametrize("workers", WORKERS)
def test_only_what_is_needed_runs(workers):
    """Guards that other nodes are not run, nor looked at by anything but dask's own order."""
    ran = []
    tasks = graph(Task("a", ran.append, 1), Task("b", ran.append, 2))
    run_tasks(tasks, "a", workers)
    assert ran == [1]


@pytest.mark.parametrize("workers", WORKERS)
def test_equal_tasks_run_each(workers):
    """Guards that tasks are never folded: they may have effects."""
    ran = []
    tasks = graph(Task("a", ran.append, 1), Task("b", ran.append, 1))
    tasks["c"] = tasks["d"] = tasks["b"]
    run_tasks(tasks, ["a", "b", "c", "d"], workers)
    assert ran == [1, 1, 1, 1]


def test_one_node_under_very_many_keys():
    """Guards that telling such keys apart takes no quadratic time."""
    task = Task("any", int, 5)
    tasks = dict.fromkeys(range(100_000), task)
    assert run_tasks(tasks, list(tasks), 2) == (5,) * 100_000


@pytest.mark.parametrize("workers", WORKERS)
def test_equal_keys_are_one_key(workers):
    """Guards that keys are compared and not told apart by identity."""
    ran = []

    def note(value):
        ran.append(value)
        return value

    tasks = {("x", 1): Task(("x", 1), note, 1)}
    tasks["y"] = Task("y", give, TaskRef(("x", 1)), TaskRef(("x", int("1"))), TaskRef(("x", 1.0)))
    assert run_tasks(tasks, "y", workers)[0] == (1, 1, 1)
    assert ran == [1]


class Doubling(Task):
    """A node of a class that nobody knows, with a call of its own."""

    __slots__ = ()

    def __call__(self, values=()):
        return 2 * super().__call__(values)


@pytest.mark.parametrize("workers", WORKERS)
def test_foreign_nodes_are_called(workers):
    """Guards that subclasses decide themselves, under a key and as an argument."""
    tasks = graph(
        Task("x", inc, 0),
        Doubling("y", inc, TaskRef("x")),
        Task("z", give, Doubling(None, add, TaskRef("x"), TaskRef("y"))),
    )
    assert run_tasks(tasks, "y", workers) == 4
    assert run_tasks(tasks, "z", workers) == ((10,), {})


class Future(TaskRef):
    """A reference of a class of its own, whose key is an attribute of the instance."""

    def __init__(self, key):
        self.name = key

    @property
    def key(self):
        """The key, found in another way than dask's references have it."""
        return self.name


@pytest.mark.parametrize("workers", WORKERS)
def test_references_may_be_subclassed(workers):
    """Guards that futures, which are references to dask, are followed."""
    tasks = graph(DataNode("x", 1), Task("y", give, Future("x"), 5))
    assert run_tasks(tasks, "y", workers)[0] == (1, 5)


@pytest.mark.parametrize("workers", WORKERS)
def test_fused_tasks(workers):
    """Guards that a task which carries a graph of its own runs as with dask."""
    fused = Task.fuse(
        Task("b", inc, TaskRef("a")), Task("c", add, TaskRef("b"), TaskRef("a")), key="d"
    )
    assert run_tasks(graph(Task("a", inc, 0), fused), "d", workers) == 3


class Asked:
    """An argument that counts who asks for its class."""

    asked = 0

    @property
    def __class__(self):
        """Counts the question."""
        Asked.asked += 1
        return Asked


def test_arguments_are_not_asked_what_they_are():
    """Guards that a lazy argument is not computed for the sake of its class."""
    argument = Asked()
    tasks = graph(Task("x", give, argument))
    Asked.asked = 0
    (found,), _ = run_tasks(tasks, "x", 2)
    assert found is argument
    assert not Asked.asked


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["chain", "aliases"])
def test_a_million_deep(shape):
    """Guards that reading, ordering, running and dropping are loops."""
    tasks = {0: Task(0, int, 0)}
    for key in range(1, 1_000_000):
        before = TaskRef(key - 1)
        tasks[key] = Task(key, inc, before) if shape == "chain" else Alias(key, before)
    expected = 999_999 if shape == "chain" else 0
    assert run_tasks(tasks, 999_999, 2) == expected


def test_keyword_names_that_are_no_strings():
    """Guards that such a task fails as Python has it fail."""
    task = Task("x", give)
    task.kwargs = {1: 2}
    with pytest.raises(TypeError, match="keywords must be strings"):
        run_tasks(graph(task), "x", 2)


def test_what_is_no_node_is_refused():
    """Guards that a graph which was not converted is told from one that was."""
    with pytest.raises(TypeError, match="convert_legacy_graph"):
        run_tasks({"x": (inc, 1)}, "x", 2)
    with pytest.raises(ValueError, match="workers"):
        run_tasks({"x": DataNode("x", 1)}, "x", 0)


def test_a_container_that_is_no_task():
    """Guards that dask may build its containers in another way: they are called as Python would."""
    program = """
        from dask import _task_spec
        from dask._task_spec import GraphNode, Task

        class List(GraphNode):
            __slots__ = ("only",)

            def __init__(self, only):
                self.key, self.only, self._dependencies = None, only, frozenset([only])

            def __call__(self, values):
                return [values[self.only]]

        _task_spec.List = List
        from daisy._core import run_tasks
        print(run_tasks({"x": Task("x", abs, -1), "list": List("x")}, "list", 2))
    """
    assert output(program) == "[1]\n"
