from __future__ import annotations

import json
from collections import namedtuple
from pathlib import Path

import pytest

import pleiad

PAGES = {
    "tar": "tar packs many files into one archive",
    "grep": "grep prints lines that match a regular expression",
    "sort": "sort orders the lines of text files",
    "cron": "cron runs commands at fixed times",
}
QUERIES = {"q1": "unpack an archive", "q2": "order lines", "q3": "regular expressions", "q4": "no such thing"}
QRELS = {"q1": {"tar": 1}, "q2": {"sort": 2, "grep": 1}, "q3": {"grep": 1}}


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    folder = tmp_path / "beir"
    (folder / "qrels").mkdir(parents=True)
    for name, rows in (("corpus", PAGES), ("queries", QUERIES)):
        lines = [json.dumps({"_id": key, "text": text}) for key, text in rows.items()]
        (folder / f"{name}.jsonl").write_text("\n".join(lines))
    judged = [f"{query}\t{document}\t{grade}" for query, grades in QRELS.items() for document, grade in grades.items()]
    (folder / "qrels/test.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *judged]))
    return folder


@pytest.fixture
def pages(tmp_path: Path) -> pleiad.Collection:
    pages = pleiad.open(tmp_path / "pages", create=True, language="en")
    pages.add(list(PAGES), texts=list(PAGES.values()))
    return pages


def test_a_folder_is_asked_and_judged(pages: pleiad.Collection, beir: Path) -> None:
    found = pleiad.evaluate(pages, beir, k=4, metrics=["nDCG@10", "mrr@1"])
    assert found.metrics == ["nDCG@10", "MRR@1"] and set(found.queries) == {"q1", "q2", "q3"}
    assert found.means["MRR@1"] == 1.0 and found.queries["q1"] == {"nDCG@10": 1.0, "MRR@1": 1.0}
    assert (found.num_unanswered, found.num_left_out) == (0, 0)
    assert next(iter(found.run["q3"])) == "grep" and len(found.run["q3"]) == 4
    assert list(found.run["q3"].values()) == sorted(found.run["q3"].values(), reverse=True)
    assert "mean" in found._repr_html_() and "nDCG@10=" in repr(found)
    words = pleiad.evaluate(pages, beir, mode="words", metrics=["nDCG@10"])
    compared = found.compare(words)
    assert [one.metric for one in compared] == ["nDCG@10"] and compared[0].wins + compared[0].ties + compared[0].losses == 3
    assert 0 < compared[0].p_value <= 1 and compared[0].first == found.means["nDCG@10"]


def test_runs_in_every_form_are_the_same(pages: pleiad.Collection, beir: Path, tmp_path: Path) -> None:
    ours = pleiad.evaluate(pages, beir, metrics=["nDCG@3"])
    ours.write_trec(tmp_path / "run.trec", tag="ours")
    assert (tmp_path / "run.trec").read_text().split("\n")[0].split()[::5] == ["q1", "ours"]
    row = namedtuple("row", ["query_id", "doc_id", "score"])
    triples = [row(query, document, score) for query, answers in ours.run.items() for document, score in answers.items()]
    for form in (ours.run, tmp_path / "run.trec", reversed(triples)):
        again = pleiad.evaluate_run(form, beir, metrics=["nDCG@3"])
        assert again.queries == ours.queries
    grade = namedtuple("grade", ["query_id", "doc_id", "relevance"])
    judged = [grade(query, document, one) for query, grades in QRELS.items() for document, one in grades.items()]
    for qrels in (QRELS, judged, beir / "qrels/test.tsv"):
        assert pleiad.read_qrels(qrels) == QRELS
    # By hand: gains 2 and 1 in ideal order, then the other way round.
    swapped = pleiad.evaluate_run({"q2": {"grep": 2.0, "sort": 1.0}}, QRELS, metrics=["nDCG@10"])
    assert swapped.queries["q2"]["nDCG@10"] == pytest.approx((1 + 2 / 1.5849625) / (2 + 1 / 1.5849625))
    assert swapped.num_unanswered == 2 and swapped.means["nDCG@10"] == pytest.approx(swapped.queries["q2"]["nDCG@10"] / 3)
    with pytest.raises(pleiad.InvalidArgument, match="collection to ask"):
        swapped.curve()


def test_what_cannot_be_judged_is_named(pages: pleiad.Collection, beir: Path, tmp_path: Path) -> None:
    with pytest.raises(pleiad.InvalidArgument, match="unknown metric"):
        pleiad.evaluate(pages, beir, metrics=["bleu"])
    with pytest.raises(pleiad.NotFound, match=r"no qrels/dev.tsv"):
        pleiad.evaluate(pages, beir, split="dev")
    with pytest.raises(pleiad.NotFound, match="none of the 3 judged"), pleiad.open(tmp_path / "x", create=True) as other:
        other.add(["elsewhere"], texts=["a text"])
        pleiad.evaluate(other, beir)
    (beir / "queries.jsonl").write_text("\n".join(json.dumps({"_id": key, "text": ""}) for key in QUERIES))
    with pytest.warns(UserWarning, match="counts as 0"):
        assert pleiad.evaluate(pages, beir).num_unanswered == 3
    with pytest.raises(pleiad.InvalidArgument, match="expected six columns"):
        pleiad.read_run(beir / "qrels/test.tsv")


def test_queries_that_are_documents_do_not_find_themselves(tmp_path: Path, beir: Path) -> None:
    (beir / "queries.jsonl").write_text("\n".join(json.dumps({"_id": key, "text": text}) for key, text in PAGES.items()))
    (beir / "qrels/test.tsv").write_text("tar\tgrep\t1\ngrep\tsort\t1\n")
    with pleiad.open(tmp_path / "pages", create=True, language="en") as pages:
        pages.add(list(PAGES), texts=list(PAGES.values()))
        found = pleiad.evaluate(pages, beir, k=3)
        assert found.num_left_out == 2
        assert all(query not in answers and len(answers) == 3 for query, answers in found.run.items())


def test_a_curve_is_measured_against_the_exact_answers(pages: pleiad.Collection, beir: Path, tmp_path: Path) -> None:
    curve = pleiad.evaluate(pages, beir).curve(k=2, recalls=[0.9, 0.95])
    # A collection of four documents is always scored whole.
    assert [one.found for one in curve.points] == [1.0, 1.0] and curve.num_queries == 3
    assert all(one.cpu_ms >= 0 and one.promised == 1.0 for one in curve.points)
    curve.save(tmp_path / "curve.svg")
    svg = (tmp_path / "curve.svg").read_text()
    assert svg.startswith("<svg") and svg.count("<circle") == 3 and curve._repr_svg_() == svg
    with pytest.raises(pleiad.InvalidArgument, match="no queries"):
        pleiad.recall_curve(pages, [])
