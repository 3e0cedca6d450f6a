"""The figures of `benchmarks/python.md`, printed as that page.

Arguments: the folder of a BEIR collection, the wheel, the commit, and engines to leave out.
"""

from __future__ import annotations

import io
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import zstandard

import pleiad
from pleiad import bench

# The example of Sentence Transformers: passages, and vectors a passage.
NUM_DOCUMENTS, NUM_ROWS, NUM_QUERIES = 4874, 125, 60


def lines(path: Path) -> list[dict[str, str]]:
    """Objects of a file of JSON lines, compressed or not."""
    packed = path.with_name(path.name + ".zst")
    text = zstandard.open(packed, "rt", encoding="utf-8").read() if packed.exists() else path.read_text("utf-8")
    return [json.loads(line) for line in io.StringIO(text)]


def data(folder: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Token vectors of real texts by the built-in model: documents cut to so many words that they have some 125 rows."""
    encoder = pleiad.Encoder.load()
    texts = [f"{one.get('title', '')} {one['text']}".split() for one in lines(folder / "corpus.jsonl")][:NUM_DOCUMENTS]
    sample = encoder.encode_document([" ".join(text) for text in texts[::200]])
    a_word = sum(map(len, sample)) / sum(map(len, texts[::200]))
    low, high = 1, 1000  # Short texts stay short, so that the others have to be longer for the mean.
    while low < high:
        words = (low + high) // 2
        mean = np.mean([min(len(text), words) for text in texts]) * a_word
        low, high = (words + 1, high) if mean < NUM_ROWS else (low, words)
    documents = encoder.encode_document([" ".join(text[:low]) for text in texts])
    queries = encoder.encode_query([one["text"] for one in lines(folder / "queries.jsonl")[:NUM_QUERIES]])
    return documents, queries


def least_us(act: Callable[[], object], num: int = 1000, rounds: int = 9) -> float:
    """Processor time of a call in microseconds, the least of several rounds."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(num):
            act()
        best = min(best, (time.process_time() - began) / num)
    return 1e6 * best


def overhead() -> dict[str, float]:
    """Calls on a collection of one document, where the engine has next to nothing to do."""
    rng = np.random.default_rng(0)
    query = rng.standard_normal((32, 128)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder, pleiad.open(f"{folder}/c", create=True, dim=128) as one:
        one.add(["a"], [query[:8]])
        state = one.snapshot()
        return {
            "`snapshot.search(query, 1)`, all of it": least_us(lambda: state.search(query, 1)),
            "`collection.search(query, 1)`, which takes the newest state first": least_us(lambda: one.search(query, 1)),
        }


def import_ms() -> tuple[float, float]:
    """Processor time of importing numpy, and then Pleiad, in a new process: medians of nine."""
    program = "from time import process_time as t; a=t(); import numpy; b=t(); import pleiad; print(b-a, t()-b)"
    told = [subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True) for _ in range(9)]
    both = np.median([[float(part) for part in one.stdout.split()] for one in told], axis=0)
    return 1e3 * float(both[0]), 1e3 * float(both[1])


def same_three(documents: list[np.ndarray], queries: list[np.ndarray]) -> float:
    """Share of queries whose best three at a promised recall of .95 are the exact best three, in order."""
    with tempfile.TemporaryDirectory() as folder, pleiad.open(f"{folder}/c", create=True, dim=128) as collection:
        collection.add([str(number) for number in range(len(documents))], documents)
        collection.close()
        state = pleiad.open(f"{folder}/c").snapshot()
        same = [state.search(one, 3, recall=0.95).keys == state.search(one, 3, exact=True).keys for one in queries]
        return float(np.mean(same))


def cpu_name() -> str:
    """Name of the processor."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(": ")[1] for line in info if line.startswith("model name")), platform.machine())


def table(rows: list[list[str]]) -> str:
    """A table of Markdown, whose first column stands left."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    cells = [[cell.ljust(widths[at]) if at == 0 else cell.rjust(widths[at]) for at, cell in enumerate(row)] for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in [cells[0], rule, *cells[1:]])


def label(engine: str) -> str:
    """Name of an engine in the records."""
    return engine.replace("pleiad-", "pleiad, ")


def main() -> None:
    """Measures, and prints the page."""
    folder, wheel, commit, without = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:]
    documents, queries = data(folder)
    engines = [name for name, engine in bench.ENGINES.items() if engine.is_installed() and name not in without]
    found = bench.compare(documents, queries, engines=engines)
    calls, (numpy_ms, pleiad_ms), same = overhead(), import_ms(), same_three(documents, queries)
    settings = [["setting", "R@10", "CPU-ms"]]
    for one in found.engines:
        for answer in one.answers:
            knobs = json.dumps(answer.knobs)[1:-1] or "default"
            settings.append([f"{label(one.engine)}: {knobs}", f"{answer.recall:.3f}", f"{answer.cpu_ms:.2f}"])
    ours = next(one for one in found.engines if one.engine == "pleiad-int4")
    promised = next(answer for answer in ours.answers if answer.knobs.get("recall") == 0.95)
    goals = [
        ["goal", "wanted", "measured"],
        ["ingest with 4 bits a value, CPU-s", "≤ 1.5", f"{ours.build_cpu_s:.2f}"],
        ["answer at a promised recall of .95, CPU-ms", "≤ 1", f"{promised.cpu_ms:.2f}"],
        ["bytes with 4 bits a value, MB", "≤ 45", f"{ours.num_bytes / 1e6:.1f}"],
        ["queries with the exact best three, at a promised .95", "all", f"{same:.3f}"],
        ["search through Python, the engine's part included, CPU-µs", "≤ 15", f"{min(calls.values()):.1f}"],
        ["wheel, MB", "≤ 25", f"{wheel.stat().st_size / 1e6:.1f}"],
        ["`import pleiad` after numpy, CPU-ms", "≤ 50", f"{pleiad_ms:.0f}"],
    ]
    shape = (
        f"The shape of the example in the documentation of Sentence Transformers: {found.num_documents:,} passages with "
        f"{found.num_rows:,} vectors of {found.dim}. Its vectors are not published; these are of the first passages of "
        f"{folder.name}, cut to some {NUM_ROWS} tokens each, and of its first {found.num_queries} queries, by the built-in "
        "model. Each engine has a process of its own with one thread; times are of the processor, building ends with an index "
        "on the disk (for Pleiad with the measure of what finds which recall), search is one query at a time. R@10 is the "
        "share of the exact best ten by MaxSim in single precision. Pleiad is asked for a recall; settings of the others are "
        "swept, and the cheapest that found enough counts."
    )
    versions = ", ".join(f"{one.engine} {one.version}" for one in found.engines)
    of_calls = "; ".join(f"{name} {us:.1f} CPU-µs" for name, us in calls.items())
    columns = ["engine", "build CPU-s", "MB", "CPU-ms at R@10 ≥ .90", "≥ .95", "≥ .98", "most found"]
    parts = [
        "# The Python package",
        shape,
        f"## {folder.name}, {found.num_documents:,} passages: beside other engines",
        table([columns, *([label(one.engine), *row[1:]] for one, row in zip(found.engines, found.table()[1:]))]),
        *(f"{name} was not measured: {why}." for name, why in found.failed.items()),
        "## Every setting",
        table(settings),
        "## Goals",
        table(goals),
        f"Calls on a collection of one document, where the engine has next to nothing to do: {of_calls}. Importing numpy takes "
        f"{numpy_ms:.0f} CPU-ms.",
        "## Origin",
        f"* Command: `cargo xtask bench python`\n* Date: {date.today().isoformat()}\n* Commit: {commit}\n"
        f"* CPU: {cpu_name()}, {os.cpu_count()} cores\n* Versions: {versions}, Python {platform.python_version()}, numpy "
        f"{np.__version__}",
    ]
    print("\n\n".join(parts))


if __name__ == "__main__":
    main()
