"""Figures beside those of `ranx` and `ir_measures`, and hits in `pyarrow`."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import ir_measures
import pyarrow
import pytest
import ranx
from ir_measures import AP, MRR, P, R, nDCG

import pleiad

METRICS = {"nDCG@10": ("ndcg@10", nDCG @ 10), "MRR@10": ("mrr@10", MRR @ 10), "P@5": ("precision@5", P @ 5)}
METRICS |= {"Recall@20": ("recall@20", R @ 20), "MAP": ("map", AP)}


@pytest.fixture
def judged() -> tuple[pleiad.Evaluation, dict[str, dict[str, int]]]:
    """Fifty queries with random grades and scores."""
    draw = random.Random(0)
    documents = [f"d{number}" for number in range(60)]
    qrels, run = {}, {}
    for query in (f"q{number}" for number in range(50)):
        qrels[query] = {document: draw.choice([0, 1, 1, 2]) for document in draw.sample(documents, 12)} | {"d0": 1}
        run[query] = {document: draw.random() for document in draw.sample(documents, 30)}
    return pleiad.evaluate_run(run, qrels, metrics=list(METRICS)), qrels


def test_figures_are_those_of_others(judged: tuple[pleiad.Evaluation, dict[str, dict[str, int]]]) -> None:
    ours, qrels = judged
    theirs = ranx.evaluate(ranx.Qrels(qrels), ranx.Run(ours.run), [name for name, _ in METRICS.values()])
    for name, (of_ranx, _) in METRICS.items():
        assert ours.means[name] == pytest.approx(theirs[of_ranx], abs=1e-6), name
    theirs = ir_measures.calc_aggregate([measure for _, measure in METRICS.values()], qrels, ours.run)
    for name, (_, measure) in METRICS.items():
        assert ours.means[name] == pytest.approx(theirs[measure], abs=1e-4), name


def test_their_forms_are_read(judged: tuple[pleiad.Evaluation, dict[str, dict[str, int]]], tmp_path: Path) -> None:
    ours, qrels = judged
    ours.write_trec(tmp_path / "run")
    scored = list(ir_measures.read_trec_run(str(tmp_path / "run")))
    judgments = [ir_measures.Qrel(query, document, grade) for query, of in qrels.items() for document, grade in of.items()]
    for run, grades in ((ranx.Run(ours.run), ranx.Qrels(qrels)), (scored, judgments), (ours.run, qrels)):
        assert pleiad.evaluate_run(run, grades, metrics=ours.metrics).queries == ours.queries
    assert list(ours.to_pandas().columns) == ours.metrics and len(ours.to_pandas()) == 50


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[pleiad.Collection]:
    with pleiad.open(tmp_path / "c", create=True, language="en") as collection:
        collection.add(["a", "b"], texts=["Storks nest", "storks"], attributes=[{"year": 2020}, None])
        yield collection


def test_hits_are_a_table(collection: pleiad.Collection) -> None:
    hits = collection.search("storks")
    for _ in range(3):
        table = pyarrow.table(hits)
        table.validate(full=True)
        assert table.schema.names == ["key", "score", "text", "attributes"]
        assert table.column("key").to_pylist() == hits.keys
        assert table.column("score").to_pylist() == hits.scores.tolist()
        assert pyarrow.table(collection.search("storks", filter="FALSE")).num_rows == 0
    assert hits.to_pandas()["text"].tolist() == [hit.text for hit in hits]
