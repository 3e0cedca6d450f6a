"""LangChain: a vector store and a retriever over a collection of texts, which has its own model.

`pip install pleiad[langchain]` brings `langchain-core`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore

from . import _frameworks
from ._collection import AnyFilter, Collection, open
from ._errors import InvalidArgument
from ._hits import Hit

_OWN_MODEL = "a collection reads texts with its own model, which gives one vector per token: {} is of no use to it"


class PleiadVectorStore(VectorStore):
    """Documents of LangChain in a collection: ids are keys, metadata are attributes.

    Metadata has to be JSON, and its names must not begin with an underscore. `filter` of any search is a condition on it, in
    any spelling; other keywords (`recall`, `mode`, `alpha`, `group_by` ...) are those of `Snapshot.search`.
    """

    def __init__(self, collection: Collection) -> None:
        self.collection = collection

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings | None = None,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        path: str | None = None,
        **settings: Any,
    ) -> PleiadVectorStore:
        """Opens the collection at `path`, or makes one with the settings of `pleiad.open`, and adds texts.

        Raises `InvalidArgument` for an `embedding`: the collection has its own model.
        """
        if embedding is not None:
            raise InvalidArgument(_OWN_MODEL.format("an embedding") + "; pass embedding=None")
        if path is None:
            raise InvalidArgument("path is missing: the folder of the collection")
        store = cls(open(path, create=True, **settings))
        store.add_texts(texts, metadatas, ids=ids)
        return store

    @property
    def embeddings(self) -> None:
        """None: the collection has its own model."""
        return None

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: Sequence[str | None] | None = None,
        **_: Any,
    ) -> list[str]:
        """Adds texts, or replaces those with the same ids, and gives their ids; they are durable and found then."""
        texts = list(texts)
        for name, given in (("metadatas", metadatas), ("ids", ids)):
            if given is not None and len(given) != len(texts):
                raise InvalidArgument(f"there are {len(texts)} texts and {len(given)} {name}: one for each text")
        keys = [key or str(uuid.uuid4()) for key in (ids or [None] * len(texts))]
        if keys:
            self.collection.add(keys, texts=texts, attributes=metadatas)
        return keys

    def delete(self, ids: list[str] | None = None, **_: Any) -> bool:
        """Deletes documents by their ids, or all of them; ids that are not there are passed over."""
        if ids is None:
            _frameworks.delete(self.collection, filter=_frameworks.EVERYTHING)
        else:
            _frameworks.delete(self.collection, ids)
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """The documents that are there, in the order of the ids."""
        if not self.collection.exists():
            return []
        state = self.collection.snapshot()
        found = [state.get(key) for key in ids]
        return [_document(one.key, one.text, one.attributes) for one in found if one is not None]

    def similarity_search(self, query: str, k: int = 4, filter: AnyFilter = None, **how: Any) -> list[Document]:
        """The best `k` documents."""
        return [document for document, _ in self.similarity_search_with_score(query, k, filter, **how)]

    def similarity_search_with_score(
        self, query: str, k: int = 4, filter: AnyFilter = None, **how: Any
    ) -> list[tuple[Document, float]]:
        """The best `k` documents with their scores: higher is better."""
        return _scored(self.collection, query, k, filter, how)

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        # Shares of a fused score add up to 1, and each part is a cosine, or a part of what the words could give at most.
        schema = self.collection.info()["schema"] if self.collection.exists() else {}
        if not (schema.get("words") and schema.get("encoder")):
            raise NotImplementedError(
                "scores of this collection have no upper bound: only fused scores of vectors and words, the default of "
                "collections of texts, lie between 0 and 1"
            )
        return lambda score: min(max(score, 0.0), 1.0)

    def similarity_search_by_vector(self, embedding: list[float], k: int = 4, **_: Any) -> list[Document]:
        """Not possible: there is no single vector of a text. Ask `collection` with rows of token vectors."""
        raise NotImplementedError(_OWN_MODEL.format("one vector of a text") + "; collection.search takes rows of token vectors")

    def max_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **_: Any
    ) -> list[Document]:
        """Not possible: it takes one vector per document. `group_by` of a search is a way to different documents."""
        raise NotImplementedError(
            "max_marginal_relevance_search compares documents by one vector of each, which there is not: "
            "pass group_by=ATTRIBUTE to similarity_search for hits of different groups"
        )


class PleiadRetriever(BaseRetriever):
    """The best documents of a collection, with everything that its searches take."""

    collection: Any
    """A `pleiad.Collection` or a `pleiad.Snapshot`."""
    k: int = 4
    filter: Any = None
    """A condition on metadata, in any spelling."""
    mode: str | None = None
    """`hybrid`, `vectors` or `words`."""
    alpha: float | None = None
    recall: float | None = None
    group_by: str | None = None
    group_size: int = 1

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        names = ("mode", "alpha", "recall", "group_by", "group_size")
        scored = _scored(self.collection, query, self.k, self.filter, {name: getattr(self, name) for name in names})
        return [document for document, _ in scored]


def _scored(collection: Collection, query: str, k: int, filter: AnyFilter, how: dict[str, Any]) -> list[tuple[Document, float]]:
    hits: Iterable[Hit] = _frameworks.search(collection, query, k, filter=filter, **how) or ()
    return [(_document(hit.key, hit.text, hit.attributes), hit.score) for hit in hits]


def _document(key: str, text: str | None, attributes: dict[str, Any]) -> Document:
    return Document(id=key, page_content=text or "", metadata=attributes)
