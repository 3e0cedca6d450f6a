"""From text to hits through PyLate's own retriever and reranker, with a small random model."""

from __future__ import annotations

from pathlib import Path

import pytest
import signatures
from pylate import models, rank, retrieve
from pylate.indexes.base import Base
from tiny_bert import tiny_bert

from pleiad.pylate import Index

TEXTS = {
    10: "storks return in spring and build nests on old chimneys",
    20: "a storm floods the market and the harbor",
    30: "the harbor froze in march",
    40: "bread takes flour water salt and time",
}
QUERIES = ["storks build nests", "the harbor froze"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> models.ColBERT:
    folder = tiny_bert(tmp_path_factory.mktemp("model") / "bert", list(TEXTS.values()))
    return models.ColBERT(model_name_or_path=folder, device="cpu", embedding_size=16)


def test_text_in_hits_out(model: models.ColBERT, tmp_path: Path) -> None:
    ids = list(TEXTS)
    documents = model.encode(list(TEXTS.values()), is_query=False)
    queries = model.encode(QUERIES, is_query=True)
    index = Index(index_folder=tmp_path, index_name="texts", nbits=16)
    index.add_documents(documents_ids=ids, documents_embeddings=documents)
    retriever = retrieve.ColBERT(index=index)
    found = retriever.retrieve(queries_embeddings=queries, k=4)
    # PyLate's own exact scores of all documents are the oracle.
    everything = [ids for _ in QUERIES]
    exact = rank.rerank(documents_ids=everything, queries_embeddings=queries, documents_embeddings=[documents for _ in QUERIES])
    for ours, theirs in zip(found, exact):
        assert [hit["id"] for hit in ours] == [hit["id"] for hit in theirs]
        assert [hit["score"] for hit in ours] == pytest.approx([float(hit["score"]) for hit in theirs], abs=0.02)
    among = retriever.retrieve(queries_embeddings=queries, k=4, subset=[20, 30])
    assert all({hit["id"] for hit in hits} == {20, 30} for hits in among)
    stored = index.get_documents_embeddings([[hit["id"] for hit in hits] for hits in found])
    again = rank.rerank(
        documents_ids=[[hit["id"] for hit in hits] for hits in found], queries_embeddings=queries, documents_embeddings=stored
    )
    assert [[hit["id"] for hit in hits] for hits in again] == [[hit["id"] for hit in hits] for hits in found]
    index.close()


def test_the_index_has_all_that_a_base_index_has() -> None:
    assert {name for name in Base.__abstractmethods__ if not hasattr(Index, name)} == set()


def test_the_record_is_true() -> None:
    recorded, installed = signatures.recorded_and_installed("pylate")
    assert recorded == installed
