"""Pleiad beside other engines on your own arrays: `compare(documents, queries)`, or `python -m pleiad.bench --help`.

Each engine that is installed builds an index of the same documents in a process of its own with one thread, and answers the
same queries one at a time. What is found is held against exact MaxSim in single precision. Times are processor time.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import __version__
from ._arrays import Rows, Sets, sets
from ._collection import open as open_collection
from ._errors import InvalidArgument, PleiadError

RECALLS = (0.9, 0.95, 0.98)

Knobs = dict[str, Any]
Search = Callable[[Rows, int, Knobs], list[int]]


@dataclass(frozen=True)
class Answered:
    """What one setting of an engine found, at which cost."""

    knobs: Knobs
    recall: float
    """Mean share of the exact hits."""
    cpu_ms: float
    """Processor time of a query, a mean over all."""


@dataclass(frozen=True)
class Measured:
    """An engine over the documents."""

    engine: str
    version: str
    build_cpu_s: float
    """From arrays in memory to an index on the disk."""
    num_bytes: int
    """Files of the index."""
    answers: list[Answered] = field(default_factory=list)

    def cheapest(self, recall: float) -> Answered | None:
        """The cheapest setting that found that share; None where none did."""
        enough = [one for one in self.answers if one.recall >= recall]
        return min(enough, key=lambda one: one.cpu_ms, default=None)


@dataclass(frozen=True)
class Comparison:
    """All engines over the same documents and queries."""

    num_documents: int
    num_rows: int
    dim: int
    num_queries: int
    k: int
    engines: list[Measured]
    failed: dict[str, str]
    """Engines that are installed and could not be measured, with the last line of what they said."""

    def table(self) -> list[list[str]]:
        """Cells of the table that `str` shows, the names of the columns first."""
        rows = [["engine", "build CPU-s", "MB", *(f"CPU-ms at recall ≥ {recall:g}" for recall in RECALLS), "most found"]]
        for one in self.engines:
            found = [one.cheapest(recall) for recall in RECALLS]
            most = max((answer.recall for answer in one.answers), default=0.0)
            cells = ["-" if answer is None else f"{answer.cpu_ms:.2f}" for answer in found]
            name = f"{one.engine} {one.version}"
            rows.append([name, f"{one.build_cpu_s:.2f}", f"{one.num_bytes / 1e6:.1f}", *cells, f"{most:.3f}"])
        return rows

    def __str__(self) -> str:
        rows = self.table()
        widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
        head = (
            f"{self.num_documents:,} documents, {self.num_rows:,} rows of {self.dim}, {self.num_queries} queries, "
            f"{self.k} hits, one thread"
        )
        failed = [f"{name} was not measured: {why}" for name, why in self.failed.items()]
        return "\n".join([head, *lines, *failed])


def compare(
    documents: Sets,
    queries: Sets,
    *,
    k: int = 10,
    engines: Sequence[str] | None = None,
    python: str = sys.executable,
) -> Comparison:
    """Measures the engines that are installed, or those that are named.

    Documents and queries are in the forms of `Collection.add`. Settings of others are swept, and the cheapest that found enough
    counts; Pleiad is asked for recalls, and `pleiad-int4` is the same with half the bytes.
    """
    flat, offsets = sets(documents)
    asked, of = sets(queries)
    num_documents, num_queries = len(offsets) - 1, len(of) - 1
    if num_queries == 0 or num_documents < k:
        raise InvalidArgument(f"there are {num_documents:,} documents and {num_queries:,} queries: too few for {k} hits")
    names = [name for name, engine in ENGINES.items() if engine.is_installed()] if engines is None else list(engines)
    if unknown := [name for name in names if name not in ENGINES]:
        raise InvalidArgument(f"no engine is called {unknown[0]!r}; known: {', '.join(ENGINES)}")
    exact = _exact(flat, offsets, asked, of, k)
    measured, failed = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for name, array in (("docs", flat), ("docs.off", offsets), ("queries", asked), ("queries.off", of)):
            np.save(f"{folder}/{name}.npy", array)
        for name in names:
            try:
                measured.append(_measure(name, Path(folder), exact, k, python))
            except subprocess.CalledProcessError as error:
                said = (error.stderr or "").strip().splitlines()
                failed[name] = said[-1] if said else f"exit status {error.returncode}"
    return Comparison(num_documents, len(flat), flat.shape[1], num_queries, k, measured, failed)


def _measure(name: str, folder: Path, exact: list[set[int]], k: int, python: str) -> Measured:
    def run(role: str) -> Any:
        one = {"OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        command = [python, "-m", "pleiad.bench", "--child", name, role, str(folder), str(k)]
        done = subprocess.run(command, env={**os.environ, **one}, capture_output=True, text=True, check=True)
        return json.loads(done.stdout.splitlines()[-1])

    built, answers = run("build"), []
    index = folder / name
    num_bytes = sum(file.stat().st_size for file in index.rglob("*") if file.is_file())
    for found in run("search"):
        shares = [len(set(hits[:k]) & best) / len(best) for hits, best in zip(found["found"], exact)]
        answers.append(Answered(found["knobs"], float(np.mean(shares)), found["cpu_ms"]))
    return Measured(name, built["version"], built["cpu_s"], num_bytes, answers)


def _exact(flat: Rows, offsets: npt.NDArray[np.int64], asked: Rows, of: npt.NDArray[np.int64], k: int) -> list[set[int]]:
    """The documents with the `k` greatest MaxSim, for each query. Documents without rows are none of them."""
    filled = np.flatnonzero(np.diff(offsets))
    best = []
    for begin, end in pairwise(of):
        scores = np.full(len(offsets) - 1, -np.inf, np.float32)
        # Rows of documents lie side by side, so that their maxima are those of ranges.
        scores[filled] = np.maximum.reduceat(asked[begin:end] @ flat.T, offsets[filled], axis=1).sum(axis=0)
        best.append({int(at) for at in np.argsort(-scores, kind="stable")[:k]})
    return best


def cpu_seconds() -> float:
    """Processor time of this process, all its threads, and its children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


