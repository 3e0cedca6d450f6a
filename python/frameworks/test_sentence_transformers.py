"""Scores of the retriever beside `similarity` of a small random `MultiVectorEncoder`."""

from __future__ import annotations

from pathlib import Path

import pytest
import signatures
from sentence_transformers import MultiVectorEncoder
from tiny_bert import tiny_bert

import pleiad
from pleiad.sentence_transformers import Retriever

TEXTS = [
    "storks return in spring and build nests on old chimneys",
    "a storm floods the market and the harbor",
    "the harbor froze in march",
    "bread takes flour water salt and time",
]
QUERIES = ["storks build nests", "the harbor froze"]


@pytest.mark.parametrize("similarity", ["maxsim", "meanmaxsim"])
def test_scores_are_those_of_the_model(similarity: str, tmp_path: Path) -> None:
    model = MultiVectorEncoder(tiny_bert(tmp_path / "bert", TEXTS), device="cpu", similarity_fn_name=similarity)
    with pleiad.open(tmp_path / "c", create=True, tokens="f16", language="en") as collection:
        retriever = Retriever(model, collection)
        assert retriever.add(TEXTS)["num_documents"] == 4
        exact = model.similarity(model.encode_query(QUERIES), model.encode_document(TEXTS)).tolist()
        for hits, scores in zip(retriever.search(QUERIES, k=4), exact):
            assert hits.keys == [str(at) for at in sorted(range(4), key=lambda at: -scores[at])]
            assert hits.scores.tolist() == pytest.approx(sorted(scores, reverse=True), abs=1e-3 * max(scores))
        one = retriever.search(QUERIES[1], k=1, mode="hybrid")
        assert one.keys == ["2"] and one[0].text == TEXTS[2]


def test_the_record_is_true() -> None:
    recorded, installed = signatures.recorded_and_installed("sentence_transformers")
    assert recorded == installed
