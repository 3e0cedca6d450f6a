"""The methods that PyLate's retriever and reranker call on an index."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import maxsim, random_sets

import pleiad
from pleiad.pylate import Index


def test_documents_are_found_with_their_own_ids(tmp_path: Path) -> None:
    documents, queries = random_sets(120, 16, 6), random_sets(5, 16, 7)
    index = Index(index_folder=tmp_path, index_name="numbers", nbits=16)
    assert index.is_end_to_end_index and index(queries, k=3) == [[]] * 5
    index.add_documents(documents_ids=list(range(120)), documents_embeddings=documents)
    answers = index(queries, k=3)
    for query, answer in zip(queries, answers):
        expected = sorted(range(120), key=lambda at: -maxsim(query, documents[at]))[:3]
        assert [hit["id"] for hit in answer] == expected
        assert answer[0]["score"] == pytest.approx(maxsim(query, documents[expected[0]]), abs=0.02)
    assert index(queries[0], k=3) == answers[:1], "one query of two dimensions"
    one = index(queries, k=5, subset=[3, 4, 1000])
    assert all({hit["id"] for hit in answer} == {3, 4} for answer in one)
    each = index(queries[:2], k=5, subset=[[3], []])
    assert [[hit["id"] for hit in answer] for answer in each] == [[3], []]
    rows = index.get_documents_embeddings([[0, 1], [2]])
    assert [len(row) for row in rows] == [2, 1] and rows[1][0] == pytest.approx(documents[2], abs=1e-3)
    index.remove_documents([0, 1000])
    with pytest.raises(pleiad.NotFound):
        index.get_documents_embeddings([[0]])
    index.close()
    again = Index(index_folder=tmp_path, index_name="numbers")
    assert again(queries[:1], k=1)[0][0]["id"] == answers[0][0]["id"] or answers[0][0]["id"] == 0
    again.close()
    empty = Index(index_folder=tmp_path, index_name="numbers", override=True)
    assert empty(queries[:1]) == [[]]


def test_parameters_of_others_are_named(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="kmeans_niters"):
        Index(index_folder=tmp_path, kmeans_niters=4)
    with pytest.raises(pleiad.InvalidArgument, match="nbits is 3"):
        Index(index_folder=tmp_path, nbits=3)