@dataclass(frozen=True)
class Engine:
    """How an engine is built and asked. Whatever it imports is imported in its own process."""

    module: str
    package: str
    build: Callable[[str, list[Rows]], None]
    load: Callable[[str], Search]
    settings: list[Knobs]

    def is_installed(self) -> bool:
        """Whether its module can be found."""
        return importlib.util.find_spec(self.module) is not None


def _pleiad(tokens: str) -> Engine:
    def build(folder: str, documents: list[Rows]) -> None:
        with open_collection(folder, create=True, dim=documents[0].shape[1], tokens=tokens) as collection:
            collection.add([str(number) for number in range(len(documents))], documents)

    def load(folder: str) -> Search:
        state = open_collection(folder).snapshot()
        return lambda query, k, knobs: [int(key) for key in state.search(query, k, **knobs).keys]

    settings: list[Knobs] = [{"recall": recall} for recall in (*RECALLS, 0.99)] + [{"exact": True}]
    return Engine("pleiad", "pleiad", build, load, settings)


def _fast_plaid() -> Engine:
    def index(folder: str) -> Any:
        import torch
        from fast_plaid import search

        torch.set_num_threads(1)
        return torch, search.FastPlaid(index=folder, device="cpu")

    def build(folder: str, documents: list[Rows]) -> None:
        torch, made = index(folder)
        made.create(documents_embeddings=[torch.from_numpy(one) for one in documents], nbits=4)

    def load(folder: str) -> Search:
        torch, made = index(folder)

        def search(query: Rows, k: int, knobs: Knobs) -> list[int]:
            found = made.search(torch.from_numpy(query)[None], top_k=k, show_progress=False, **knobs)
            return [number for number, _ in found[0]]

        return search

    swept = ((2, 64), (4, 64), (4, 256), (8, 256), (8, 1024), (16, 4096))
    settings = [{"n_ivf_probe": probes, "n_full_scores": scores} for probes, scores in swept]
    return Engine("fast_plaid", "fast-plaid", build, load, settings)


def _qdrant_edge() -> Engine:
    def build(folder: str, documents: list[Rows]) -> None:
        import qdrant_edge as qd

        os.makedirs(folder)
        multi = qd.MultiVectorConfig(qd.MultiVectorComparator.MaxSim)
        # Token vectors without a graph, as its documentation says.
        no_graph = qd.HnswIndexConfig(m=0, ef_construct=100, full_scan_threshold=10_000)
        of = qd.EdgeVectorParams(documents[0].shape[1], qd.Distance.Dot, multivector_config=multi, hnsw_config=no_graph)
        shard = qd.EdgeShard.create(folder, qd.EdgeConfig(vectors={"tokens": of}, max_search_threads=1))
        for begin in range(0, len(documents), 500):
            points = [
                qd.Point(number, {"tokens": one.tolist()}, None)
                for number, one in enumerate(documents[begin : begin + 500], begin)
            ]
            shard.update(qd.UpdateOperation.upsert_points(points))
        shard.optimize()
        shard.flush()
        shard.close()

    def load(folder: str) -> Search:
        import qdrant_edge as qd

        shard = qd.EdgeShard.load(folder)

        def search(query: Rows, k: int, knobs: Knobs) -> list[int]:
            nearest = qd.Query.Nearest(query.tolist(), using="tokens")
            return [point.id for point in shard.query(qd.QueryRequest(k, query=nearest))]

        return search

    return Engine("qdrant_edge", "qdrant-edge-py", build, load, [{}])


