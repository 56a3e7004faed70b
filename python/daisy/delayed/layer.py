"""The layer of one call in a graph of dask's."""

from __future__ import annotations

from typing import Any

from dask._task_spec import GraphNode
from dask.highlevelgraph import MaterializedLayer


# dask has no types, as in `value`.
class CallLayer(MaterializedLayer):  # type: ignore[misc]
    """A layer of one task.

    dask's own layer compares the keys that are wanted with all keys of a layer, for each of the
    layers: a graph of 10,000 calls takes it 20 s to look through. It also takes the annotations
    that hold when the layer is made, and a call has those that held when it was made.

    Args:
        key: the key of the task.
        node: the task.
        annotations: those of the call, or None.
        collection_annotations: what ``dask.config`` says of such.
    """

    def __init__(
        self, key: Any, node: GraphNode, annotations: Any, collection_annotations: Any
    ) -> None:
        self.mapping = {key: node}
        self.annotations = annotations
        self.collection_annotations = collection_annotations
        self.has_legacy_tasks = False

    def cull(self, keys: set[Any], all_hlg_keys: Any) -> tuple[CallLayer, dict[Any, set[Any]]]:
        """The layer, and what its task needs if that is wanted; nothing if not.

        Args:
            keys: the keys that are wanted.
            all_hlg_keys: of no meaning where all tasks are nodes.
        """
        ((key, node),) = self.mapping.items()
        return self, {key: set(node.dependencies)} if key in keys else {}

    def __reduce__(self) -> Any:
        # The scheduler of a cluster gets layers, and has no daisy.
        return MaterializedLayer, (self.mapping, self.annotations, self.collection_annotations)
