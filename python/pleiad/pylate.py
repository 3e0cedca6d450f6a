"""An index for PyLate: `retrieve.ColBERT(index=pleiad.pylate.Index())` searches it end to end.

PyLate itself is not imported: the class has the methods that its retriever and its reranker call.
"""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Sequence
from typing import Any

from ._arrays import ArrayLike, Rows, rows
from ._collection import Collection, open
from ._errors import InvalidArgument, NotFound

# The attribute of documents whose ids came as integers.
_INTEGER = "integer_id"

_TOKENS = {1: "int1", 2: "int2", 4: "int4", 8: "int8", 16: "f16"}


class Index:
    """Token vectors of PyLate's models in a folder `index_folder/index_name`, which lasts.

    `nbits` are bits per value of token vectors (1, 2, 4, 8 or 16); `recall` is the share of the exact hits that a search must
    find, `None` for the engine's default. Parameters that only PLAID knows are ignored, with a warning that names them.
    """

    is_end_to_end_index = True

    def __init__(
        self,
        index_folder: str | os.PathLike[str] = "indexes",
        index_name: str = "colbert",
        override: bool = False,
        nbits: int = 4,
        recall: float | None = None,
        **others: Any,
    ) -> None:
        if nbits not in _TOKENS:
            raise InvalidArgument(f"nbits is {nbits}; it is one of {sorted(_TOKENS)}")
        if others:
            warnings.warn(f"ignored, since they mean nothing here: {', '.join(sorted(others))}", stacklevel=2)
        self._place = os.path.join(os.fspath(index_folder), index_name)
        self._recall = recall
        if override and os.path.isdir(self._place):
            open(self._place).close()  # Only a collection is removed.
            shutil.rmtree(self._place)
        os.makedirs(index_folder, exist_ok=True)
        self._collection: Collection = open(self._place, create=True, tokens=_TOKENS[nbits])

    def add_documents(self, documents_ids: str | int | Sequence[str | int], documents_embeddings: ArrayLike, **_: Any) -> Index:
        """Adds documents, or replaces those with the same ids; embeddings are `[tokens, dim]` each."""
        if isinstance(documents_ids, (str, int)):
            documents_ids, documents_embeddings = [documents_ids], [documents_embeddings]
        kind = int if documents_ids and all(isinstance(one, int) for one in documents_ids) else str
        attributes = [{_INTEGER: True} if kind is int else None for _ in documents_ids]
        self._collection.add(list(documents_ids), list(documents_embeddings), attributes=attributes)
        return self

    update_documents = add_documents

    def remove_documents(self, documents_ids: Sequence[str | int]) -> Index:
        """Removes documents; ids that are not there are passed over."""
        self._collection.delete([str(one) for one in documents_ids])
        return self

    def __call__(
        self,
        queries_embeddings: ArrayLike,
        k: int = 10,
        subset: Sequence[str | int] | Sequence[Sequence[str | int]] | None = None,
        **_: Any,
    ) -> list[list[dict[str, Any]]]:
        """The best `k` documents of each query, among those of `subset`: one list for all queries, or one for each."""
        queries = _queries(queries_embeddings)
        allowed: list[Any] = [None] * len(queries)
        if subset is not None:
            is_nested = len(subset) > 0 and not isinstance(subset[0], (str, int))
            allowed = list(subset) if is_nested else [subset] * len(queries)
            if len(allowed) != len(queries):
                raise InvalidArgument(f"there are {len(queries)} queries and {len(allowed)} subsets")
        if not self._collection.exists():
            return [[] for _ in queries]
        state = self._collection.snapshot()
        if subset is None:
            found = state.search_batch(queries, k, recall=self._recall)
        else:
            found = [state.search(query, k, recall=self._recall, filter=_among(keys)) for query, keys in zip(queries, allowed)]
        answers = []
        for hits in found:
            if isinstance(hits, Exception):
                raise hits
            answers.append([{"id": self._id(hit.key, hit.attributes), "score": hit.score} for hit in hits])
        return answers

    def get_documents_embeddings(self, documents_ids: Sequence[Sequence[str | int]]) -> list[list[Rows]]:
        """Token vectors as the codes keep them, in the shape of the ids. Raises `NotFound` for an id that is not there."""
        state = self._collection.snapshot()
        return [[self._embedding(state.get(str(one), vectors=True), one) for one in ids] for ids in documents_ids]

    def close(self) -> None:
        """Gives the writer back."""
        self._collection.close()

    @staticmethod
    def _embedding(document: Any, key: str | int) -> Rows:
        if document is None or document.vectors is None:
            raise NotFound(f"there is no document {key!r} in this index")
        vectors: Rows = document.vectors
        return vectors

    @staticmethod
    def _id(key: str, attributes: dict[str, Any]) -> str | int:
        return int(key) if attributes.get(_INTEGER) else key


def _queries(embeddings: ArrayLike) -> list[Rows]:
    """A list of `[tokens, dim]`, an array of three dimensions, or one query of two."""
    if getattr(embeddings, "ndim", None) == 2:
        return [rows(embeddings)]
    return [rows(one) for one in embeddings]


def _among(keys: Sequence[str | int]) -> str:
    listed = ", ".join(json.dumps(str(key), ensure_ascii=False) for key in keys)
    return f"_key IN ({listed})" if listed else "FALSE"
