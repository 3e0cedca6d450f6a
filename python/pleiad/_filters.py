"""Conditions on attributes: `F("year") >= 2020`, joined by `&`, `|` and `~`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, timezone
from typing import Union

from . import _engine

Scalar = Union[str, int, float, bool, date, datetime]


class Filter:
    """A condition in its string form (see docs/filters.md); `str(filter)` shows it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Reads the string form, or the JSON of a Qdrant filter. Raises `InvalidArgument` that says where it is neither."""
        self._text = _engine.check_filter(text)

    @classmethod
    def _of(cls, text: str) -> Filter:
        made = cls.__new__(cls)
        made._text = text
        return made

    def __and__(self, other: Filter) -> Filter:
        return Filter._of(f"({self._text}) AND ({_filter(other)})")

    def __or__(self, other: Filter) -> Filter:
        return Filter._of(f"({self._text}) OR ({_filter(other)})")

    def __invert__(self) -> Filter:
        return Filter._of(f"NOT ({self._text})")

    def __bool__(self) -> bool:
        raise TypeError("a filter has no truth value: join filters by & and |, not by `and` and `or`")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Filter) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        return _engine.check_filter(self._text)

    def __repr__(self) -> str:
        return f"Filter({str(self)!r})"


class F:
    """An attribute, by its path: `F("year")`, `F("author.name")`, `F("_key")`."""

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = path

    def _compare(self, operator: str, value: Scalar) -> Filter:
        return Filter._of(f"{self._path} {operator} {_literal(value)}")

    def __eq__(self, value: object) -> Filter:  # type: ignore[override]
        if value is None:
            return self.is_empty()
        return self._compare("=", _scalar(value))

    def __ne__(self, value: object) -> Filter:  # type: ignore[override]
        if value is None:
            return ~self.is_empty()
        return self._compare("!=", _scalar(value))

    def __lt__(self, value: Scalar) -> Filter:
        return self._compare("<", value)

    def __le__(self, value: Scalar) -> Filter:
        return self._compare("<=", value)

    def __gt__(self, value: Scalar) -> Filter:
        return self._compare(">", value)

    def __ge__(self, value: Scalar) -> Filter:
        return self._compare(">=", value)

    __hash__ = None  # type: ignore[assignment]

    def isin(self, values: Iterable[Scalar]) -> Filter:
        """One of these values; of none at all, no document."""
        listed = ", ".join(_literal(value) for value in values)
        return Filter._of(f"{self._path} IN ({listed})" if listed else "FALSE")

    def has_all(self, values: Iterable[Scalar]) -> Filter:
        """Each of these values, among those of a list; of none at all, every document."""
        listed = ", ".join(_literal(value) for value in values)
        return Filter._of(f"{self._path} HAS ALL ({listed})" if listed else "TRUE")

    def matches(self, words: str, how: str = "all") -> Filter:
        """The text has these words: `all` of them, `any`, or all in a row as a `phrase`. Case does not count."""
        if how not in ("all", "any", "phrase"):
            raise ValueError(f"how is {how!r}; it is all, any or phrase")
        spelled = "" if how == "all" else how.upper() + " "
        return Filter._of(f"{self._path} MATCHES {spelled}{_literal(words)}")

    def exists(self) -> Filter:
        """The attribute has a value, null included."""
        return Filter._of(f"{self._path} EXISTS")

    def is_empty(self) -> Filter:
        """The attribute is missing, null, or a list of nothing."""
        return Filter._of(f"{self._path} IS EMPTY")

    def startswith(self, begin: str) -> Filter:
        """The text begins like this."""
        return Filter._of(f"{self._path} STARTS WITH {_literal(begin)}")


def text_of(asked: Filter | str | dict[str, object] | None) -> str | None:
    """The form of a filter that the engine reads: a string form or JSON."""
    if asked is None or isinstance(asked, str):
        return asked
    if isinstance(asked, Filter):
        return asked._text
    if isinstance(asked, dict):
        return json.dumps(asked)
    raise TypeError(f"a filter is a Filter, a string or a dict, not {type(asked).__name__}")


def _filter(other: object) -> str:
    if not isinstance(other, Filter):
        raise TypeError(f"a filter is joined with another one, not with {type(other).__name__}")
    return other._text


def _scalar(value: object) -> Scalar:
    if isinstance(value, (str, int, float, bool, date)):
        return value
    item = getattr(value, "item", None)  # scalars of numpy
    if callable(item):
        return _scalar(item())
    raise TypeError(f"an attribute is compared with a string, a number, a truth value or a time, not {type(value).__name__}")


def _literal(value: Scalar) -> str:
    value = _scalar(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if (isinstance(value, float) and value != value) or value in (float("inf"), float("-inf")):
        raise ValueError(f"{value} compares with nothing")
    return json.dumps(value, ensure_ascii=False)
