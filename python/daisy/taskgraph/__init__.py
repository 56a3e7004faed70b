"""Task graphs of dask's: what stands round the engine in :func:`daisy.get`.

In the order of a call:

* `entry`: `get` itself.
* `prepare`: the settings of the call, and whether anything observes it.
* `settings`: where a setting comes from.
* `conversion`: expressions, graphs in layers and old forms become one dict of nodes.

Then the engine runs the graph, or, where callbacks, a pool, a cache or other hooks are to see it:

* `observed`: the run that they see.
* `silence`: no callback sees the run of a task of the run that it sees.
* `state`: what is known of each task, as callbacks read it.
* `crew`: the threads that work, daisy's own or the user's pool.
* `work`: what they do.
"""

from __future__ import annotations
