"""The helper threads across `fork`, and at the end of the interpreter."""

import pytest
from tests.python.programs import execute, output

HEAD = """
import os, signal, threading, time
from tests.python.graphs import fan

def two_threads():
    together = threading.Barrier(2)
    return sorted(fan(lambda _: together.wait(30), range(2)))

def leave_a_helper(act):
    # A run that has failed on this thread, while a helper is still busy.
    started = threading.Event()
    def work(n):
        if threading.current_thread() is threading.main_thread():
            started.wait(30)
            raise ValueError
        started.set()
        act()
    try:
        fan(work, range(2))
    except ValueError:
        pass
"""


def run(program):
    """The output of a program that ends well."""
    return output(program, head=HEAD)


def test_a_child_has_helpers_of_its_own():
    """Guards that a pool which was used before a fork works in parent and child."""
    out = run("""
        assert two_threads() == [0, 1]
        child = os.fork()
        ok = two_threads() == [0, 1]
        if not child:
            os._exit(0 if ok else 1)
        print(ok, os.waitpid(child, 0)[1])
    """)
    assert out == "True 0\n"


def test_a_fork_in_the_middle_of_a_run():
    """Guards that a task may fork while helpers are busy, again and again."""
    out = run("""
        def work(n):
            time.sleep(0.002)
            if n % 10 == 5:
                child = os.fork()
                if not child:
                    os._exit(0 if two_threads() == [0, 1] else 1)
                return os.waitpid(child, 0)[1]
            return 0
        print(sum(fan(work, range(60), 3)))
    """)
    assert out == "0\n"


def test_the_interpreter_ends_while_a_helper_is_busy():
    """Guards that the end waits for the task that a helper is in, and does not crash."""
    out = run("""
        leave_a_helper(lambda: print(time.sleep(0.5) or "done"))
        print("left")
    """)
    assert out.splitlines() == ["left", "done"]


def test_runs_at_the_end_of_the_interpreter():
    """Guards that what runs after the helpers have gone is done by the caller alone."""
    program = """
        import atexit
        {before}
        atexit.register(lambda: print(fan(lambda n: n, range(3))))
    """
    assert run(program.format(before="two_threads()")) == "[0, 1, 2]\n"
    assert run(program.format(before="")) == "[0, 1, 2]\n"


@pytest.mark.parametrize("when", ["before", "after_in_parent", "after_in_child"])
@pytest.mark.parametrize("first", [True, False], ids=["registered before", "registered after"])
def test_a_hook_of_a_fork_runs_a_graph(when, first):
    """Guards that what others do when the process forks may use daisy, in any order of hooks."""
    out = run(f"""
        def hook():
            assert sum(fan(lambda n: time.sleep(0.001) or n, range(20))) == 190
        if {first}:
            os.register_at_fork({when}=hook)
        assert two_threads() == [0, 1]
        if not {first}:
            os.register_at_fork({when}=hook)
        child = os.fork()
        if not child:
            os._exit(0 if two_threads() == [0, 1] else 1)
        print(os.waitpid(child, 0)[1], two_threads())
    """)
    assert out == "0 [0, 1]\n"


def test_a_hook_of_a_fork_lets_another_thread_run_a_graph():
    """Guards that no thread waits for the one that forks while that one waits for the GIL."""
    out = run("""
        done = []
        hook = lambda: done or other.start() or other.join()
        other = threading.Thread(target=lambda: done.append(two_threads()))
        os.register_at_fork(before=hook)
        fan(lambda _: time.sleep(0.001), range(20))
        child = os.fork()
        if not child:
            os._exit(0)
        print(os.waitpid(child, 0)[1], done)
    """)
    assert out == "0 [[0, 1]]\n"


def test_a_task_goes_on_in_the_child():
    """Guards that a run whose task forked ends in the child, if no other task was running."""
    out = run("""
        def work(n):
            return os.fork() if n == 5 else n
        forked = fan(work, range(10))[5]
        if not forked:
            os._exit(0 if two_threads() == [0, 1] else 1)
        print(os.waitpid(forked, 0)[1])
    """)
    assert out == "0\n"


def test_ctrl_c_at_the_end_of_the_interpreter():
    """Guards that the end does not wait for the task that a helper is in once Ctrl-C comes."""
    program = """
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        leave_a_helper(lambda: time.sleep(600))
        signal.setitimer(signal.ITIMER_REAL, 0.2)
    """
    done = execute(program, head=HEAD)
    assert done.returncode == 0
    assert "KeyboardInterrupt" in done.stderr
