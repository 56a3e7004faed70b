"""Run the benchmarks that are named, or all of them, and print one table."""

from __future__ import annotations

import importlib
import sys

from benches.harness import Figure, require_release, table

NAMES = (
    "build_node",
    "million_nodes",
    "small_calls",
    "shared_work",
    "elementwise",
    "spectral_indices",
    "first_call",
    "peak_memory",
    "ready_tasks",
    "million_tasks",
    "workers",
    "granularity",
    "collections_of_dask",
    "cluster",
    "delayed",
)


def main(names: list[str]) -> None:
    """Measure and print; a figure that is missed is no failure."""
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        sys.exit(f"benches: no benchmark {', '.join(unknown)}; there are: {', '.join(NAMES)}")
    require_release()
    figures: list[Figure] = []
    for name in names or NAMES:
        print(f"measuring {name} ...", file=sys.stderr)
        figures += importlib.import_module(f"benches.{name}").measure()
    print(table(figures))


if __name__ == "__main__":
    main(sys.argv[1:])
