from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import maxsim, random_sets

import pleiad


def test_scores_are_maxsim_on_the_stored_rows(tmp_path: Path) -> None:
    documents, queries = random_sets(300, 32, 1), random_sets(20, 32, 2)
    with pleiad.open(tmp_path / "v", create=True, dim=32, tokens="f16") as collection:
        counts = collection.add(range(len(documents)), documents)  # type: ignore[arg-type]
        assert counts["num_documents"] == 300
        state = collection.snapshot()
        stored = {key: state.get(key, vectors=True).vectors for key in state}  # type: ignore[union-attr]
        for query in queries:
            hits = state.search(query, k=5, exact=True)
            scores = {key: maxsim(query, rows) for key, rows in stored.items() if rows is not None}
            expected = sorted(scores, key=lambda key: -scores[key])[:5]
            assert hits.keys == expected
            assert hits.scores == pytest.approx([scores[key] for key in expected], abs=1e-4)
            explanation = state.explain(query, hits.keys[0])
            assert sum(token["score"] for token in explanation.tokens) == pytest.approx(hits[0].score, abs=1e-3)
        together = state.search_batch(queries, k=5, exact=True)
        assert [hits.keys for hits in together] == [  # type: ignore[union-attr]
            state.search(query, k=5, exact=True).keys for query in queries
        ]


def test_arrays_of_every_form_are_the_same_documents(tmp_path: Path) -> None:
    cube = np.random.default_rng(3).standard_normal((6, 4, 8)).astype(np.float32)
    offsets = np.arange(0, 25, 4)
    forms = {
        "list": list(cube),
        "cube": cube,
        "flat": (cube.reshape(24, 8), offsets),
        "doubles": list(cube.astype(np.float64)),
        "halves": list(cube.astype(np.float16).astype(np.float32)),
        "strided": list(np.repeat(cube, 2, axis=2)[:, :, ::2]),
        "lists": cube.tolist(),
    }
    keys = [str(number) for number in range(6)]
    found = {}
    for name, form in forms.items():
        with pleiad.open(tmp_path / name, create=True, tokens="f16") as collection:
            collection.add(keys, form)
            found[name] = collection.search(cube[2], k=6, exact=True).keys
    assert all(hits == found["list"] for hits in found.values()), found
    assert found["list"][0] == "2"


def test_a_promise_is_kept_and_told(tmp_path: Path) -> None:
    documents, queries = random_sets(3000, 32, 4), random_sets(60, 32, 5)
    with pleiad.open(tmp_path / "v", create=True, dim=32) as collection:
        collection.add([f"d{number}" for number in range(3000)], documents)
        collection.tune()
        found = 0
        for query in queries:
            exact = set(collection.search(query, exact=True).keys)
            hits = collection.search(query, recall=0.9)
            assert hits.promised_recall is not None and hits.promised_recall >= 0.9
            found += len(exact & set(hits.keys))
        assert found / 600 >= 0.85
        assert collection.info()["promises"]


def test_vectors_that_are_none_are_refused(tmp_path: Path) -> None:
    with pleiad.open(tmp_path / "v", create=True, dim=4) as collection:
        for wrong, message in [
            (np.full((2, 4), np.nan, np.float32), "finite|NaN"),
            (np.ones((2, 5), np.float32), "5"),
        ]:
            with pytest.raises(pleiad.InvalidArgument, match=message):
                collection.add(["a"], [wrong])
        with pytest.warns(UserWarning, match="nothing that can be searched for"):
            assert collection.add(["a"], [np.zeros((0, 4))])["num_skipped"] == 1
        with pytest.raises(ValueError, match=r"\[rows, dim\]"):
            collection.search(np.ones((2, 2, 4)))
        for offsets in ([0, 3, 2], [1, 2, 3], [0, 1, 9]):
            with pytest.raises(pleiad.InvalidArgument, match="offsets"):
                collection.add(["a", "b"], (np.ones((3, 4), np.float32), np.array(offsets)))
        with pytest.raises(pleiad.InvalidArgument, match="1 keys and 2 sets"):
            collection.add(["a"], [np.ones((2, 4)), np.ones((1, 4))])
        assert len(collection) == 0


def test_a_second_writer_is_told_who_holds_it(tmp_path: Path) -> None:
    with pleiad.open(tmp_path / "v", create=True, dim=2) as first:
        first.add(["a"], [[[1.0, 0.0]]])
        second = pleiad.open(tmp_path / "v")
        assert second.search([0.0, 1.0]).keys == ["a"]
        with pytest.raises(pleiad.Conflict):
            second.add(["b"], [[[0.0, 1.0]]])
    second.add(["b"], [[[0.0, 1.0]]])
    second.close()
