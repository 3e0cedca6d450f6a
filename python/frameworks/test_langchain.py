"""The published suite of `langchain-tests`, and what is ours beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import signatures
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_tests.integration_tests.vectorstores import VectorStoreIntegrationTests

import pleiad
from pleiad.langchain import PleiadRetriever, PleiadVectorStore

TEXTS = ["Storks return in spring", "Storks build nests", "A storm floods the market"]
METADATA = [{"year": 2019, "tag": "birds"}, {"year": 2021, "tag": "birds"}, {"year": 2021, "tag": "weather"}]


class TestStandard(VectorStoreIntegrationTests):
    """All 24 tests."""

    @pytest.fixture()
    def vectorstore(self, tmp_path: Path) -> Iterator[PleiadVectorStore]:
        with pleiad.open(tmp_path / "store", create=True, language="en") as collection:
            yield PleiadVectorStore(collection)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PleiadVectorStore]:
    made = PleiadVectorStore.from_texts(TEXTS, None, METADATA, ids=["a", "b", "c"], path=str(tmp_path / "s"), language="en")
    yield made
    made.collection.close()


def test_searches_take_filters_and_tell_scores(store: PleiadVectorStore) -> None:
    found = store.similarity_search("storks", k=3, filter=pleiad.F("year") >= 2020)
    assert found[0] == Document("Storks build nests", id="b", metadata=METADATA[1]) and len(found) == 2
    scored = store.similarity_search_with_relevance_scores("nests of storks", k=3)
    assert scored[0][0].id == "b" and all(0 <= score <= 1 for _, score in scored)
    assert [document.id for document in store.as_retriever(search_kwargs={"k": 1}).invoke("flood")] == ["c"]
    threshold = store.as_retriever(search_type="similarity_score_threshold", search_kwargs={"score_threshold": 2.0})
    assert threshold.invoke("storks") == []
    assert store.similarity_search(" ") == []


def test_a_retriever_groups_and_ranks_by_words(store: PleiadVectorStore) -> None:
    by_year = PleiadRetriever(collection=store.collection, k=2, group_by="year")
    assert {document.metadata["year"] for document in by_year.invoke("storks")} == {2019, 2021}
    words = PleiadRetriever(collection=store.collection, mode="words", filter='tag = "birds"')
    assert [document.id for document in words.invoke("nests")] == ["b"]


def test_what_is_not_possible_says_why(store: PleiadVectorStore, tmp_path: Path) -> None:
    with pytest.raises(NotImplementedError, match="own model"):
        store.similarity_search_by_vector([1.0])
    with pytest.raises(NotImplementedError, match="group_by"):
        store.max_marginal_relevance_search("storks")
    with pytest.raises(pleiad.InvalidArgument, match="embedding=None"):
        PleiadVectorStore.from_texts(["a"], DeterministicFakeEmbedding(size=3), path=str(tmp_path / "x"))
    with pytest.raises(pleiad.InvalidArgument, match="path is missing"):
        PleiadVectorStore.from_texts(["a"])
    with pytest.raises(pleiad.InvalidArgument, match="3 texts and 1 metadatas"):
        store.add_texts(TEXTS, [{}])
    with pytest.raises(pleiad.InvalidArgument, match="_secret"):
        store.add_texts(["a"], [{"_secret": 1}])
    assert store.delete() and store.similarity_search("storks") == []


def test_the_record_is_true() -> None:
    recorded, installed = signatures.recorded_and_installed("langchain")
    assert recorded == installed
