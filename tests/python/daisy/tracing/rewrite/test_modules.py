"""Modules of the standard library, rewritten: they give what they gave."""

import importlib
import types

import pytest
from tests.python.daisy.tracing.rewrite.plain_runtime import Deferred, Plain, remade

from lazy.errors import Refusal
from lazy.source import SourceError

RUNTIMES = pytest.mark.parametrize("runtime", [Plain, Deferred])


def functions_of(module):
    """The functions and methods that a module defines, by who holds them."""
    for holder in [module, *vars(module).values()]:
        if holder is module or (isinstance(holder, type) and holder.__module__ == module.__name__):
            for name, value in list(vars(holder).items()):
                func = value.__func__ if isinstance(value, staticmethod | classmethod) else value
                if isinstance(func, types.FunctionType) and func.__module__ == module.__name__:
                    yield holder, name, value, func


def patched(monkeypatch, module, runtime):
    """Put the rewritten functions of a module in the place of its own; gives how many."""
    count = 0
    for holder, name, value, func in functions_of(module):
        try:
            made = remade(func, runtime)
        except (Refusal, SourceError):
            continue
        monkeypatch.setattr(holder, name, made if func is value else type(value)(made))
        count += 1
    return count


def statistics_case():
    import statistics as s

    data = [1, 2.5, 3, 4, 4, 5.75]
    return (
        [getattr(s, name)(data) for name in ("mean", "median", "pvariance", "stdev", "quantiles")],
        s.linear_regression([1, 2, 3], [2, 4, 7]),
        s.NormalDist.from_samples(data).quantiles(),
        s.multimode("aabbc"),
        s.fmean(data, [1, 2, 3, 4, 5, 6]),
    )


def textwrap_case():
    import textwrap as t

    text = "  The quick brown fox, jumped-over the lazy dog.  It was   not amused.\n\n\tAt all."
    return t.wrap(text, 11), t.fill(text, 20, max_lines=2), t.dedent(text), t.shorten(text, 22)


def difflib_case():
    import difflib as d

    one, two = "one two three four".split(), "one too tree four five".split()
    return (
        list(d.ndiff(one, two)),
        d.SequenceMatcher(None, "abxcd", "abcd").get_opcodes(),
        d.get_close_matches("appel", ["ape", "apple", "peach", "puppy"]),
        d.SequenceMatcher(lambda c: c == " ", "a b c", "abc").ratio(),
    )


def fractions_case():
    from fractions import Fraction as F

    return [
        F("3.25") / F(1, 3),
        F(0.1).limit_denominator(99),
        F(7, 3) // 2,
        hash(F(1, 2)),
        F(2) ** -3,
    ]


def calendar_case():
    import calendar as c

    return (
        c.TextCalendar().formatmonth(2024, 2),
        c.monthrange(2023, 2),
        c.HTMLCalendar().formatmonth(2024, 2),
    )


def ipaddress_case():
    import ipaddress as i

    net = i.ip_network("192.168.0.0/28")
    return (
        [str(x) for x in net.subnets(new_prefix=30)],
        i.ip_address("::1").exploded,
        net.num_addresses,
    )


def shlex_case():
    import shlex as s

    return s.split("a 'b c' d\\ e # f", comments=True), s.quote("a b"), s.join(["x y", "z"])


def pprint_case():
    import pprint as p

    return p.pformat({"a": list(range(30)), "b": {"c": ("x" * 50, "y" * 50)}}, width=40)


def urllib_case():
    import urllib.parse as u

    url = "http://user:pw@host:80/a/../b;p?q=1&q=2#f"
    return u.urlsplit(url), u.parse_qs("q=1&q=2"), u.urljoin(url, "../c"), u.quote("a b/ü")


CASES = {
    "statistics": statistics_case,
    "textwrap": textwrap_case,
    "difflib": difflib_case,
    "fractions": fractions_case,
    "calendar": calendar_case,
    "ipaddress": ipaddress_case,
    "shlex": shlex_case,
    "pprint": pprint_case,
    "urllib.parse": urllib_case,
}


@RUNTIMES
@pytest.mark.parametrize("name", CASES)
def test_modules_of_the_standard_library(name, runtime, monkeypatch):
    """Real modules, all of their functions rewritten, give what they gave."""
    module = importlib.import_module(name)
    before = CASES[name]()
    assert patched(monkeypatch, module, runtime()) > 2
    assert CASES[name]() == before


SWEPT = ["ast", "configparser", "dataclasses", "inspect", "zipfile"]


@pytest.mark.parametrize("name", SWEPT)
def test_sweep(name):
    """Whatever is in a module is rewritten and compiles, or is refused with its reason."""
    made = 0
    for _, _, _, func in functions_of(importlib.import_module(name)):
        try:
            remade(func)
            made += 1
        except Refusal as refusal:
            assert refusal.ways_out
            assert func.__code__.co_firstlineno <= refusal.lineno
        except SourceError:
            pass
    assert made > 5
