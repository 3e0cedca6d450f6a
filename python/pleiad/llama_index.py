"""LlamaIndex: a vector store and a retriever over a collection of texts, which has its own model.

`pip install pleiad[llama-index]` brings `llama-index-core`. `VectorStoreIndex` embeds every node whatever the store says: give
it a `MockEmbedding(embed_dim=1)`, whose vectors are ignored, or add nodes to the store itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Union

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.schema import BaseNode, MetadataMode, NodeWithScore, QueryBundle, TextNode
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
    VectorStoreQueryResult,
)
from llama_index.core.vector_stores.utils import metadata_dict_to_node, node_to_metadata_dict

from . import _frameworks
from ._collection import AnyFilter, Collection
from ._errors import InvalidArgument
from ._filters import F, Filter
from ._frameworks import all_of, any_of, attribute
from ._hits import Hit

# The attribute that holds what a node is beside its text and its metadata.
_NODE = "llama_index"

_MODES = {
    VectorStoreQueryMode.DEFAULT: None,
    VectorStoreQueryMode.HYBRID: "hybrid",
    VectorStoreQueryMode.SEMANTIC_HYBRID: "hybrid",
    VectorStoreQueryMode.SPARSE: "words",
    VectorStoreQueryMode.TEXT_SEARCH: "words",
}

_OPERATORS: dict[FilterOperator, Callable[[F, Any], Filter]] = {
    FilterOperator.EQ: lambda path, value: path == value,
    FilterOperator.NE: lambda path, value: path != value,
    FilterOperator.GT: lambda path, value: path > value,
    FilterOperator.LT: lambda path, value: path < value,
    FilterOperator.GTE: lambda path, value: path >= value,
    FilterOperator.LTE: lambda path, value: path <= value,
    FilterOperator.IN: lambda path, value: path.isin(value),
    FilterOperator.NIN: lambda path, value: ~path.isin(value),
    FilterOperator.ANY: lambda path, value: path.isin(value),
    FilterOperator.ALL: lambda path, value: path.has_all(value),
    FilterOperator.TEXT_MATCH: lambda path, value: path.matches(value),
    FilterOperator.TEXT_MATCH_INSENSITIVE: lambda path, value: path.matches(value),
    FilterOperator.CONTAINS: lambda path, value: path == value,
    FilterOperator.IS_EMPTY: lambda path, value: path.is_empty(),
}


class PleiadVectorStore(BasePydanticVectorStore):
    """Nodes in a collection: ids are keys, metadata are attributes, and the collection's model reads their texts.

    Embeddings of nodes and queries are ignored. Text operators look for words, in any case, and not for parts of words.
    """

    stores_text: bool = True
    is_embedding_query: bool = False
    _collection: Any = PrivateAttr()

    def __init__(self, collection: Collection) -> None:
        super().__init__(stores_text=True, is_embedding_query=False)
        self._collection = collection

    @classmethod
    def class_name(cls) -> str:
        """The name that LlamaIndex keeps."""
        return "PleiadVectorStore"

    @property
    def client(self) -> Collection:
        """The collection."""
        collection: Collection = self._collection
        return collection

    def add(self, nodes: Sequence[BaseNode], **_: Any) -> list[str]:
        """Adds nodes, or replaces those with the same ids; they are durable and found then."""
        keys = [node.node_id for node in nodes]
        texts = [node.get_content(metadata_mode=MetadataMode.NONE) for node in nodes]
        if keys:
            self.client.add(keys, texts=texts, attributes=[_attributes(node) for node in nodes])
        return keys

    def delete(self, ref_doc_id: str, **_: Any) -> None:
        """Deletes the nodes of a source document."""
        _frameworks.delete(self.client, filter=attribute(_NODE, "ref_doc_id") == ref_doc_id)

    def delete_nodes(self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None, **_: Any) -> None:
        """Deletes the nodes that have one of the ids, and pass the filters; without either, nothing."""
        if node_ids is not None or filters is not None:
            _frameworks.delete(self.client, filter=_among(node_ids, filters))

    def clear(self) -> None:
        """Deletes every node."""
        _frameworks.delete(self.client, filter=_frameworks.EVERYTHING)

    def get_nodes(self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None) -> list[BaseNode]:
        """The nodes that have one of the ids, and pass the filters; without either, all."""
        found = _frameworks.documents(self.client, _among(node_ids, filters))
        return [_node(one.key, one.text, one.attributes) for one in found]

    def query(self, query: VectorStoreQuery, **how: Any) -> VectorStoreQueryResult:
        """The best nodes for the text of a query. Keywords are those of `Snapshot.search`.

        Raises `InvalidArgument` for a query that is an embedding alone, and for modes that compare single vectors.
        """
        if query.query_str is None:
            raise InvalidArgument("the query has no query_str: a collection reads the text, and embeddings are of no use to it")
        if query.mode not in _MODES:
            known = ", ".join(mode.value for mode in _MODES)
            raise InvalidArgument(f"mode {query.mode.value} compares single vectors, which there are not; known: {known}")
        mode, k = _MODES[query.mode], query.similarity_top_k
        if mode == "hybrid" and query.hybrid_top_k is not None:
            k = query.hybrid_top_k
        # An index passes an empty list where it does not know the ids of its nodes.
        filters = [_among(query.node_ids or None, query.filters)]
        if query.doc_ids:
            filters.append(attribute(_NODE, "ref_doc_id").isin(query.doc_ids))
        alpha = None if mode == "words" else query.alpha
        found = _scored(self.client, query.query_str, k, {"mode": mode, "alpha": alpha, "filter": all_of(filters), **how})
        return VectorStoreQueryResult(
            nodes=[node for node, _ in found],
            similarities=[score for _, score in found],
            ids=[node.node_id for node, _ in found],
        )


class PleiadRetriever(BaseRetriever):
    """The best nodes of a collection, with everything that its searches take (`filter`, `mode`, `recall`, `group_by` ...).

    Documents that no store of LlamaIndex wrote are text nodes with their attributes as metadata.
    """

    def __init__(self, collection: Collection, k: int = 10, filter: AnyFilter = None, **how: Any) -> None:
        super().__init__()
        self.collection, self.k, self.filter, self.how = collection, k, filter, how

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = _scored(self.collection, query_bundle.query_str, self.k, {"filter": self.filter, **self.how})
        return [NodeWithScore(node=node, score=score) for node, score in found]


def _scored(collection: Collection, query: str, k: int, how: dict[str, Any]) -> list[tuple[BaseNode, float]]:
    hits: Iterable[Hit] = _frameworks.search(collection, query, k, **how) or ()
    return [(_node(hit.key, hit.text, hit.attributes), hit.score) for hit in hits]


def _attributes(node: BaseNode) -> dict[str, Any]:
    """The metadata of a node, and the rest of it under one name."""
    fields = node_to_metadata_dict(node, remove_text=True)
    content = json.loads(fields["_node_content"])
    metadata = content.pop("metadata", None) or {}
    kept = {"content": json.dumps(content, ensure_ascii=False), "type": fields["_node_type"], "ref_doc_id": node.ref_doc_id}
    return {**metadata, _NODE: kept}


def _node(key: str, text: str | None, attributes: dict[str, Any]) -> BaseNode:
    kept = attributes.pop(_NODE, None)
    if kept is None:
        return TextNode(id_=key, text=text or "", metadata=attributes)
    node = metadata_dict_to_node({"_node_content": kept["content"], "_node_type": kept["type"]}, text=text or "")
    node.metadata = attributes
    return node


def _among(node_ids: list[str] | None, filters: MetadataFilters | None) -> Filter:
    conditions = [] if node_ids is None else [F("_key").isin(node_ids)]
    return all_of(conditions if filters is None else [*conditions, _condition(filters)])


def _condition(one: Union[MetadataFilter, MetadataFilters]) -> Filter:
    if isinstance(one, MetadataFilters):
        each = [_condition(filter) for filter in one.filters]
        if one.condition == FilterCondition.NOT:
            return ~any_of(each)
        return any_of(each) if one.condition == FilterCondition.OR else all_of(each)
    return _OPERATORS[one.operator](attribute(one.key), one.value)
