"""Pages of images: 1,030 rows of 128 values, of which 32 x 32 are patches; and hits as columns of Arrow."""

from __future__ import annotations

import ctypes
import gc
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import maxsim

import pleiad
from pleiad import _arrow


def test_a_page_is_stored_searched_and_explained_as_patches(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pages = rng.standard_normal((12, 1030, 128)).astype(np.float32)
    pages /= np.linalg.norm(pages, axis=2, keepdims=True)
    # Three tokens meet patches (2, 3), (2, 3) and (31, 0) of page 5, a fourth one a row of the instruction.
    query = pages[5][[2 * 32 + 3, 2 * 32 + 3, 31 * 32, 1027]] + 0.02 * rng.standard_normal((4, 128)).astype(np.float32)
    with pleiad.open(tmp_path / "pages", create=True, dim=128) as collection:
        collection.add([f"page-{number}" for number in range(12)], pages)
        hits = collection.search(query, k=3)
        assert hits.keys[0] == "page-5" and hits[0].score == pytest.approx(maxsim(query, pages[5]), rel=0.02)
        found = collection.patches(query, "page-5", 32, 32)
        assert found.score == pytest.approx(hits[0].score, abs=1e-3)
        assert sorted(zip(*np.nonzero(found.shares))) == [(2, 3), (31, 0)]
        assert found.shares[2, 3] > 1.5 * found.shares[31, 0]
        assert found.outside > 0.9 and found.similarity.shape == (4, 32, 32)
        svg = found.to_svg(image="page.png", token=0)
        assert svg.count("<rect") == 1024 and 'href="page.png"' in svg and svg.count("stroke=") == 2
        assert "beside the grid" in found._repr_html_()
        with pytest.raises(pleiad.InvalidArgument, match="takes 1,056 rows"):
            collection.patches(query, "page-5", 33, 32)
        with pytest.raises(pleiad.NotFound, match="page-99"):
            collection.patches(query, "page-99", 32, 32)
        with pytest.raises(pleiad.InvalidArgument, match="is a text"):
            collection.patches("a question", "page-5", 32, 32)


def read(capsule: Any) -> dict[str, list[Any]]:
    """The table of a stream, read as the specification says, by pointers alone."""
    address = _arrow._capsule_pointer(id(capsule), b"arrow_array_stream")
    stream = _arrow._Stream.from_address(address)
    schema, array, end = _arrow._Schema(), _arrow._Array(), _arrow._Array()
    assert stream.get_schema(address, ctypes.addressof(schema)) == 0
    assert stream.get_next(address, ctypes.addressof(array)) == 0
    assert stream.get_next(address, ctypes.addressof(end)) == 0 and not end.release
    assert schema.format == b"+s" and schema.n_children == array.n_children
    table = {}
    for at in range(schema.n_children):
        of, column = schema.children[at].contents, array.children[at].contents
        valid = column.buffers[0]
        is_there = [
            valid is None or ctypes.string_at(valid + row // 8, 1)[0] >> row % 8 & 1 == 1 for row in range(column.length)
        ]
        if of.format == b"f":
            values: list[Any] = list((ctypes.c_float * column.length).from_address(column.buffers[1]))
        else:
            assert of.format == b"U"
            offsets = (ctypes.c_int64 * (column.length + 1)).from_address(column.buffers[1])
            text = ctypes.string_at(column.buffers[2], offsets[column.length])
            values = [text[offsets[row] : offsets[row + 1]].decode() for row in range(column.length)]
        assert column.null_count == is_there.count(False)
        table[of.name.decode()] = [value if there else None for value, there in zip(values, is_there)]
    for one in (array, schema, stream):
        one.release(ctypes.addressof(one))
    return table


def test_hits_are_columns_of_arrow(tmp_path: Path) -> None:
    with pleiad.open(tmp_path / "c", create=True, language="en") as collection:
        attributes = [{"year": 2020}, {"tag": ["ü", None]}, None]
        collection.add(["a", "b", "ç"], texts=["Storks nest", "Störche nisten", "storks"], attributes=attributes)
        hits = collection.search("storks")
        held = len(_arrow._held)
        table = read(hits.__arrow_c_stream__())
        assert table["key"] == hits.keys and table["score"] == hits.scores.tolist()
        assert table["text"] == [hit.text for hit in hits]
        assert [json.loads(one) for one in table["attributes"]] == [hit.attributes for hit in hits]
        empty = collection.search("storks", filter="FALSE")
        assert read(empty.__arrow_c_stream__()) == {"key": [], "score": [], "text": [], "attributes": []}
        del table
        hits.__arrow_c_stream__()  # Nobody takes it.
        gc.collect()
        assert len(_arrow._held) == held, "what was released is not kept"


def test_missing_strings_are_missing() -> None:
    values = ["a", None, "", "ünï", None, "f", "g", "h", None, "j"]
    assert read(_arrow.stream([_arrow.Column("x", values)])) == {"x": values}
    with pytest.raises(pleiad.InvalidArgument, match="one length"):
        _arrow.stream([_arrow.Column("x", ["a"]), _arrow.Column("y", [])])
