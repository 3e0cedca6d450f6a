"""How good a search is: judged queries, runs of other programs, and what a recall costs."""

from __future__ import annotations

import html
import os
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

from . import _engine
from ._collection import Collection, Question, Snapshot
from ._curve import Curve, Point
from ._errors import InvalidArgument, NotFound
from ._hits import Hits

if TYPE_CHECKING:
    import pandas

Run = dict[str, dict[str, float]]
"""Scores of documents by query, the best first: what `ranx.Run` and `ir_measures` take."""

Qrels = dict[str, dict[str, int]]
"""Grades of documents by query; above 0 is relevant."""

METRICS = ("nDCG@10", "Recall@100", "MRR@10", "MAP")


@dataclass(frozen=True)
class Comparison:
    """Two evaluations of the same queries by one metric."""

    metric: str
    first: float
    second: float
    wins: int
    """Queries for which the first is better."""
    ties: int
    losses: int
    p_value: float
    """Probability of a difference of means at least as large, were the two interchangeable for each query: two-sided paired
    randomization test (Smucker, Allan and Carterette, 2007)."""


class Evaluation:
    """A run held against judgments, with the definitions of trec_eval: a judged query without an answer counts as 0."""

    def __init__(self, run: Run, qrels: Qrels, metrics: Sequence[str], num_left_out: int = 0) -> None:
        self.run, self.qrels = run, qrels
        self.num_left_out = num_left_out
        """Queries whose own document was left out of the answers, as BEIR does."""
        names, means, values, self.num_unanswered = _engine.evaluate_run(qrels, _ranked(run), list(metrics))
        self.metrics: list[str] = names
        self.means: dict[str, float] = dict(zip(names, means))
        self.queries: dict[str, dict[str, float]] = {query: dict(zip(names, row)) for query, row in values.items()}
        self._asked: tuple[Snapshot, list[Question]] | None = None

    def compare(self, other: Evaluation, *, seed: int = 0) -> list[Comparison]:
        """Compares by each metric that both have, over the queries that both have."""
        shared = [name for name in self.metrics if name in other.metrics]
        first, second = ({query: [row[name] for name in shared] for query, row in one.queries.items()} for one in (self, other))
        return [Comparison(*row) for row in _engine.compare_values(shared, first, second, seed)]

    def curve(self, **how: Any) -> Curve:
        """What each recall costs for these queries: see `recall_curve`. Raises `InvalidArgument` for runs of other programs."""
        if self._asked is None:
            raise InvalidArgument("this run was not made by a search: there is no collection to ask")
        return recall_curve(*self._asked, **how)

    def write_trec(self, path: str | os.PathLike[str], tag: str = "pleiad") -> None:
        """Writes the run in TREC's format, `query Q0 document rank score tag`."""
        _engine.write_run(os.fspath(path), _ranked(self.run), tag)

    def to_pandas(self) -> pandas.DataFrame:
        """One row for each query, one column for each metric."""
        import pandas

        return pandas.DataFrame.from_dict(self.queries, orient="index", columns=self.metrics)

    def __repr__(self) -> str:
        means = ", ".join(f"{name}={mean:.4f}" for name, mean in self.means.items())
        return f"Evaluation({means}, queries={len(self.queries)})"

    def _repr_html_(self) -> str:
        """The means, and the queries from the worst by the first metric on."""
        head = "".join(f"<th>{html.escape(name)}</th>" for name in ("query", *self.metrics))
        rows = [("mean", self.means), *sorted(self.queries.items(), key=lambda row: row[1][self.metrics[0]])]
        cells = [
            f"<tr><td>{html.escape(name)}</td>" + "".join(f"<td>{value:.4f}</td>" for value in values.values()) + "</tr>"
            for name, values in rows[:26]
        ]
        more = f"<small>and {len(rows) - 26:,} better ones</small>" if len(rows) > 26 else ""
        return f"<table><tr>{head}</tr>{''.join(cells)}</table>{more}"


def evaluate(
    collection: Collection | Snapshot,
    folder: str | os.PathLike[str],
    *,
    split: str = "test",
    k: int = 100,
    metrics: Sequence[str] = METRICS,
    encode: Callable[[list[str]], Iterable[Any]] | None = None,
    **how: Any,
) -> Evaluation:
    """Asks the judged queries of a BEIR folder and holds the `k` best documents of each against its judgments.

    `encode` makes token vectors of the texts of queries, for a collection of ready-made vectors: `model.encode_query`, for one.
    Other parameters are those of `Snapshot.search_batch`. Where queries are documents of the collection themselves, each one's
    own is left out of its answers. A query that cannot be asked, such as an empty one, counts as 0, with a warning.

    Raises `NotFound` for a folder without judgments and for a collection without any judged document.
    """
    state = collection.snapshot() if isinstance(collection, Collection) else collection
    qrels = read_qrels(folder, split=split)
    judged = {document for grades in qrels.values() for document in grades}
    if not any(key in state for key in judged):
        raise NotFound(f"none of the {len(judged):,} judged documents is in this collection: add them first")
    queries = _engine.read_queries(os.fspath(folder), qrels)
    texts = [text for _, text in queries]
    questions: list[Question] = list(texts if encode is None else encode(texts))
    run: Run = {}
    for (query, _), hits in zip(queries, state.search_batch(questions, k + 1, **how)):
        if isinstance(hits, InvalidArgument):
            warnings.warn(f"query {query!r}: {hits}: it counts as 0", stacklevel=2)
        elif isinstance(hits, Exception):
            raise hits
        else:
            run[query] = dict(_scored(hits))
    ranked, num_left_out = _engine.without_own_documents(_ranked(run))
    made = Evaluation({query: dict(answers[:k]) for query, answers in ranked.items()}, qrels, metrics, num_left_out)
    made._asked = (state, questions)
    return made


