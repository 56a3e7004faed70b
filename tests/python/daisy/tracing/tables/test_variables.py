"""The places of variables that no operation depends on."""

import contextvars
import functools
import sys
import types

import distributed.client
import distributed.worker
import pytest

from daisy import option
from daisy.taskgraph import crew
from daisy.tracing.tables.variables import idle_variables

OWN = [option._open, option._passes, crew._working_for]
DISTRIBUTED = [distributed.client._current_client, distributed.worker._worker_cvar]
NOTEBOOK = [
    ("sys", "stdout._parent_header"),
    ("sys", "stderr._parent_header"),
    ("sys", "displayhook._parent_header"),
    ("ipykernel.zmqshell", "ZMQInteractiveShell._instance.display_pub._parent_header"),
    ("ipykernel.kernelapp", "IPKernelApp._instance.kernel._shell_parent"),
    ("ipykernel.kernelapp", "IPKernelApp._instance.kernel._shell_parent_ident"),
    ("ipykernel.kernelapp", "IPKernelApp._instance.kernel._control_parent"),
    ("ipykernel.kernelapp", "IPKernelApp._instance.kernel._control_parent_ident"),
]


def holder(names, value):
    """An object whose attributes lead to a value."""
    wrap = lambda inner, name: types.SimpleNamespace(**{name: inner})
    return functools.reduce(wrap, reversed(names), value)


def put(monkeypatch, module, path, value):
    """Have a value in a place: in a module of that name, or in what `sys` has now."""
    first, *rest = path.split(".")
    if module != "sys":
        monkeypatch.setitem(sys.modules, module, types.ModuleType(module))
    monkeypatch.setattr(sys.modules[module], first, holder(rest, value), raising=False)


@pytest.mark.parametrize("place", NOTEBOOK, ids=".".join)
def test_where_a_notebook_keeps_its_variables(place, monkeypatch):
    """Work of two cells would be apart if one of them were overlooked."""
    variable = contextvars.ContextVar("parent")
    assert variable not in idle_variables()
    put(monkeypatch, *place, variable)
    assert variable in idle_variables()


@pytest.mark.parametrize("place", NOTEBOOK, ids=".".join)
def test_what_is_no_variable_is_passed_over(place, monkeypatch):
    """The twin: the owner may have anything else there, as other versions of ipykernel do."""
    found = len(idle_variables())
    put(monkeypatch, *place, {"msg_id": 1})
    assert len(idle_variables()) == found


@pytest.mark.parametrize("variable", [*OWN, *DISTRIBUTED], ids=lambda variable: variable.name)
def test_variables_that_say_who_works(variable):
    """A block of options or a client between two equal calls would keep them apart."""
    assert variable in idle_variables()
