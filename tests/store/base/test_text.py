from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.base.text import bindable, decode, digest, encode, like_pattern
from tests.store.samples import HOSTILE

ANY = st.text(alphabet=st.characters(exclude_categories=()), max_size=40)


@given(ANY)
def test_every_text_comes_back_from_its_bytes(text: str) -> None:
    assert decode(encode(text)) == text
    assert b"\0" not in encode(text)


@given(ANY, ANY)
def test_different_texts_have_different_bytes_and_digests(one: str, other: str) -> None:
    assert (encode(one) == encode(other)) == (one == other) == (digest(one) == digest(other))


@pytest.mark.parametrize("text", HOSTILE)
def test_sqlite_gives_back_what_it_was_given(text: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.text_factory = decode
    assert connection.execute("SELECT CAST(? AS TEXT)", (bindable(text),)).fetchone() == (text,)
    connection.close()


def test_what_stands_behind_a_nul_is_found() -> None:
    connection = sqlite3.connect(":memory:")
    query = "SELECT CAST(? AS TEXT) LIKE ? ESCAPE '!'"
    assert connection.execute(query, (bindable("a\0 mimikatz"), like_pattern("MIMI"))).fetchone() == (1,)
    assert connection.execute(query, (bindable("100% of"), like_pattern("0% o"))).fetchone() == (1,)
    assert connection.execute(query, (bindable("100 x of"), like_pattern("0% o"))).fetchone() == (0,)
    connection.close()


def test_bytes_that_we_never_write_do_not_stop_a_reader() -> None:
    assert decode(b"ok \xff\xfe") == "ok \ufffd\ufffd"
