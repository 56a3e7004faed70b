"""Forks while threads of the parent compute and wait: none of them is there in the child."""

from tests.python.programs import output

HEAD = """
import os, threading, time
import daisy
from lazy import strict, thunk

inside = threading.Event()

def slow():
    inside.set()
    time.sleep(0.5)
    return 7

def child_says(func):
    # What `func` gives in a child, which has ten seconds for it.
    child = os.fork()
    if not child:
        import signal
        signal.alarm(10)
        os._exit(func())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""


def test_a_child_computes_what_another_thread_of_its_parent_did():
    """Guards that a child does not wait for a thread that is not there."""
    out = output(
        """
        value = thunk(slow)
        thread = threading.Thread(target=strict, args=(value,))
        thread.start()
        inside.wait(30)
        print(child_says(lambda: strict(value + 1)), strict(value + 1))
        thread.join()
    """,
        head=HEAD,
    )
    assert out == "8 8\n"


def test_a_step_that_forks_needs_what_a_helper_computes():
    """Guards that a run which goes on in the child has lost its helpers there."""
    out = output(
        """
        from daisy._core import defer
        other = defer(slow, ())
        def fork():
            inside.wait(30)
            return child_says(lambda: strict(other)), strict(other)
        both = defer(lambda a, b: (a, b), (defer(fork, ()), other))
        with daisy.options(workers=2):
            print(strict(both))
    """,
        head=HEAD,
    )
    assert out == "((7, 7), 7)\n"


def test_forks_in_the_middle_of_everything():
    """Guards that no lock of the parent's is held in a child: threads sleep and wake up in it."""
    out = output(
        """
        shared, go_on = [thunk(int)], [True]
        def work():
            while go_on:
                strict(shared[0] + 1)
        def renew():
            while go_on:
                shared[0] = thunk(lambda: time.sleep(0.001) or 6)
                strict(shared[0])
        threads = [threading.Thread(target=work) for _ in range(4)]
        threads.append(threading.Thread(target=renew))
        for thread in threads:
            thread.start()
        ends = {child_says(lambda: strict(thunk(int, 5))) for _ in range(50)}
        go_on.clear()
        print(ends)
    """,
        head=HEAD,
    )
    assert out == "{5}\n"