def _lancedb() -> Engine:
    def build(folder: str, documents: list[Rows]) -> None:
        import lancedb
        import pyarrow as pa
        from lancedb.index import IvfRq

        dim = documents[0].shape[1]
        tokens = pa.list_(pa.list_(pa.float32(), dim))
        schema = pa.schema([pa.field("id", pa.int64()), pa.field("tokens", tokens)])
        table = lancedb.connect(folder).create_table("documents", schema=schema)
        for begin in range(0, len(documents), 1000):
            some = documents[begin : begin + 1000]
            ends = np.cumsum([0] + [len(one) for one in some]).astype(np.int32)
            rows = pa.FixedSizeListArray.from_arrays(pa.array(np.concatenate(some).ravel()), dim)
            columns = [pa.array(range(begin, begin + len(some)), pa.int64()), pa.ListArray.from_arrays(pa.array(ends), rows)]
            table.add(pa.Table.from_arrays(columns, schema=schema))
        table.create_index("tokens", config=IvfRq(distance_type="cosine"))

    def load(folder: str) -> Search:
        import lancedb

        table = lancedb.connect(folder).open_table("documents")

        def search(query: Rows, k: int, knobs: Knobs) -> list[int]:
            asked = table.search(query, vector_column_name="tokens").select(["id", "_distance"]).limit(k)
            found: list[int] = (
                asked.nprobes(knobs["nprobes"]).refine_factor(knobs["refine_factor"]).to_arrow()["id"].to_pylist()
            )
            return found

        return search

    settings = [{"nprobes": probes, "refine_factor": factor} for probes in (5, 20) for factor in (5, 20)]
    return Engine("lancedb", "lancedb", build, load, settings)


ENGINES: dict[str, Engine] = {
    "pleiad-int8": _pleiad("int8"),
    "pleiad-int4": _pleiad("int4"),
    "fast-plaid": _fast_plaid(),
    "qdrant-edge": _qdrant_edge(),
    "lancedb": _lancedb(),
}


def _child(name: str, role: str, folder: str, k: int) -> None:
    """The part of a comparison that runs in a process of its own; the last line that it prints is the answer."""
    engine, index = ENGINES[name], f"{folder}/{name}"
    flat, offsets = (np.load(f"{folder}/{file}.npy") for file in ("docs", "docs.off"))
    if role == "build":
        documents = [flat[begin:end] for begin, end in pairwise(offsets)]
        began = cpu_seconds()
        engine.build(index, documents)
        told: Any = {"cpu_s": cpu_seconds() - began, "version": _version(engine.package)}
    else:
        del flat
        asked, of = (np.load(f"{folder}/{file}.npy") for file in ("queries", "queries.off"))
        queries = [asked[begin:end] for begin, end in pairwise(of)]
        search, told = engine.load(index), []
        for knobs in engine.settings:
            search(queries[0], k, knobs)  # What is read only once is not part of the cost.
            began = cpu_seconds()
            found = [search(query, k, knobs) for query in queries]
            told.append({"knobs": knobs, "cpu_ms": 1e3 * (cpu_seconds() - began) / len(queries), "found": found})
    print(json.dumps(told), flush=True)


def _version(package: str) -> str:
    return __version__ if package == "pleiad" else version(package)


def _sets_of(path: str) -> tuple[Rows, npt.NDArray[np.int64]]:
    """Sets of a `.npz` with `rows` and `offsets`, or of a `.npy` of three dimensions."""
    loaded = np.load(path)
    if isinstance(loaded, np.ndarray):
        return sets(loaded)
    if missing := {"rows", "offsets"} - set(loaded.files):
        raise InvalidArgument(f"{path} has no array {sorted(missing)[0]!r}: it takes rows [N, dim] and offsets [sets + 1]")
    return sets((loaded["rows"], loaded["offsets"]))


def main() -> None:
    """The command line."""
    if sys.argv[1:2] == ["--child"]:
        _child(sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
        return
    parser = argparse.ArgumentParser("python -m pleiad.bench", description="Pleiad beside other engines on arrays of your own.")
    parser.add_argument("documents", help=".npz with rows and offsets, or .npy [sets, rows, dim]")
    parser.add_argument("queries", help="the same")
    parser.add_argument("-k", type=int, default=10, help="hits (default 10)")
    parser.add_argument(
        "--engine", action="append", choices=list(ENGINES), help="one of these; default: all that are installed"
    )
    given = parser.parse_args()
    try:
        print(compare(_sets_of(given.documents), _sets_of(given.queries), k=given.k, engines=given.engine))
    except (PleiadError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
