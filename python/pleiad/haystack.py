"""Haystack: a document store and a retriever over a collection of texts, which has its own model.

`pip install pleiad[haystack]` brings `haystack-ai`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from haystack import Document, component, default_from_dict, default_to_dict
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.document_stores.types import DuplicatePolicy
from haystack.errors import FilterError

from . import _frameworks
from ._collection import open
from ._errors import Conflict, InvalidArgument
from ._filters import F, Filter
from ._frameworks import NOTHING, all_of, any_of, attribute
from ._hits import Hit

# The attribute that holds what a document has beside its content and its meta.
_REST = "haystack"

_POLICIES = {
    DuplicatePolicy.NONE: "fail",
    DuplicatePolicy.FAIL: "fail",
    DuplicatePolicy.SKIP: "skip",
    DuplicatePolicy.OVERWRITE: "replace",
}


class PleiadDocumentStore:
    """Documents of Haystack in the collection of a folder: ids are keys, `meta` are attributes.

    The settings of a new collection are those of `pleiad.open`. The collection's model reads the contents; embeddings are given
    back as they came, and nothing searches them. `DuplicatePolicy.NONE` fails, as in Haystack's own store, and a list as a
    whole. Names of `meta` must not begin with an underscore, and `haystack` is taken.
    """

    def __init__(self, path: str, **settings: Any) -> None:
        self._path, self._settings = path, settings
        self.collection = open(path, create=True, **settings)

    def to_dict(self) -> dict[str, Any]:
        """The path and the settings."""
        return dict(default_to_dict(self, path=self._path, **self._settings))

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> PleiadDocumentStore:
        """Opens the store that `to_dict` told of."""
        store: PleiadDocumentStore = default_from_dict(cls, data)
        return store

    def close(self) -> None:
        """Gives the writer of the collection back."""
        self.collection.close()

    # Documents

    def count_documents(self) -> int:
        """Number of documents."""
        return len(self.collection)

    def count_documents_by_filter(self, filters: dict[str, Any]) -> int:
        """Number of documents that pass the filters."""
        return self.collection.count(_filter(filters)) if self.collection.exists() else 0

    def filter_documents(self, filters: dict[str, Any] | None = None) -> list[Document]:
        """The documents that pass the filters, in the order of their ids."""
        found = _frameworks.documents(self.collection, _filter(filters))
        return [_document(one.key, one.text, one.attributes) for one in found]

    def write_documents(self, documents: list[Document], policy: DuplicatePolicy = DuplicatePolicy.NONE) -> int:
        """Writes documents, durably, and gives their number. Raises `DuplicateDocumentError` as the policy says."""
        if not isinstance(documents, list) or not all(isinstance(one, Document) for one in documents):
            raise ValueError("documents is not a list of haystack.Document")
        if not documents:
            return 0
        on_conflict, keys = _POLICIES[policy], [one.id for one in documents]
        # What is the same as before is no conflict for a collection, and is one for Haystack.
        if on_conflict == "fail" and self.collection.exists():
            state = self.collection.snapshot()
            if there := [key for key in keys if key in state]:
                raise DuplicateDocumentError(f"document {there[0]!r} is there already")
        texts = [one.content for one in documents]
        try:
            counts = self.collection.add(
                keys, texts=texts, attributes=[_attributes(one) for one in documents], on_conflict=on_conflict
            )
        except Conflict as error:
            if "expected to be absent" not in str(error):
                raise
            raise DuplicateDocumentError(str(error)) from error
        return len(documents) - counts["num_kept"]

    def delete_documents(self, document_ids: list[str]) -> None:
        """Deletes documents; ids that are not there are passed over."""
        _frameworks.delete(self.collection, document_ids)

    def delete_all_documents(self) -> None:
        """Deletes every document."""
        _frameworks.delete(self.collection, filter=_frameworks.EVERYTHING)

    def delete_by_filter(self, filters: dict[str, Any]) -> int:
        """Deletes the documents that pass the filters, and gives their number."""
        return _frameworks.delete(self.collection, filter=_filter(filters))

    def update_by_filter(self, filters: dict[str, Any], meta: dict[str, Any]) -> int:
        """Merges into the meta of the documents that pass the filters, and gives their number; None removes a field."""
        return self.collection.amend(attributes=meta, filter=_filter(filters)) if self.collection.exists() else 0

    # Fields of meta

    def get_metadata_fields_info(self) -> dict[str, dict[str, str]]:
        """The fields of meta with their types. Cost: every document is read."""
        kinds: dict[str, set[str]] = {}
        for document in self.filter_documents():
            for name, value in document.meta.items():
                kinds.setdefault(name, set()).add(_kind(value))
        return {name: {"type": " | ".join(sorted(found))} for name, found in sorted(kinds.items())}

    def get_metadata_field_min_max(self, metadata_field: str) -> dict[str, Any]:
        """The least and the greatest value of a field; None where it has none."""
        if not self.collection.exists():
            return {"min": None, "max": None}
        found = self.collection.values(_field(metadata_field), limit=1)
        return {"min": found.min, "max": found.max}

    def get_metadata_field_unique_values(
        self,
        metadata_field: str,
        search_term: str | None = None,
        from_: int = 0,
        size: int | None = 10,
        filters: dict[str, Any] | None = None,
    ) -> tuple[list[Any], int]:
        """Different values of a field, in order, and their number; `search_term` is a part of them in any case.

        Cost: documents with the field are read, since the collection takes 1 and 1.0 for one value.
        """
        path = _field(metadata_field)
        there = path.exists() & _condition(filters) if filters else path.exists()
        values: dict[tuple[str, Any], Any] = {}
        for one in _frameworks.documents(self.collection, there):
            for value in _values(one.attributes, metadata_field.removeprefix("meta.").split(".")):
                if value is not None and (search_term is None or search_term.casefold() in str(value).casefold()):
                    values[_kind(value), value] = value
        ordered = [values[key] for key in sorted(values, key=lambda key: (key[0], key[1]))]
        return ordered[from_ : None if size is None else from_ + size], len(ordered)

    def count_unique_metadata_by_filter(self, filters: dict[str, Any], metadata_fields: list[str]) -> dict[str, int]:
        """Numbers of different values of fields among the documents that pass the filters."""
        found = [self.get_metadata_field_unique_values(name, filters=filters, size=0)[1] for name in metadata_fields]
        return dict(zip((name.removeprefix("meta.") for name in metadata_fields), found))


@component
class PleiadRetriever:
    """The best documents of a store for a text. `how` are parameters of `Snapshot.search`, such as `recall` or `group_by`."""

    def __init__(
        self,
        document_store: PleiadDocumentStore,
        filters: dict[str, Any] | None = None,
        top_k: int = 10,
        how: dict[str, Any] | None = None,
    ) -> None:
        self.document_store, self.filters, self.top_k, self.how = document_store, filters, top_k, how

    def to_dict(self) -> dict[str, Any]:
        """The store and the parameters."""
        store = self.document_store.to_dict()
        return dict(default_to_dict(self, document_store=store, filters=self.filters, top_k=self.top_k, how=self.how))

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> PleiadRetriever:
        """Makes the component that `to_dict` told of."""
        given = dict(data["init_parameters"])
        if isinstance(given["document_store"], dict):
            given["document_store"] = PleiadDocumentStore.from_dict(given["document_store"])
        return cls(**given)

    @component.output_types(documents=list[Document])
    def run(self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None) -> dict[str, list[Document]]:
        """The best documents with their scores: higher is better. `filters` and `top_k` stand in for those of the component."""
        condition = _filter(self.filters if filters is None else filters)
        k = self.top_k if top_k is None else top_k
        hits: Iterable[Hit] = (
            _frameworks.search(self.document_store.collection, query, k, filter=condition, **(self.how or {})) or ()
        )
        return {"documents": [_document(hit.key, hit.text, hit.attributes, hit.score) for hit in hits]}


def _attributes(document: Document) -> dict[str, Any]:
    """The meta of a document, and under one name what else it has."""
    rest: dict[str, Any] = {}
    if document.content is None:
        rest["is_empty"] = True
    if document.embedding is not None:
        rest["embedding"] = base64.b64encode(np.asarray(document.embedding, dtype="<f8").tobytes()).decode()
    for name in ("blob", "sparse_embedding"):
        if (value := getattr(document, name)) is not None:
            rest[name] = json.dumps(value.to_dict())
    return {**document.meta, _REST: rest} if rest else dict(document.meta)


def _document(key: str, text: str | None, attributes: dict[str, Any], score: float | None = None) -> Document:
    rest = attributes.pop(_REST, {})
    fields = {name: json.loads(rest[name]) for name in ("blob", "sparse_embedding") if name in rest}
    if "embedding" in rest:
        fields["embedding"] = np.frombuffer(base64.b64decode(rest["embedding"]), dtype="<f8").tolist()
    content = None if rest.get("is_empty") else text or ""
    return Document.from_dict({"id": key, "content": content, "meta": attributes, "score": score, **fields})


def _values(value: Any, names: list[str]) -> Iterable[Any]:
    """The scalars below names, of lists each one."""
    if isinstance(value, list):
        for one in value:
            yield from _values(one, names)
    elif not names:
        yield None if isinstance(value, dict) else value
    elif isinstance(value, dict) and names[0] in value:
        yield from _values(value[names[0]], names[1:])


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return {int: "long", float: "float", str: "keyword", list: "list"}.get(type(value), "object")


def _field(name: str) -> F:
    special = {"id": "_key", "content": "_text"}.get(name)
    return F(special) if special else attribute(*name.removeprefix("meta.").split("."))


def _filter(filters: dict[str, Any] | None) -> Filter | None:
    return _condition(filters) if filters else None


def _condition(filters: Any) -> Filter:
    needed = ("field", "operator", "value") if isinstance(filters, dict) and "field" in filters else ("operator", "conditions")
    if not isinstance(filters, dict) or (lacking := [name for name in needed if name not in filters]):
        raise FilterError(f"{filters!r} lacks {lacking[0]!r}" if isinstance(filters, dict) else f"{filters!r} is no filter")
    known: dict[str, Any] = _COMPARISONS if "field" in filters else _LOGIC
    operator = filters["operator"]
    if operator not in known:
        raise FilterError(f"operator {operator!r} is unknown; known: {', '.join(known)}")
    try:
        if "field" in filters:
            made: Filter = known[operator](_field(filters["field"]), filters["value"])
        else:
            made = known[operator]([_condition(one) for one in filters["conditions"]])
        str(made)  # What the engine refuses is refused here.
    except (InvalidArgument, TypeError) as error:
        raise FilterError(f"{filters!r}: {error}") from error
    return made


def _ordered(operator: str) -> Callable[[F, Any], Filter]:
    return lambda path, value: NOTHING if value is None else path._compare(operator, value)


def _listed(path: F, value: Any) -> Filter:
    if not isinstance(value, list):
        raise FilterError(f"in and not in take a list, not {value!r}")
    some = path.isin([one for one in value if one is not None])
    return some | path.is_empty() if None in value else some


_COMPARISONS: dict[str, Callable[[F, Any], Filter]] = {
    "==": lambda path, value: path == value,
    "!=": lambda path, value: path != value,
    ">": _ordered(">"),
    ">=": _ordered(">="),
    "<": _ordered("<"),
    "<=": _ordered("<="),
    "in": _listed,
    "not in": lambda path, value: ~_listed(path, value),
}

_LOGIC: dict[str, Callable[[list[Filter]], Filter]] = {
    "AND": all_of,
    "OR": any_of,
    "NOT": lambda each: ~all_of(each),
}
