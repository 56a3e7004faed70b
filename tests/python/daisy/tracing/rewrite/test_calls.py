"""Calls of functions and methods."""

from tests.python.daisy.tracing.rewrite.plain_runtime import check, check_same, remade, rewritten


def test_calls():
    """A call keeps its arguments as they stand, in order."""
    check("return t(a, b + 1, x=c)", "return .call(S, t, a, .binary(S, 0, b, 1), x=c)")
    check("return t(a)(b)", "return .call(S, .call(S, t, a), b)")


def test_star_arguments():
    """What is unpacked into arguments goes through its own helper."""
    check(
        "return t(*a, b, **c, x=1)",
        "return .call(S, t, *.star(S, a), b, **.starstar(S, c), x=1)",
    )


def test_methods():
    """A method call is one operation; a call of a held method is a call."""
    check("return o.mean(a, axis=0)", "return .method(S, o, 'mean', a, axis=0)")
    check("m = o.mean\nreturn m()", "m = .attribute(S, o, 'mean')\nreturn .call(S, m)")


def test_globals_is_called_as_it_stands():
    """`globals()` looks at its caller's frame, so no helper may call it."""
    check_same("return globals()")
    check("globals = t\nreturn globals()", "globals = t\nreturn .call(S, globals)")


class Base:
    def scaled(self, x):
        return 2 * x


class Derived(Base):
    def scaled(self, x):
        return super().scaled(x) + 1

    def chosen(self, x, up):
        return super().scaled(x) if up else sum([super(Derived, self).scaled(y) for y in [x]])

    def nested(self, x):
        def inner(me, y):
            return super().scaled(y)

        return inner(self, x)


def test_super_without_arguments():
    """`super()` reads its caller's frame: in an arm that frame is a lambda's."""
    for name, *args in (("scaled", 3), ("chosen", 3, True), ("chosen", 3, False), ("nested", 4)):
        assert remade(getattr(Derived, name))(Derived(), *args) == getattr(Derived(), name)(*args)


def test_super_gets_its_arguments():
    """The first parameter is the object, also in a nested function."""
    text = """
    class Box:
        def f(this):
            return super().f()
    """
    assert rewritten(text, "Box.f") == "return .method(S, super(__class__, this), 'f')"


def test_super_outside_of_a_class_stays():
    """Python has its own error for it."""
    check("return super().f()", "return .method(S, super(), 'f')")
