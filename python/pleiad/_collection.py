"""Collections: what is written, and what is read of a state."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Union

from . import _engine
from ._arrays import ArrayLike, Rows, Sets, rows, sets
from ._errors import InvalidArgument, NotFound
from ._explanation import Explanation
from ._filters import F, Filter, text_of
from ._hits import Hits
from ._patches import Patches
from ._settings import places

AnyFilter = Union[Filter, str, "dict[str, object]", None]
Question = Union[str, ArrayLike]

# Texts or rows of one call of the engine: what Ctrl-C can lose, and what is copied at a time.
_CHUNK_DOCUMENTS = 4096
_CHUNK_BYTES = 64 << 20


@dataclass(frozen=True)
class Document:
    """A stored document."""

    key: str
    text: str | None
    attributes: dict[str, Any]
    vectors: Rows | None
    """Rows `[n, dim]` as the codes keep them; None unless they were asked for."""


@dataclass(frozen=True)
class Values:
    """Values of an attribute."""

    counts: list[tuple[Any, int]]
    """Values with the number of documents that have each, the most common first."""
    num_documents: int
    num_with: int
    num_distinct: int
    min: Any
    max: Any


class Snapshot:
    """One state of a collection, which never changes. Threads may share it."""

    def __init__(self, view: _engine.View) -> None:
        self._view = view

    def search(
        self,
        query: Question,
        k: int = 10,
        *,
        text: str | None = None,
        recall: float | None = None,
        exact: bool = False,
        filter: AnyFilter = None,
        mode: str | None = None,
        alpha: float | None = None,
        offset: int | None = None,
        min_score: float | None = None,
        group_by: str | None = None,
        group_size: int = 1,
        num_candidates: int | None = None,
        num_reranked: int | None = None,
    ) -> Hits:
        """The best `k` documents.

        `query` is a text, which the collection's encoder reads, or rows `[n, dim]` of token vectors, beside which `text` gives
        the words of the same question. `recall` is the share of the exact hits that must be found: the cheapest plan that was
        measured to find it is taken. `mode` is `hybrid`, `vectors` or `words`; `alpha` the share of vectors in a hybrid score.
        With `group_by` hits come in groups by the value of an attribute, `k` of them with `group_size` documents each.

        Raises `InvalidArgument` for parameters out of range and a question that asks for nothing.
        """
        asking = _asking(
            k, recall, exact, filter, mode, alpha, offset, min_score, group_by, group_size, num_candidates, num_reranked
        )
        return Hits(self._view.search(_question(query, text), asking), self._view)

    def search_batch(
        self,
        queries: Sequence[Question],
        k: int = 10,
        *,
        recall: float | None = None,
        exact: bool = False,
        filter: AnyFilter = None,
        mode: str | None = None,
        alpha: float | None = None,
        num_candidates: int | None = None,
        num_reranked: int | None = None,
    ) -> list[Hits | Exception]:
        """The answers of `search` on all cores, in the order of the questions; an exception stands where one failed."""
        asking = _asking(k, recall, exact, filter, mode, alpha, None, None, None, 1, num_candidates, num_reranked)
        found = self._view.search_batch([_question(query, None) for query in queries], asking)
        return [one if isinstance(one, Exception) else Hits(one, self._view) for one in found]

    def explain(
        self, query: Question, key: str, *, text: str | None = None, mode: str | None = None, alpha: float | None = None
    ) -> Explanation:
        """Why a document has its score. Raises `NotFound` for a key that is not there."""
        fields, told = self._view.explain(_question(query, text), key, mode, alpha)
        return Explanation(json.loads(fields), told)

    def patches(self, query: Question, key: str, rows: int, columns: int, *, first: int = 0) -> Patches:
        """Which patches of a page answer a question, for models that give a vector per patch of an image, such as ColPali.

        The rows `first` to `first + rows * columns` of the document are the patches, line by line: 32 x 32 of the 1,030 rows of
        ColPali, from 0 on. Raises `NotFound` for a key that is not there.
        """
        found = self._view.get(key, True)
        if found is None or found[3] is None:
            raise NotFound(f"there is no document {key!r} in this collection")
        text, vectors = _question(query, None)
        if vectors is None:
            raise InvalidArgument(f"{text!r} is a text: patches are compared with rows of token vectors")
        return Patches(key, vectors, found[3], rows, columns, first)

    def get(self, key: str, *, vectors: bool = False) -> Document | None:
        """A document, or None."""
        found = self._view.get(key, vectors)
        return None if found is None else Document(found[0], found[1], json.loads(found[2]), found[3])

    def keys(self, filter: AnyFilter = None, *, after: str | None = None, limit: int = 1000) -> list[str]:
        """Keys in ascending order, those behind `after`."""
        return self._view.keys(text_of(filter), after, limit)

    def count(self, filter: AnyFilter = None) -> int:
        """Number of documents, all or those that pass a filter."""
        return self._view.count(text_of(filter))

    def values(self, attribute: str | F, filter: AnyFilter = None, *, limit: int = 100) -> Values:
        """The values of an attribute, the most common first."""
        path = attribute._path if isinstance(attribute, F) else attribute
        found = json.loads(self._view.values(path, text_of(filter), limit))
        counts = [(value, number) for value, number in found.pop("counts")]
        return Values(counts=counts, **found)

    def info(self) -> dict[str, Any]:
        """Schema, sizes in bytes, and promises by length of query (docs/json.md, `pleiad info`)."""
        return dict(json.loads(self._view.info()))

    def __len__(self) -> int:
        return len(self._view)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key in self._view

    def __iter__(self) -> Iterator[str]:
        """All keys in ascending order, page by page."""
        after: str | None = None
        while page := self._view.keys(None, after, 1000):
            yield from page
            after = page[-1]


class Collection:
    """A collection in a folder. What was added is durable and found when a call returns, through any crash.

    The first write takes the collection's only writer and keeps it until `close`, or the end of the `with` block. Reads see
    everything acknowledged so far; `snapshot` holds one state. Threads may share it; a forked child opens its own, to read.
    """

    def __init__(self, engine: _engine.Engine, path: str) -> None:
        self._engine, self.path = engine, path

    # Writing

    def add(
        self,
        keys: Sequence[Any],
        vectors: Sets | None = None,
        *,
        texts: Sequence[str | None] | None = None,
        attributes: Sequence[Mapping[str, Any] | None] | None = None,
        on_conflict: str = "replace",
        replace_if: AnyFilter = None,
    ) -> dict[str, int]:
        """Writes documents, and gives counts (`num_documents`, `num_replaced`, `num_unchanged`, `num_skipped` ...).

        `vectors` are sets side by side: a list of `[n_i, dim]`, an array `[sets, n, dim]`, or `(rows, offsets)` with set `i` in
        `rows[offsets[i]:offsets[i + 1]]`. Without them the collection's encoder reads `texts`. An attribute `title` is read
        before the text. `on_conflict` is `replace`, `skip` (what is stored stays) or `fail`; with `replace_if` only documents
        that pass the filter are replaced.

        Large inputs are written in pieces, each durable before the next. Raises `InvalidArgument` for what is no document.
        """
        keys = [key if isinstance(key, str) else str(key) for key in keys]
        flat, offsets = (None, None) if vectors is None else sets(vectors)
        for name, column in (("texts", texts), ("attributes", attributes)):
            if column is not None and len(column) != len(keys):
                raise InvalidArgument(f"there are {len(keys)} keys and {len(column)} {name}: one for each document")
        if offsets is not None and len(offsets) != len(keys) + 1:
            raise InvalidArgument(f"there are {len(keys)} keys and {len(offsets) - 1} sets of vectors: one for each document")
        total: dict[str, int] = {}
        condition = text_of(replace_if)
        for begin, end in _pieces(len(keys), flat, offsets):
            piece = slice(begin, end)
            documents: dict[str, Any] = {
                "keys": keys[piece],
                "texts": None if texts is None else list(texts[piece]),
                "attributes": None if attributes is None else [_json(one) for one in attributes[piece]],
                "rows": None,
                "offsets": None,
            }
            if flat is not None and offsets is not None:
                documents["rows"] = flat[offsets[begin] : offsets[end]]
                documents["offsets"] = offsets[begin : end + 1] - offsets[begin]
            counts = json.loads(self._engine.add(documents, on_conflict, condition))
            total = {name: total.get(name, 0) + number for name, number in counts.items()}
        return total

    def tenant(self, name: str) -> Collection:
        """The documents of one tenant, in a collection made with `tenants=True`: what it reads and writes knows no others.

        It shares the writer: `close` of either closes both.
        """
        return Collection(self._engine.of_tenant(name), self.path)

    def tenants(self, *, after: str | None = None, limit: int = 1000) -> list[tuple[str, int]]:
        """Tenants with the numbers of their documents, those behind `after`. `tenant(name).delete(filter="TRUE")` drops one."""
        return self._engine.tenants(after, limit)

    def delete(self, keys: str | Iterable[str] = (), *, filter: AnyFilter = None) -> int:
        """Deletes documents by key or by filter, at once, and gives their number."""
        keys = [keys] if isinstance(keys, str) else list(keys)
        return self._engine.delete(keys, text_of(filter))

    def amend(self, keys: str | Iterable[str] = (), attributes: Mapping[str, Any] = {}, *, filter: AnyFilter = None) -> int:
        """Merges attributes into documents, as RFC 7396 says (None removes), and gives their number. Vectors stay."""
        keys = [keys] if isinstance(keys, str) else list(keys)
        return self._engine.amend(keys, text_of(filter), json.dumps(attributes))

    def tune(self, queries: Sequence[str] = (), *, mode: str | None = None) -> dict[str, Any]:
        """Measures which budgets find which share of the exact hits, so that searches can promise it: with these questions, at
        least 40 of a length, or with queries made from documents. Bulk loads do the latter by themselves."""
        return dict(json.loads(self._engine.tune(list(queries), mode)))

    def compact(self) -> None:
        """Gives the space of deleted documents back now."""
        self._engine.compact()

    def name_snapshot(self, name: str) -> None:
        """Keeps the present state readable under a name, through later changes."""
        self._engine.name_snapshot(name)

    def drop_snapshot(self, name: str) -> None:
        """Forgets a named state."""
        self._engine.drop_snapshot(name)

    def snapshots(self) -> list[str]:
        """Names of kept states."""
        return self._engine.snapshots()

    def verify(self) -> list[str]:
        """Reads every byte and gives what is damaged; an empty list when all is well."""
        return self._engine.verify()

    def close(self) -> None:
        """Gives the writer back. Nothing acknowledged needs it; other calls are refused from then on."""
        self._engine.close()

    def __enter__(self) -> Collection:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # Reading: each of these asks the newest state.

    def snapshot(self, name: str | None = None) -> Snapshot:
        """The present state, or a named one, held as it is."""
        return Snapshot(self._engine.view(name))

    def search(self, query: Question, k: int = 10, **how: Any) -> Hits:
        """The best documents: see `Snapshot.search`."""
        return self.snapshot().search(query, k, **how)

    def search_batch(self, queries: Sequence[Question], k: int = 10, **how: Any) -> list[Hits | Exception]:
        """Answers on all cores: see `Snapshot.search_batch`."""
        return self.snapshot().search_batch(queries, k, **how)

    def explain(self, query: Question, key: str, **how: Any) -> Explanation:
        """Why a document has its score: see `Snapshot.explain`."""
        return self.snapshot().explain(query, key, **how)

    def patches(self, query: Question, key: str, rows: int, columns: int, *, first: int = 0) -> Patches:
        """Which patches of a page answer a question: see `Snapshot.patches`."""
        return self.snapshot().patches(query, key, rows, columns, first=first)

    def get(self, key: str, *, vectors: bool = False) -> Document | None:
        """A document, or None."""
        return self.snapshot().get(key, vectors=vectors)

    def keys(self, filter: AnyFilter = None, *, after: str | None = None, limit: int = 1000) -> list[str]:
        """Keys in ascending order, those behind `after`."""
        return self.snapshot().keys(filter, after=after, limit=limit)

    def count(self, filter: AnyFilter = None) -> int:
        """Number of documents, all or those that pass a filter."""
        return self.snapshot().count(filter)

    def values(self, attribute: str | F, filter: AnyFilter = None, *, limit: int = 100) -> Values:
        """The values of an attribute, the most common first."""
        return self.snapshot().values(attribute, filter, limit=limit)

    def info(self) -> dict[str, Any]:
        """Schema, sizes and promises."""
        return self.snapshot().info()

    def exists(self) -> bool:
        """False where the collection waits for its first documents, which decide what it is: nothing can be asked yet."""
        return self._engine.exists()

    def __len__(self) -> int:
        return len(self.snapshot()) if self.exists() else 0

    def __bool__(self) -> bool:
        return True

    def __contains__(self, key: object) -> bool:
        return self.exists() and key in self.snapshot()

    def __iter__(self) -> Iterator[str]:
        return iter(self.snapshot()) if self.exists() else iter(())

    def __repr__(self) -> str:
        return f"Collection({self.path!r})"


def open(
    path: str | os.PathLike[str],
    *,
    create: bool = False,
    dim: int | None = None,
    words: str | None = None,
    language: str | None = None,
    tokens: str | None = None,
    tenants: bool = False,
    model: str | None = None,
    wait: float = 0.0,
) -> Collection:
    """Opens the collection in a folder.

    With `create` one that is not there is made: at once for vectors of `dim` values, else by its first documents, whose texts
    or vectors decide. `words` names an analyzer such as `english-1`, or `none`; `language` is that of the texts, detected where
    it is not named; `tokens` is the code of token vectors: `f16`, `int8`, `int4`, `int2` or `int1`. With `tenants`
    every read and write names a tenant (`Collection.tenant`). `model` is the folder of a
    checkpoint in place of the built-in model. `wait` is how many seconds a write waits for another writer.

    Raises `NotFound` where there is no collection, `Corrupt` where it is damaged, `Unsupported` for one of a newer version.
    """
    said = {"dim": dim, "words": words, "language": language, "tokens": tokens, "tenants": tenants}
    if given := next((name for name, value in said.items() if value and not create), None):
        raise InvalidArgument(f"{given} is for a new collection: pass create=True")
    place = os.fspath(path)
    return Collection(_engine.Engine(place, said if create else None, model, places(), wait), place)


def _question(query: Question, text: str | None) -> tuple[str | None, Rows | None]:
    if isinstance(query, str):
        if text is not None:
            raise InvalidArgument("text is for questions in vectors: the query is a text already")
        return query, None
    return text, rows(query)


def _asking(
    k: int,
    recall: float | None,
    exact: bool,
    filter: AnyFilter,
    mode: str | None,
    alpha: float | None,
    offset: int | None,
    min_score: float | None,
    group_by: str | None,
    group_size: int,
    num_candidates: int | None,
    num_reranked: int | None,
) -> dict[str, Any]:
    return {
        "k": k,
        "recall": recall,
        "exact": exact,
        "num_candidates": num_candidates,
        "num_reranked": num_reranked,
        "filter": text_of(filter),
        "mode": mode,
        "alpha": alpha,
        "offset": offset,
        "min_score": min_score,
        "group_by": group_by,
        "group_size": group_size,
    }


def _json(attributes: Mapping[str, Any] | None) -> str | None:
    return None if attributes is None else json.dumps(dict(attributes), allow_nan=False, ensure_ascii=False)


def _pieces(num_documents: int, flat: Rows | None, offsets: Any) -> Iterator[tuple[int, int]]:
    """Ranges of documents, each with at most so many and so many bytes of vectors, or one."""
    begin = 0
    while begin < num_documents:
        end = min(begin + _CHUNK_DOCUMENTS, num_documents)
        if flat is not None:
            most = offsets[begin] + _CHUNK_BYTES // (4 * max(flat.shape[1], 1))
            end = min(end, max(begin + 1, int(offsets.searchsorted(most, side="right")) - 1))
        yield begin, end
        begin = end


__all__ = ["Collection", "Document", "Snapshot", "Values", "open"]
