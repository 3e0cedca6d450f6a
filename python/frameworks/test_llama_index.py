"""Every filter operator, nodes that come back as they were, and an index and a retriever of LlamaIndex."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import signatures
from llama_index.core import MockEmbedding, StorageContext, VectorStoreIndex
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
)

import pleiad
from pleiad.llama_index import PleiadRetriever, PleiadVectorStore


def node(key: str, text: str, source: str, **metadata: object) -> TextNode:
    return TextNode(
        id_=key, text=text, metadata=metadata, relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=source)}
    )


NODES = [
    node("a", "Storks return in spring", "birds.txt", year=2019, tags=["bird", "spring"], title="The Return"),
    node("b", "Storks build nests", "birds.txt", year=2021, tags=["bird"], title="Nests of storks"),
    node("c", "A storm floods the market", "news.txt", year=2022.5, place="harbor"),
    node("d", "Storks fly to Africa", "birds.txt", tags=[], **{"an odd.name`": "x"}),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PleiadVectorStore]:
    with pleiad.open(tmp_path / "nodes", create=True, language="en") as collection:
        store = PleiadVectorStore(collection)
        assert store.add(NODES) == ["a", "b", "c", "d"]
        yield store


@pytest.mark.parametrize(
    ("key", "operator", "value", "expected"),
    [
        ("year", "==", 2019, "a"),
        ("year", "!=", 2019, "bcd"),
        ("year", ">", 2019, "bc"),
        ("year", ">=", 2021, "bc"),
        ("year", "<", 2021, "a"),
        ("year", "<=", 2021, "ab"),
        ("year", "in", [2019, 2021], "ab"),
        ("year", "nin", [2019, 2021], "cd"),
        ("tags", "any", ["spring", "storm"], "a"),
        ("tags", "all", ["bird", "spring"], "a"),
        ("tags", "contains", "bird", "ab"),
        ("title", "text_match", "Nests", "b"),
        ("title", "text_match_insensitive", "RETURN", "a"),
        ("tags", "is_empty", None, "cd"),
        ("an odd.name`", "==", "x", "d"),
    ],
)
def test_operators(store: PleiadVectorStore, key: str, operator: str, value: object, expected: str) -> None:
    filters = MetadataFilters(filters=[MetadataFilter(key=key, operator=FilterOperator(operator), value=value)])
    assert [found.node_id for found in store.get_nodes(filters=filters)] == list(expected)
    found = store.query(VectorStoreQuery(query_str="storks", similarity_top_k=9, filters=filters))
    assert sorted(found.ids or []) == list(expected)


def test_every_operator_is_known() -> None:
    from pleiad.llama_index import _OPERATORS

    assert set(_OPERATORS) == set(FilterOperator)


def test_conditions_nest(store: PleiadVectorStore) -> None:
    year = MetadataFilter(key="year", operator=FilterOperator.GT, value=2020)
    bird = MetadataFilter(key="tags", operator=FilterOperator.CONTAINS, value="bird")
    for condition, expected in ((FilterCondition.AND, "b"), (FilterCondition.OR, "abc"), (FilterCondition.NOT, "d")):
        filters = MetadataFilters(filters=[year, bird], condition=condition)
        assert [found.node_id for found in store.get_nodes(filters=filters)] == list(expected)
        nested = MetadataFilters(filters=[filters], condition=FilterCondition.NOT)
        assert {found.node_id for found in store.get_nodes(filters=nested)} == set("abcd") - set(expected)


def test_nodes_come_back_as_they_were(store: PleiadVectorStore) -> None:
    for before, after in zip(NODES, store.get_nodes(["a", "b", "c", "d", "nowhere"])):
        assert after == before and after.ref_doc_id == before.ref_doc_id
    store.client.amend("a", {"year": 1999})
    assert store.get_nodes(["a"])[0].metadata["year"] == 1999


def test_queries(store: PleiadVectorStore) -> None:
    found = store.query(VectorStoreQuery(query_str="a flooded market", similarity_top_k=2))
    assert found.ids is not None and found.similarities is not None
    assert found.ids[0] == "c" and found.similarities == sorted(found.similarities, reverse=True)
    words = VectorStoreQuery(query_str="nests", mode=VectorStoreQueryMode.TEXT_SEARCH, similarity_top_k=9)
    assert store.query(words).ids == ["b"]
    hybrid = VectorStoreQuery(query_str="nests", mode=VectorStoreQueryMode.HYBRID, alpha=0.5, hybrid_top_k=1)
    assert store.query(hybrid).ids == ["b"]
    assert store.query(VectorStoreQuery(query_str="storks", similarity_top_k=9, doc_ids=["news.txt"])).ids == ["c"]
    assert store.query(VectorStoreQuery(query_str="storks", similarity_top_k=9, node_ids=["d"])).ids == ["d"]
    with pytest.raises(pleiad.InvalidArgument, match="query_str"):
        store.query(VectorStoreQuery(query_embedding=[1.0]))
    with pytest.raises(pleiad.InvalidArgument, match="mode mmr"):
        store.query(VectorStoreQuery(query_str="storks", mode=VectorStoreQueryMode.MMR))


def test_nodes_are_deleted(store: PleiadVectorStore) -> None:
    store.delete_nodes(["a"])
    store.delete_nodes()
    assert len(store.client) == 3
    store.delete("birds.txt")
    assert [found.node_id for found in store.get_nodes()] == ["c"]
    store.clear()
    assert store.get_nodes() == [] and store.query(VectorStoreQuery(query_str="storks")).ids == []


def test_an_index_of_llama_index_asks_the_store(tmp_path: Path) -> None:
    with pleiad.open(tmp_path / "nodes", create=True, language="en") as collection:
        store = PleiadVectorStore(collection)
        context = StorageContext.from_defaults(vector_store=store)
        index = VectorStoreIndex(NODES, storage_context=context, embed_model=MockEmbedding(embed_dim=1))
        found = index.as_retriever(similarity_top_k=1).retrieve("the market is under water")
        assert [one.node.node_id for one in found] == ["c"]
        collection.add(["plain"], texts=["A heron stands in the reeds"], attributes=[{"year": 2000}])
        best = PleiadRetriever(collection, k=1, filter=pleiad.F("year") < 2010).retrieve("herons")[0]
        assert (best.node.node_id, best.node.metadata, best.node.get_content()) == (
            "plain",
            {"year": 2000},
            "A heron stands in the reeds",
        )


def test_the_record_is_true() -> None:
    recorded, installed = signatures.recorded_and_installed("llama_index")
    assert recorded == installed
