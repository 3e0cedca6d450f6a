"""Hits, which read their documents when these are looked at."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from . import _engine
from ._arrow import Column, stream

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Parts:
    """Parts of a fused score, which add up to it."""

    vectors: float
    sentence: float
    words: float


@dataclass(frozen=True)
class Match:
    """A word of a document that answers a word of the question."""

    query: str
    document: str
    cosine: float


@dataclass(frozen=True)
class Group:
    """Documents with the same value of the attribute that hits are grouped by."""

    value: Any
    hits: list[Hit]


class Hit:
    """One document of an answer. Its text, attributes and words are read from the searched state on first use."""

    __slots__ = ("_at", "_fields", "_found", "_view", "key", "parts", "score")

    def __init__(self, found: _engine.Found, view: _engine.View, at: int, key: str, score: float, parts: Parts | None) -> None:
        self._found, self._view, self._at = found, view, at
        self._fields: tuple[str | None, dict[str, Any]] | None = None
        self.key = key
        """The key of the document."""
        self.score = score
        """Higher is better: MaxSim, BM25, or a fused score."""
        self.parts = parts
        """Parts of a fused score; None for others."""

    def _document(self) -> tuple[str | None, dict[str, Any]]:
        if self._fields is None:
            fields = self._view.get(self.key, False)
            assert fields is not None, "a hit is a document of the searched state"
            self._fields = (fields[1], json.loads(fields[2]))
        return self._fields

    @property
    def text(self) -> str | None:
        """The text, if one is kept."""
        return self._document()[0]

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes as they were given."""
        return self._document()[1]

    @property
    def matches(self) -> list[Match]:
        """Words that answer words of the question, best first. Cost: the question is explained for this document."""
        return [Match(*match) for match in self._found.matches(self._at)]

    def excerpt(self, num_bytes: int = 240) -> list[tuple[str, bool]]:
        """The stretch of the text that answers, in pieces; True stands beside the words that do."""
        return self._found.excerpt(self._at, num_bytes)

    @property
    def snippet(self) -> str:
        """The excerpt as one string."""
        return "".join(piece for piece, _ in self.excerpt()).strip()

    def to_dict(self) -> dict[str, Any]:
        """Key, score, parts, text and attributes."""
        parts = None if self.parts is None else vars(self.parts)
        return {"key": self.key, "score": self.score, "parts": parts, "text": self.text, "attributes": self.attributes}

    def __repr__(self) -> str:
        return f"Hit(key={self.key!r}, score={self.score:.4f})"


class Hits(Sequence[Hit]):
    """The hits of one question, best first, and how they were found."""

    def __init__(self, found: _engine.Found, view: _engine.View) -> None:
        self._found, self._view = found, view
        self.keys: list[str] = found.keys()
        """Keys, best first."""
        self.scores: npt.NDArray[np.float32] = found.scores()
        """Scores `[hits]`, descending."""
        parts = found.parts()
        rows = zip(self.keys, self.scores.tolist(), parts)
        self._hits = [
            Hit(found, view, at, key, score, None if of is None else Parts(*of)) for at, (key, score, of) in enumerate(rows)
        ]

    @overload
    def __getitem__(self, at: int) -> Hit: ...
    @overload
    def __getitem__(self, at: slice) -> list[Hit]: ...
    def __getitem__(self, at: int | slice) -> Hit | list[Hit]:
        return self._hits[at]

    def __len__(self) -> int:
        return len(self._hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self._hits)

    @property
    def num_matched(self) -> int:
        """Documents that pass the filter; all without one."""
        return self._found.num_matched()

    @property
    def promised_recall(self) -> float | None:
        """Share of the exact hits that the plan finds on average, by a lower bound: 1 if exact, None if never measured."""
        return self._found.promised_recall()

    @property
    def expected_recall(self) -> float | None:
        """The mean of the same measure."""
        return self._found.expected_recall()

    @property
    def plan(self) -> dict[str, Any]:
        """Sources and budgets of the search."""
        return dict(json.loads(self._found.plan()))

    @property
    def spent(self) -> dict[str, int]:
        """Work of the search, in units that do not depend on the machine."""
        return dict(json.loads(self._found.spent()))

    @property
    def weights(self) -> Parts | None:
        """Shares of the parts in any fused score."""
        shares = self._found.shares()
        return None if shares is None else Parts(*shares)

    @property
    def groups(self) -> list[Group] | None:
        """Groups in the order of their best hits; None unless the search asked for groups."""
        groups = self._found.groups()
        if groups is None:
            return None
        hits = iter(self._hits)
        return [Group(json.loads(value), [next(hits) for _ in range(number)]) for value, number in groups]

    def to_dicts(self) -> list[dict[str, Any]]:
        """One dict for each hit."""
        return [hit.to_dict() for hit in self._hits]

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Columns `key`, `score`, `text` and `attributes` (as JSON) for whatever reads Arrow: `pyarrow.table(hits)`,
        `polars.DataFrame(hits)`."""
        return stream(
            [
                Column("key", self.keys),
                Column("score", self.scores),
                Column("text", [hit.text for hit in self._hits]),
                Column("attributes", [json.dumps(hit.attributes, ensure_ascii=False) for hit in self._hits]),
            ]
        )

    def to_pandas(self) -> pandas.DataFrame:
        """A table of keys, scores, texts and attributes, one column for each."""
        import pandas

        rows = [{"key": hit.key, "score": hit.score, "text": hit.text, **hit.attributes} for hit in self._hits]
        return pandas.DataFrame(rows, columns=None if rows else ["key", "score", "text"])

    def __repr__(self) -> str:
        promised = self.promised_recall
        told = "" if promised is None else f", promised_recall={promised:.3g}"
        return f"Hits({self._hits!r}, num_matched={self.num_matched}{told})"

    def _repr_html_(self) -> str:
        """Rows with the words that answer marked."""
        rows = []
        for rank, hit in enumerate(self._hits, 1):
            marked = "".join(
                f"<mark>{html.escape(piece)}</mark>" if is_word else html.escape(piece) for piece, is_word in hit.excerpt()
            )
            rows.append(
                f"<tr><td>{rank}</td><td>{html.escape(hit.key)}</td><td>{hit.score:.3f}</td>"
                f'<td style="text-align:left">{marked}</td></tr>'
            )
        head = "<tr><th>rank</th><th>key</th><th>score</th><th>excerpt</th></tr>"
        return f"<table>{head}{''.join(rows)}</table><small>{html.escape(self._found.plan_text())}</small>"
