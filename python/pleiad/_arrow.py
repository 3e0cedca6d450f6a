"""Columns as a stream of Arrow's C interface, for whatever reads it: pyarrow, polars, DuckDB, pandas 3.

The structures are those of https://arrow.apache.org/docs/format/CStreamInterface.html. No library of Arrow takes part.
"""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ._errors import InvalidArgument

_NULLABLE = 2

_Release = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class _Schema(ctypes.Structure):
    pass


class _Array(ctypes.Structure):
    pass


_Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_Schema))),
    ("dictionary", ctypes.POINTER(_Schema)),
    ("release", _Release),
    ("private_data", ctypes.c_void_p),
]

_Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
    ("dictionary", ctypes.POINTER(_Array)),
    ("release", _Release),
    ("private_data", ctypes.c_void_p),
]

_Next = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_LastError = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p)


class _Stream(ctypes.Structure):
    _fields_ = [
        ("get_schema", _Next),
        ("get_next", _Next),
        ("get_last_error", _LastError),
        ("release", _Release),
        ("private_data", ctypes.c_void_p),
    ]


# What the structures point to, by the number in `private_data`, until their consumer releases them.
_held: dict[int, Any] = {}
_numbers = itertools.count(1)


def _hold(*things: Any) -> int:
    number = next(_numbers)
    _held[number] = things
    return number


def _releaser(kind: type[ctypes.Structure]) -> Any:
    def release(address: int) -> None:
        one: Any = kind.from_address(address)
        for at in range(getattr(one, "n_children", 0)):
            child = one.children[at]
            if child.contents.release:  # Consumers may take a child over, and leave none here.
                child.contents.release(ctypes.cast(child, ctypes.c_void_p))
        _held.pop(one.private_data, None)
        one.release = _Release()

    return _Release(release)


_release_schema, _release_array, _release_stream = _releaser(_Schema), _releaser(_Array), _releaser(_Stream)

_capsule_new = ctypes.pythonapi.PyCapsule_New
_capsule_new.restype, _capsule_new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype, _capsule_pointer.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p]

_STREAM = b"arrow_array_stream"


def _destroy(capsule: int) -> None:
    """Releases a stream that nobody took out of its capsule, and gives the memory of its structure back."""
    address = _capsule_pointer(capsule, _STREAM)
    stream = _Stream.from_address(address)
    if stream.release:
        stream.release(address)
    _held.pop(address, None)


_destructor = _Release(_destroy)


class Column:
    """A name with strings, some of which may be missing, or with 32-bit floats."""

    def __init__(self, name: str, values: Sequence[str | None] | npt.NDArray[np.float32]) -> None:
        self.name, self.num_missing = name, 0
        buffers: list[npt.NDArray[Any] | None]
        if isinstance(values, np.ndarray):
            self.format, buffers = b"f", [None, np.ascontiguousarray(values, np.float32)]
        else:
            encoded = [b"" if value is None else value.encode() for value in values]
            offsets = np.zeros(len(encoded) + 1, np.int64)
            np.cumsum([len(one) for one in encoded], out=offsets[1:])
            is_there = np.array([value is not None for value in values], bool)
            self.num_missing = int((~is_there).sum())
            valid = np.packbits(is_there, bitorder="little") if self.num_missing else None
            self.format, buffers = b"U", [valid, offsets, np.frombuffer(b"".join(encoded), np.uint8)]
        self.length, self.buffers = len(values), buffers

    def schema(self) -> _Schema:
        """Its type. The consumer releases it."""
        name = self.name.encode()
        number = _hold(name, self.format)
        flags = _NULLABLE if self.format == b"U" else 0
        return _Schema(format=self.format, name=name, flags=flags, release=_release_schema, private_data=number)

    def array(self) -> _Array:
        """Its values, not copied. The consumer releases them."""
        addresses = [None if one is None else one.ctypes.data for one in self.buffers]
        pointers = (ctypes.c_void_p * len(addresses))(*addresses)
        return _Array(
            length=self.length,
            null_count=self.num_missing,
            n_buffers=len(addresses),
            buffers=pointers,
            release=_release_array,
            private_data=_hold(pointers, self.buffers),
        )


def stream(columns: Sequence[Column]) -> Any:
    """A capsule `arrow_array_stream` of one batch."""
    length = columns[0].length if columns else 0
    if any(column.length != length for column in columns):
        raise InvalidArgument("columns of one table have one length")
    batches = iter([length])

    def get_schema(_: int, out: int) -> int:
        children = [column.schema() for column in columns]
        pointers = (ctypes.POINTER(_Schema) * len(children))(*map(ctypes.pointer, children))
        made = _Schema(format=b"+s", name=b"", n_children=len(children), children=pointers, release=_release_schema)
        made.private_data = _hold(children, pointers)
        ctypes.memmove(out, ctypes.addressof(made), ctypes.sizeof(_Schema))
        return 0

    def get_next(_: int, out: int) -> int:
        if next(batches, None) is None:
            ctypes.memset(out, 0, ctypes.sizeof(_Array))  # A released array is the end.
            return 0
        children = [column.array() for column in columns]
        pointers = (ctypes.POINTER(_Array) * len(children))(*map(ctypes.pointer, children))
        none = (ctypes.c_void_p * 1)(None)
        made = _Array(length=length, n_buffers=1, n_children=len(children), buffers=none, children=pointers)
        made.release, made.private_data = _release_array, _hold(children, pointers, none)
        ctypes.memmove(out, ctypes.addressof(made), ctypes.sizeof(_Array))
        return 0

    calls = {"get_schema": _Next(get_schema), "get_next": _Next(get_next), "get_last_error": _LastError(lambda _: None)}
    made = _Stream(**calls, release=_release_stream, private_data=_hold(calls, columns))
    address = ctypes.addressof(made)
    _held[address] = made
    return _capsule_new(address, _STREAM, ctypes.cast(_destructor, ctypes.c_void_p))