def evaluate_run(run: Any, qrels: Any, *, metrics: Sequence[str] = METRICS) -> Evaluation:
    """Holds a run of any program against judgments.

    Both are dicts of dicts, a file or folder, a `ranx.Run` or `ranx.Qrels`, or what `ir_measures` reads: rows or a DataFrame of
    `query_id`, `doc_id` and `score` or `relevance`. Equal scores are ordered as they come.
    """
    return Evaluation(read_run(run), read_qrels(qrels), metrics)


def read_run(run: Any) -> Run:
    """A run in any of the forms of `evaluate_run`, best first."""
    if isinstance(run, (str, os.PathLike)):
        return {query: dict(answers) for query, answers in _engine.read_run(os.fspath(run)).items()}
    found: Run = {}
    for query, document, score in _triples(run, "score"):
        found.setdefault(query, {})[document] = float(score)
    return {query: dict(sorted(answers.items(), key=lambda one: -one[1])) for query, answers in found.items()}


def read_qrels(qrels: Any, *, split: str = "test") -> Qrels:
    """Judgments in any of the forms of `evaluate_run`; `split` names those of a BEIR folder."""
    if isinstance(qrels, (str, os.PathLike)):
        return _engine.read_qrels(os.fspath(qrels), split)
    found: Qrels = {}
    for query, document, grade in _triples(qrels, "relevance"):
        found.setdefault(query, {})[document] = int(grade)
    return found


def recall_curve(
    collection: Collection | Snapshot,
    queries: Sequence[Question],
    *,
    k: int = 10,
    recalls: Sequence[float] = (0.8, 0.9, 0.95, 0.98, 0.99),
    **how: Any,
) -> Curve:
    """Asks the same questions for each recall and exactly, and tells what share of the exact hits was found at what cost.

    Cost is processor time of the whole process divided by the number of questions, whatever the number of cores.
    Other parameters are those of `Snapshot.search_batch`.
    """
    state = collection.snapshot() if isinstance(collection, Collection) else collection
    if not queries:
        raise InvalidArgument("there are no queries")
    _answers(state, queries[:1], k, how)  # What is read only once is not part of the cost.
    began = time.process_time()
    exact = _answers(state, queries, k, dict(how, exact=True))
    exact_ms = 1e3 * (time.process_time() - began) / len(queries)
    best = [_scored(hits) for hits in exact]
    points = []
    for recall in recalls:
        began = time.process_time()
        answers = _answers(state, queries, k, dict(how, recall=recall))
        cpu_ms = 1e3 * (time.process_time() - began) / len(queries)
        shares = [_engine.fidelity(_scored(hits), of, k) for hits, of in zip(answers, best)]
        promised = [hits.promised_recall for hits in answers]
        lowest = None if any(one is None for one in promised) else min(one for one in promised if one is not None)
        reranked = sum(hits.spent["num_reranked"] for hits in answers) / len(queries)
        points.append(Point(recall, lowest, sum(shares) / len(shares), cpu_ms, reranked))
    return Curve(points, k, len(queries), exact_ms)


def _answers(state: Snapshot, questions: Sequence[Question], k: int, how: dict[str, Any]) -> list[Hits]:
    found = []
    for one in state.search_batch(questions, k, **how):
        if isinstance(one, Exception):
            raise one
        found.append(one)
    return found


def _ranked(run: Mapping[str, Mapping[str, float]]) -> dict[str, list[tuple[str, float]]]:
    return {query: list(answers.items()) for query, answers in run.items()}


def _scored(hits: Hits) -> list[tuple[str, float]]:
    return list(zip(hits.keys, hits.scores.tolist()))


def _triples(given: Any, value: str) -> Iterable[tuple[str, str, Union[int, float]]]:
    """Query, document and value of a run or judgments of another program."""
    if hasattr(given, "to_dict") and hasattr(given, "name") and not hasattr(given, "columns"):  # ranx
        given = given.to_dict()
    if isinstance(given, Mapping):
        for query, answers in given.items():
            for document, number in answers.items():
                yield str(query), str(document), number
        return
    if hasattr(given, "itertuples"):  # pandas
        given = given.itertuples()
    for row in given:
        yield str(row.query_id), str(row.doc_id), getattr(row, value)
