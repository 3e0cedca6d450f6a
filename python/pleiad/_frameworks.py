"""Common ground of the classes for frameworks: names of attributes as paths, and answers before the first document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ._collection import AnyFilter, Collection, Document
from ._filters import F, Filter
from ._hits import Hits

NOTHING = Filter("FALSE")
EVERYTHING = Filter("TRUE")


def attribute(*names: str) -> F:
    """The attribute below these names, whatever characters they have."""
    return F(".".join("`" + name.replace("`", "``") + "`" for name in names))


def all_of(filters: Sequence[Filter]) -> Filter:
    """What passes each of the filters; of none, everything."""
    return _joined(filters, " AND ", EVERYTHING)


def any_of(filters: Sequence[Filter]) -> Filter:
    """What passes one of the filters; of none, nothing."""
    return _joined(filters, " OR ", NOTHING)


def _joined(filters: Sequence[Filter], by: str, empty: Filter) -> Filter:
    return Filter(by.join(f"({one})" for one in filters)) if filters else empty


def search(collection: Collection, query: str, k: int, **how: Any) -> Hits | None:
    """The hits, or None where no document was ever added, or the question has no word that could be looked for."""
    if not collection.exists() or not query.strip():
        return None
    return collection.search(query, k, **how)


def documents(collection: Collection, filter: AnyFilter = None) -> Iterator[Document]:
    """The documents of one state that pass a filter, in the order of their keys, page by page."""
    if not collection.exists():
        return
    state, after = collection.snapshot(), None
    while page := state.keys(filter, after=after, limit=1000):
        for key in page:
            document = state.get(key)
            assert document is not None, "a key of this state"
            yield document
        after = page[-1]


def delete(collection: Collection, keys: Sequence[str] = (), filter: AnyFilter = None) -> int:
    """Deletes by keys or by a filter, and gives the number of documents that are gone."""
    return collection.delete(keys, filter=filter) if collection.exists() else 0
