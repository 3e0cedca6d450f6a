"""Models that turn texts into token vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from . import _engine
from ._arrays import Rows
from ._settings import places


class Encoder:
    """A late-interaction model. Threads may share it."""

    def __init__(self, engine: _engine.TextEncoder) -> None:
        self._engine = engine

    @classmethod
    def load(cls, model: str | None = None) -> Encoder:
        """Opens the folder of a checkpoint, or the model that is part of the package.

        Raises `NotFound` and `Unsupported` for what cannot be had or read.
        """
        return cls(_engine.TextEncoder(model, places()))

    @property
    def id(self) -> str:
        """The identity of the model: vectors of another one mean something else."""
        return self._engine.id

    @property
    def dim(self) -> int:
        """Values per vector."""
        return self._engine.dim

    # A string is a sequence of strings too: the first overload is the one that counts.
    @overload
    def encode_query(self, inputs: str) -> Rows: ...  # type: ignore[overload-overlap]
    @overload
    def encode_query(self, inputs: Sequence[str]) -> list[Rows]: ...
    def encode_query(self, inputs: str | Sequence[str]) -> Rows | list[Rows]:
        """Token vectors `[tokens, dim]` of a question, or a list of them."""
        if isinstance(inputs, str):
            return self._engine.encode_query(inputs)
        return [self._engine.encode_query(text) for text in inputs]

    @overload
    def encode_document(self, inputs: str) -> Rows: ...  # type: ignore[overload-overlap]
    @overload
    def encode_document(self, inputs: Sequence[str]) -> list[Rows]: ...
    def encode_document(self, inputs: str | Sequence[str]) -> Rows | list[Rows]:
        """Token vectors `[tokens, dim]` of a text, or a list of them, on all cores."""
        if isinstance(inputs, str):
            return self._engine.encode_documents([inputs])[0]
        return self._engine.encode_documents(list(inputs))

    def __repr__(self) -> str:
        return f"Encoder(id={self.id!r}, dim={self.dim})"
