"""Lists that another program printed into a cell."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.readers.windows.values.quoted_list import list_at, quoted_list

TEXTS = st.lists(st.text(max_size=20), min_size=1, max_size=23)


@given(TEXTS)
def test_as_python_prints_it(values: list[str]) -> None:
    assert quoted_list(str(values)) == [
        value.encode("utf-8", "replace").decode() if "\ud800" in value else value for value in values
    ]


@given(TEXTS)
def test_as_json_has_it(values: list[str]) -> None:
    assert quoted_list(json.dumps(values)) == values


@given(TEXTS, st.text(max_size=40))
def test_psort_leaves_the_commas_out_and_goes_on(values: list[str], behind: str) -> None:
    cell = "[" + "  ".join(map(repr, values)) + "] Computer Name: x " + behind
    assert list_at("Strings: " + cell, len("Strings: ")) == values


@pytest.mark.parametrize("path", ["C:\\Windows\\root\\new.exe", "C:\\Program Files\\x\\temp.exe", "\\Device\\x"])
def test_backslashes_that_were_not_doubled_are_no_escapes(path: str) -> None:
    assert quoted_list(f"['S-1-5-18', '{path}', '%%1936', None]") == ["S-1-5-18", path, "%%1936", ""]
    assert quoted_list(str(["S-1-5-18", path])) == ["S-1-5-18", path]


@pytest.mark.parametrize(
    "cell", ["", "[", "['a", "['a' b]", "[__import__('os')]", "a", "[('a',)]", "{'a'}", "[f'x']", "['a'] + ['b']x"]
)
def test_what_is_no_list_of_texts(cell: str) -> None:
    assert quoted_list(cell) is None


@given(st.text(alphabet="[]'\", \\x0aNone", max_size=200))
def test_anything_ends(cell: str) -> None:
    found = quoted_list("[" + cell + "]")
    assert isinstance(found, list | None)
