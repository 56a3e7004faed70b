"""Programs in a process of their own: about what a process has one of, or how it ends."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def execute(program, *, head="", env=None, input=None, timeout=120):
    """How a program ends; what goes in and out is bytes where `input` is."""
    # From 3.12 on Python warns of a fork beside other threads, which some programs do on purpose.
    options = ("-W", "ignore::DeprecationWarning")
    return subprocess.run(
        [sys.executable, *options, "-c", head + textwrap.dedent(program)],
        cwd=ROOT,  # from where programs can import `tests.python`
        env={**os.environ, **(env or {})},
        input=input,
        capture_output=True,
        text=not isinstance(input, bytes),
        timeout=timeout,
        check=False,
    )


def run_without_daisy(pickled):
    """How a process without daisy and lazy ends that computes a graph.

    `pickled` is the graph with the key that is wanted; the process prints the value, pickled.
    """
    program = """
        import sys, pickle
        class Blocker:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in ("daisy", "lazy"):
                    raise ImportError(name)
        sys.meta_path.insert(0, Blocker())
        import dask
        graph, key = pickle.load(sys.stdin.buffer)
        sys.stdout.buffer.write(pickle.dumps(dask.get(graph, key)))
    """
    return execute(program, input=pickled)


def output(program, **how):
    """What a program prints, which ends well and has nothing to complain of."""
    done = execute(program, **how)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
