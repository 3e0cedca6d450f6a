"""Classes for frameworks without these: what they are called with, as recorded, and a model made in numpy."""

from __future__ import annotations

import inspect
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import signatures
from conftest import maxsim

import pleiad
from pleiad import _frameworks
from pleiad.sentence_transformers import MultiVectorModel, Retriever


@pytest.mark.parametrize("framework", [name for name in signatures.RECORDS if name != "sentence_transformers"])
def test_methods_take_what_frameworks_pass(framework: str) -> None:
    assert signatures.disagreements(framework) == []


def test_a_disagreement_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    methods = {"add_texts": ["texts", "metadatas", "*ids"], "delete": ["keys"], "nothing": [], "get_by_ids": ["ids", "*how"]}
    changed = {"langchain": {"classes": {"PleiadVectorStore": {"methods": methods}}}}
    monkeypatch.setattr(signatures, "RECORDS", changed)
    wrong = signatures.disagreements("langchain")
    assert [one.split(" ")[0] for one in wrong] == [f"PleiadVectorStore.{name}" for name in ("delete", "nothing", "get_by_ids")]


class Model:
    """A multi-vector model of random unit vectors, one for each word."""

    def __init__(self, similarity_fn_name: str = "maxsim") -> None:
        self.similarity_fn_name = similarity_fn_name

    def encode_query(self, inputs: Sequence[str], *, batch_size: int = 32, convert_to_numpy: bool = False) -> list[np.ndarray]:
        assert convert_to_numpy and not isinstance(inputs, str)
        return [np.stack([self._vector(word) for word in text.split()]) for text in inputs]

    encode_document = encode_query

    def similarity(self, query: np.ndarray, document: np.ndarray) -> float:
        return maxsim(query, document) / (len(query) if self.similarity_fn_name == "meanmaxsim" else 1)

    @staticmethod
    def _vector(word: str) -> np.ndarray:
        vector = np.random.default_rng(zlib.crc32(word.encode())).standard_normal(32)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


DOCUMENTS = {"a": "storks return in spring", "b": "storks build nests", "c": "a storm floods the market"}


@pytest.mark.parametrize("similarity", ["maxsim", "meanmaxsim"])
def test_scores_are_the_similarity_of_the_model(similarity: str, tmp_path: Path) -> None:
    model = Model(similarity)
    with pleiad.open(tmp_path / "c", create=True, tokens="f16", language="en") as collection:
        retriever = Retriever(model, collection)
        assert retriever.add(DOCUMENTS)["num_documents"] == 3
        queries = ["storks nests", "the market in spring"]
        for query, hits in zip(queries, retriever.search(queries, k=3)):
            rows = model.encode_query([query], convert_to_numpy=True)[0]
            scores = {
                key: model.similarity(rows, model.encode_document([text], convert_to_numpy=True)[0])
                for key, text in DOCUMENTS.items()
            }
            assert hits.keys == sorted(scores, key=lambda key: -scores[key])
            assert hits.scores.tolist() == pytest.approx([scores[key] for key in hits.keys], abs=1e-3)
            assert hits[0].text == DOCUMENTS[hits.keys[0]]
        one = retriever.search("floods", k=1, mode="hybrid", filter='_key != "a"')
        assert one.keys == ["c"] and one[0].parts is not None
        retriever.add(["a heron stands"], attributes=[{"year": 2000}])
        assert collection.get("3").attributes == {"year": 2000}  # type: ignore[union-attr]


def test_what_is_asked_of_a_model_is_what_the_package_has(tmp_path: Path) -> None:
    record: dict[str, Any] = signatures.RECORDS["sentence_transformers"]["classes"]["MultiVectorModel"]["methods"]
    for name in ("encode_query", "encode_document"):
        asked = [one for one in inspect.signature(getattr(MultiVectorModel, name)).parameters if one != "self"]
        assert set(asked) <= set(record[name]), name
    with pytest.raises(pleiad.InvalidArgument, match="'cosine'"):
        Retriever(Model("cosine"), pleiad.open(tmp_path / "c", create=True))


def test_attributes_of_any_name_have_a_path(tmp_path: Path) -> None:
    odd = {"a.b": 1, "and": 2, "with `ticks``": 3, 'ünïcode "x"': {"in ner": [4]}}
    with pleiad.open(tmp_path / "c", create=True, language="en") as collection:
        assert list(_frameworks.documents(collection)) == [] and _frameworks.search(collection, "x", 1) is None
        collection.add(["x", "y"], texts=["storks", "storks"], attributes=[odd, None])
        for name, value in odd.items():
            path = _frameworks.attribute(name) if not isinstance(value, dict) else _frameworks.attribute(name, "in ner")
            assert collection.keys(path == (value if not isinstance(value, dict) else 4)) == ["x"], name
        assert collection.keys(_frameworks.all_of([])) == ["x", "y"] and collection.keys(_frameworks.any_of([])) == []
        assert [one.key for one in _frameworks.documents(collection)] == ["x", "y"]
