"""The published suite of Haystack for document stores, and a pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import signatures
from haystack import Document, Pipeline
from haystack.dataclasses import ByteStream, SparseEmbedding
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.document_stores.types import DuplicatePolicy
from haystack.errors import FilterError
from haystack.testing.document_store import (
    CountDocumentsByFilterTest,
    CountUniqueMetadataByFilterTest,
    DocumentStoreBaseExtendedTests,
    GetMetadataFieldMinMaxTest,
    GetMetadataFieldsInfoTest,
    GetMetadataFieldUniqueValuesTest,
)

from pleiad.haystack import PleiadDocumentStore, PleiadRetriever


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PleiadDocumentStore]:
    made = PleiadDocumentStore(str(tmp_path / "store"), language="en")
    yield made
    made.close()


class TestStore(
    DocumentStoreBaseExtendedTests,
    CountDocumentsByFilterTest,
    CountUniqueMetadataByFilterTest,
    GetMetadataFieldMinMaxTest,
    GetMetadataFieldsInfoTest,
    GetMetadataFieldUniqueValuesTest,
):
    """The suite; ours gives documents in the order of their ids."""

    @pytest.fixture
    def document_store(self, store: PleiadDocumentStore) -> PleiadDocumentStore:
        return store

    @staticmethod
    def assert_documents_are_equal(received: list[Document], expected: list[Document]) -> None:
        assert received == sorted(expected, key=lambda document: document.id)

    def test_write_documents(self, document_store: PleiadDocumentStore) -> None:
        document = Document(content="a text")
        assert document_store.write_documents([document]) == 1
        with pytest.raises(DuplicateDocumentError):
            document_store.write_documents([Document(content="another"), document])
        assert document_store.filter_documents() == [document]


def test_whole_documents_come_back(store: PleiadDocumentStore) -> None:
    documents = [
        Document(id="a", content="x", embedding=[0.1, -1e-300], sparse_embedding=SparseEmbedding([1, 7], [0.5, 0.25])),
        Document(id="b", content=None, blob=ByteStream(b"\x00\xff", mime_type="image/png"), meta={"a": {"b.c": [1, None]}}),
        Document(id="c", content="", meta={"title": "a title", "n": 1.0}),
    ]
    store.write_documents(documents)
    assert store.filter_documents() == documents
    assert store.write_documents(documents, policy=DuplicatePolicy.SKIP) == 0


def test_filters_of_every_kind(store: PleiadDocumentStore) -> None:
    store.write_documents([Document(id="a", content="storks", meta={"a": {"b": 1}}), Document(id="b", content="x")])

    def found(field: str, operator: str, value: object) -> list[str]:
        return [one.id for one in store.filter_documents({"field": field, "operator": operator, "value": value})]

    assert found("meta.a.b", "==", 1) == ["a"] and found("a.b", "in", [1, None]) == ["a", "b"]
    assert found("id", "in", ["b", "c"]) == ["b"] and found("id", "==", "a") == ["a"]
    for wrong in ({"field": "meta.a", "operator": "like", "value": 1}, {"operator": "XOR", "conditions": []}, {"a": 1}, ["a"]):
        with pytest.raises(FilterError):
            store.filter_documents(wrong)  # type: ignore[arg-type]


def test_a_pipeline_is_kept_and_asks(store: PleiadDocumentStore) -> None:
    store.write_documents([Document(id="a", content="Storks build nests", meta={"year": 2020})])
    store.write_documents([Document(id="b", content="A storm")])
    pipeline = Pipeline()
    pipeline.add_component("retriever", PleiadRetriever(store, top_k=1))
    best = pipeline.run({"retriever": {"query": "birds that nest"}})["retriever"]["documents"][0]
    assert best.id == "a" and best.score is not None and best.meta == {"year": 2020}
    text = pipeline.dumps()
    store.close()
    again = Pipeline.loads(text, allowed_modules=["pleiad.haystack"])
    filters = {"field": "meta.year", "operator": "==", "value": None}
    found = again.run({"retriever": {"query": "nests", "filters": filters}})["retriever"]["documents"]
    assert [one.id for one in found] == ["b"]
    again.get_component("retriever").document_store.close()


def test_the_record_is_true() -> None:
    recorded, installed = signatures.recorded_and_installed("haystack")
    assert recorded == installed
