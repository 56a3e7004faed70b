"""Every ufunc of NumPy and scipy.special, with the loops it has for numbers."""

import numpy as np
import scipy.special
from tests.python.daisy.fusion.values import NUMERIC

# What they do grows with the value of an argument (a degree, an order, a count), and may never end;
# scipy's own code for Mathieu's functions writes out of bounds, and its `obl_rad2_cv` returns what
# it finds on the stack where an argument is out of the domain.
TAME_ONLY = set(
    """
    bdtrik eval_chebyc eval_chebys eval_chebyt eval_chebyu eval_gegenbauer eval_genlaguerre
    eval_hermite eval_hermitenorm eval_jacobi eval_laguerre eval_legendre eval_sh_chebyt
    eval_sh_chebyu eval_sh_jacobi eval_sh_legendre hyp1f1 hyperu lpmv
    mathieu_cem mathieu_modcem1 mathieu_modcem2 mathieu_modsem1 mathieu_modsem2 mathieu_sem ncfdtr
    ncfdtri nctdtrit
    obl_ang1 obl_cv obl_rad1 obl_rad2 obl_rad2_cv pbdv pbvv pbwa pro_ang1 pro_cv pro_rad1
    pro_rad1_cv pro_rad2 smirnovi yn
    """.split()
)


def ufuncs_of(module):
    """The element-wise ufuncs of a module, each once."""
    found = {id(one): one for one in vars(module).values() if isinstance(one, np.ufunc)}
    return [one for one in found.values() if one.signature is None]


def loops_of(ufunc):
    """The dtypes of the inputs of each loop for numbers, as characters."""
    inputs = [types.split("->")[0] for types in ufunc.types]
    return [one for one in inputs if all(char in NUMERIC for char in one)]


NUMPY = ufuncs_of(np)
SCIPY = ufuncs_of(scipy.special)


def batches(ufuncs, size):
    """The ufuncs in lists of a few, so that a test is neither brief nor long."""
    return [ufuncs[start : start + size] for start in range(0, len(ufuncs), size)]


def programs(ufunc):
    """Functions around a ufunc: alone, with work after it, with work before it."""
    return alone(ufunc), AFTER[ufunc.nout](ufunc), before(ufunc)


def alone(ufunc):
    def function(*xs):
        return ufunc(*xs)

    return function


def before(ufunc):
    def function(*xs):
        return ufunc(*[x * x for x in xs])

    return function


def one_used(ufunc):
    def function(*xs):
        y = ufunc(*xs)
        return y + 1, y * y

    return function


def two_used(ufunc):
    def function(*xs):
        y, z = ufunc(*xs)
        return y + 1, y * z

    return function


def four_used(ufunc):
    def function(*xs):
        y, z, v, w = ufunc(*xs)
        return y + 1, z * w, v

    return function


AFTER = {1: one_used, 2: two_used, 4: four_used}
