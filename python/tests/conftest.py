"""Collections for tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import pleiad

TEXTS = {
    "tar": "tar packs many files into one archive and extracts them again",
    "grep": "grep prints the lines of files that match a regular expression",
    "sort": "sort orders the lines of text files",
    "cron": "cron runs commands at fixed times, dates or intervals",
}


@pytest.fixture
def texts(tmp_path: Path) -> Iterator[pleiad.Collection]:
    """Four manual pages with attributes, read by the built-in model."""
    with pleiad.open(tmp_path / "texts", create=True, language="en") as collection:
        attributes = [{"section": 1, "year": 1979}, {"section": 1, "year": 1974}, {"section": 1}, {"section": 8}]
        collection.add(list(TEXTS), texts=list(TEXTS.values()), attributes=attributes)
        yield collection


def random_sets(num: int, dim: int, seed: int) -> list[np.ndarray]:
    """Unit rows, 4 to 12 of them a set."""
    rng = np.random.default_rng(seed)
    sets = []
    for _ in range(num):
        rows = rng.standard_normal((rng.integers(4, 13), dim)).astype(np.float32)
        sets.append(rows / np.linalg.norm(rows, axis=1, keepdims=True))
    return sets


def maxsim(query: np.ndarray, document: np.ndarray) -> float:
    """The oracle of every score."""
    return float((query @ document.T).max(axis=1).sum())
