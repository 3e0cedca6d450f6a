"""Sentence Transformers: a collection beside a multi-vector model, `MultiVectorEncoder`.

The package itself is not imported: the model is anything with `encode_query` and `encode_document`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, overload

import numpy as np

from ._arrays import Rows, rows
from ._collection import Collection
from ._errors import InvalidArgument
from ._hits import Hits


class MultiVectorModel(Protocol):
    """What is asked of a model."""

    def encode_query(self, inputs: Any, *, convert_to_numpy: bool) -> Any: ...
    def encode_document(self, inputs: Any, *, batch_size: int, convert_to_numpy: bool) -> Any: ...


class Retriever:
    """Texts in, ranked hits out, with the token vectors of a model.

    Scores are those of `model.similarity`: MaxSim, divided by the number of query tokens where the model's `similarity_fn_name`
    is `meanmaxsim`. They are exact on the stored codes; `pleiad.open(..., tokens="f16")` keeps three digits of them.
    """

    def __init__(self, model: MultiVectorModel, collection: Collection) -> None:
        name = str(getattr(model, "similarity_fn_name", "maxsim"))
        if name not in ("maxsim", "meanmaxsim"):
            raise InvalidArgument(f"similarity_fn_name is {name!r}; it is maxsim or meanmaxsim")
        self.model, self.collection = model, collection
        self._is_mean = name == "meanmaxsim"

    def add(
        self,
        documents: Sequence[str] | Mapping[str, str],
        *,
        keys: Sequence[str] | None = None,
        attributes: Sequence[Mapping[str, Any] | None] | None = None,
        batch_size: int = 32,
        on_conflict: str = "replace",
    ) -> dict[str, int]:
        """Encodes texts and adds them with their vectors, as `Collection.add` does.

        `documents` are texts by their keys, or texts with `keys` beside them. Without keys they are numbered from the number of
        documents that there are.
        """
        if isinstance(documents, Mapping):
            keys, documents = list(documents), list(documents.values())
        elif keys is None:
            begin = len(self.collection)
            keys = [str(number) for number in range(begin, begin + len(documents))]
        vectors = self.model.encode_document(list(documents), batch_size=batch_size, convert_to_numpy=True)
        return self.collection.add(keys, list(vectors), texts=documents, attributes=attributes, on_conflict=on_conflict)

    @overload
    def search(self, queries: str, k: int = 10, *, mode: str = "vectors", **how: Any) -> Hits: ...
    @overload
    def search(self, queries: Sequence[str], k: int = 10, *, mode: str = "vectors", **how: Any) -> list[Hits]: ...
    def search(self, queries: str | Sequence[str], k: int = 10, *, mode: str = "vectors", **how: Any) -> Hits | list[Hits]:
        """The best `k` documents of a question, or of each of several in one state of the collection.

        Other parameters are those of `Snapshot.search`. With `mode="hybrid"` the words of the question count too.
        """
        one = isinstance(queries, str)
        texts = [queries] if isinstance(queries, str) else list(queries)
        asked = [self._scaled(vectors) for vectors in self.model.encode_query(texts, convert_to_numpy=True)]
        state = self.collection.snapshot()
        of = dict(how, mode=mode)
        found = [
            state.search(vectors, k, text=None if mode == "vectors" else text, **of) for vectors, text in zip(asked, texts)
        ]
        return found[0] if one else found

    def _scaled(self, vectors: Any) -> Rows:
        """Rows whose MaxSim is the model's similarity: a sum of products is divided by dividing one side of them."""
        query = rows(vectors)
        return query / np.float32(len(query)) if self._is_mean and len(query) else query
