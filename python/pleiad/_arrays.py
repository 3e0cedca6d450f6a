"""Arrays of any library as rows of `float32`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, Union

import numpy as np
import numpy.typing as npt

from ._errors import InvalidArgument

Rows = npt.NDArray[np.float32]
ArrayLike: TypeAlias = Any
Sets: TypeAlias = Union[Sequence[ArrayLike], tuple[ArrayLike, ArrayLike], npt.NDArray[Any]]
"""Sets side by side, in the forms that `sets` reads."""


def rows(values: ArrayLike) -> Rows:
    """Rows `[n, dim]` of token vectors: arrays, tensors of torch, anything with DLPack, lists of lists. One vector is one row.

    Contiguous `float32` is taken as it is; the rest is copied.
    """
    array = _array(values)
    if array.ndim == 1 and array.size:
        array = array[None, :]
    if array.ndim != 2:
        raise InvalidArgument(f"a set of vectors has the shape [rows, dim], not {list(array.shape)}")
    return np.ascontiguousarray(array, dtype=np.float32)


def sets(values: Sets) -> tuple[Rows, npt.NDArray[np.int64]]:
    """Sets side by side, as a list of `[n_i, dim]`, one array `[sets, n, dim]`, or `(rows, offsets)`."""
    if isinstance(values, tuple) and len(values) == 2 and _is_offsets(values[1]):
        flat, offsets = rows(values[0]), np.ascontiguousarray(_array(values[1]), dtype=np.int64)
        is_whole = offsets.size > 0 and offsets[0] == 0 and offsets[-1] == len(flat)
        if not is_whole or (np.diff(offsets) < 0).any():
            raise InvalidArgument(
                f"offsets must ascend from 0 to the number of rows, {len(flat)}: one more of them than there are sets"
            )
        return flat, offsets
    each = [rows(one) for one in values]
    if not each:
        raise InvalidArgument("there are no sets of vectors")
    dims = sorted({one.shape[1] for one in each})
    if len(dims) > 1:
        raise InvalidArgument(f"sets of one call have one dimension, not {dims}")
    offsets = np.zeros(len(each) + 1, dtype=np.int64)
    np.cumsum([len(one) for one in each], out=offsets[1:])
    return np.concatenate(each), offsets


def _is_offsets(values: ArrayLike) -> bool:
    array = _array(values)
    return array.ndim == 1 and np.issubdtype(array.dtype, np.integer)


def _array(values: ArrayLike) -> npt.NDArray[Any]:
    if isinstance(values, np.ndarray):
        return values
    if hasattr(values, "detach") and hasattr(values, "cpu"):  # torch, found without importing it
        values = values.detach().cpu()
        if str(getattr(values, "dtype", "")) == "torch.bfloat16":
            values = values.float()
        return np.asarray(values.numpy())
    if hasattr(values, "__dlpack__") and not hasattr(values, "__array__"):
        return np.from_dlpack(values)
    return np.asarray(values)
