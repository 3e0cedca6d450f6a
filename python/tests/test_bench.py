from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import maxsim, random_sets

import pleiad
from pleiad import bench


def test_engines_are_measured_on_given_arrays(tmp_path: Path) -> None:
    documents, queries = random_sets(150, 32, 8), random_sets(5, 32, 9)
    found = bench.compare(documents, queries, k=5, engines=["pleiad-int8"])
    assert found.failed == {} and (found.num_documents, found.num_queries, found.k) == (150, 5, 5)
    [ours] = found.engines
    # A collection of this size is scored whole; 8 bits may change places that nearly tie.
    assert all(answer.recall >= 0.9 and answer.cpu_ms > 0 for answer in ours.answers)
    assert ours.version == pleiad.__version__ and ours.num_bytes > 150 * 8 * 32
    assert "150 documents" in str(found) and "pleiad-int8" in str(found)
    exact = bench._exact(*bench.sets(documents), *bench.sets(queries), 5)
    for query, best in zip(queries, exact):
        assert best == set(sorted(range(150), key=lambda at: -maxsim(query, documents[at]))[:5])


def test_an_engine_that_fails_is_named() -> None:
    documents = random_sets(20, 8, 1)
    found = bench.compare(documents, documents[:2], k=3, engines=["pleiad-int4"], python="false")
    assert found.failed == {"pleiad-int4": "exit status 1"} and "was not measured: exit status 1" in str(found)
    assert found.engines == []
    with pytest.raises(pleiad.InvalidArgument, match="known: pleiad-int8"):
        bench.compare(documents, documents, engines=["nothing"])
    with pytest.raises(pleiad.InvalidArgument, match="too few for 10 hits"):
        bench.compare(documents[:3], documents)


def test_the_command_reads_files(tmp_path: Path) -> None:
    documents = random_sets(40, 16, 2)
    offsets = np.cumsum([0] + [len(one) for one in documents])
    np.savez(tmp_path / "docs.npz", rows=np.concatenate(documents), offsets=offsets)
    np.save(tmp_path / "queries.npy", np.stack([one[:4] for one in documents[:3]]))

    def run(*args: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pleiad.bench", *map(str, args)]
        return subprocess.run(command, capture_output=True, text=True, timeout=300)

    done = run(tmp_path / "docs.npz", tmp_path / "queries.npy", "-k", 3, "--engine", "pleiad-int4")
    assert "40 documents" in done.stdout and "pleiad-int4" in done.stdout, done.stderr
    np.savez(tmp_path / "wrong.npz", rows=np.zeros((3, 2)))
    assert "no array 'offsets'" in run(tmp_path / "wrong.npz", tmp_path / "queries.npy").stderr
