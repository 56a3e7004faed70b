"""Tracing: running a rewritten function once so that it leaves a graph behind.

What each part decides, from the values up:

* :mod:`~daisy.tracing.kinds`: what kind of value something is
* :mod:`~daisy.tracing.facts`: what is known of a leaf without computing it
* :mod:`~daisy.tracing.tables`: functions, methods and classes that are known by name
* :mod:`~daisy.tracing.purity`: whether equal calls are one
* :mod:`~daisy.tracing.verdicts`: what the tables say about one function, remembered
* :mod:`~daisy.tracing.sites`: where in the user's source something was written
* :mod:`~daisy.tracing.trace`: one run, and what it remembers; refusing
* :mod:`~daisy.tracing.ownership`: which containers the function may change
* :mod:`~daisy.tracing.ledger`: the order of operations on what can change, and
  :mod:`~daisy.tracing.ordering` of those that only look at it
* :mod:`~daisy.tracing.inputs`, :mod:`~daisy.tracing.sharing`: what a deferred call is given
* :mod:`~daisy.tracing.nodes`: new nodes
* :mod:`~daisy.tracing.portables`: functions of daisy's own that run inside the graph
* :mod:`~daisy.tracing.strict_points`, :mod:`~daisy.tracing.operators`,
  :mod:`~daisy.tracing.arms`, :mod:`~daisy.tracing.containers`, :mod:`~daisy.tracing.effects`,
  :mod:`~daisy.tracing.guards`, :mod:`~daisy.tracing.local_functions`: the rules, by what is
  written
* :mod:`~daisy.tracing.calls`: the rules for calls; of functions
  (:mod:`~daisy.tracing.known_functions`, and :mod:`~daisy.tracing.functional` for those that call
  what they are given), of callables that stand for another (:mod:`~daisy.tracing.callables`), of
  methods (:mod:`~daisy.tracing.methods`), and of all else (:mod:`~daisy.tracing.deferred_calls`)
* :mod:`~daisy.tracing.dispatch`: which of these decides a call
* :mod:`~daisy.tracing.helpers`: the rules by the names that rewritten functions call them by
* :mod:`~daisy.tracing.refusals`: what is refused at decoration, with the ways out
* :mod:`~daisy.tracing.rewrite`: the rewriting
* :mod:`~daisy.tracing.hooks`: what the core asks the tables
* :mod:`~daisy.tracing.templates`: traces that stand for later calls
* :mod:`~daisy.tracing.arguments`, :mod:`~daisy.tracing.entering`: a call from outside, and back
"""
