"""Traces that stand for later calls, so that a function's body need not run again.

A trace is kept only if everything in it is known by name: what is not allowed here makes it
unfit, so a rule of the tracer that is added later makes no stale templates.

* :mod:`~daisy.tracing.templates.constants`: the values that may be part of one
* :mod:`~daisy.tracing.templates.syntax`: the statements and expressions
* :mod:`~daisy.tracing.templates.surroundings`: what a function reads besides its arguments
* :mod:`~daisy.tracing.templates.recorder`: what one call has read so far
* :mod:`~daisy.tracing.templates.admission`: which uses of helpers, and
  :mod:`~daisy.tracing.templates.callees` which calls, give the same whenever they are reached
* :mod:`~daisy.tracing.templates.recording`: traced functions whose helpers ask first
* :mod:`~daisy.tracing.templates.memory`: the templates of one function

The guards are checked and the nodes made again in the core.
"""
