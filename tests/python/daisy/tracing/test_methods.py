"""Methods of data and of namedtuples."""

import typing
from collections import namedtuple

import numpy as np
import pandas as pd

A = np.arange(6.0)
Point = namedtuple("Point", "x y")


class Area(typing.NamedTuple):
    x: object
    y: object

    def area(self):
        return self.x * self.y

    @property
    def double(self):
        return self.x * 2


def user(x, *more, **named):
    return x * 2 if not more else (x, more, named)


def test_namedtuples_are_containers(unforced):
    """A namedtuple holds thunks; its user's methods and properties are nodes."""

    def func(x):
        p = Point(x, 1)
        q = Area(x, user(x))
        a, b = p
        return p, q.area(), q.double, p._replace(y=x).y, a, b, q.x, q._asdict()

    unforced(func, A)


def test_methods_of_data_are_deferred(unforced):
    """Methods of arrays and frames are nodes."""

    def func(frame):
        grouped = frame.groupby("k").sum()
        return grouped, frame["v"].mean(), frame.v.max(), frame.assign(w=frame.v * 2).w.to_numpy()

    unforced(func, pd.DataFrame({"k": [1, 1, 2], "v": [1.0, 2.0, 3.0]}))
