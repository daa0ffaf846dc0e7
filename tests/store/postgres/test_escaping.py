"""Hostile text in PostgreSQL: nothing is lost, nothing becomes something else, what is ordinary stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.base.postgres.escaping import MARK, encoded, escaped, unescaped
from store.base.text import encode, folded
from store.workspace import Workspace

AWKWARD = ["\0", MARK, "\ud800", "\udfff", "0", "D", "ß", "İ", "ﬀ", "Σ", "ς", "\u1e9e"]
HOSTILE = st.text(st.characters() | st.sampled_from(AWKWARD))
on_server = pytest.mark.parametrize("workspace", ["postgresql"], indirect=True)


@given(HOSTILE)
def test_it_comes_back_as_it_was(text: str) -> None:
    stored = escaped(text)
    assert unescaped(stored) == text
    assert encoded(text) == stored.encode()  # no surrogate is left
    assert "\0" not in stored


@given(HOSTILE, HOSTILE)
def test_two_texts_are_never_stored_alike(one: str, other: str) -> None:
    assert (escaped(one) == escaped(other)) == (one == other)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters=["\0", MARK])))
def test_ordinary_text_is_stored_as_it_is(text: str) -> None:
    assert escaped(text) == text


def test_what_is_escaped_can_be_seen() -> None:
    assert escaped("a\0b\ud800␛0000") == "a␛0000b␛D800␛241B0000"


@pytest.mark.parametrize("stored", ["␛", "␛00", "␛zzzz", "a␛"])
def test_a_mark_that_nobody_wrote_stays(stored: str) -> None:
    assert unescaped(stored) == stored


@on_server
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(HOSTILE)
def test_the_server_keeps_it_folds_it_and_gives_its_bytes(workspace: Workspace, text: str) -> None:
    query = "SELECT CAST(?1 AS TEXT), CAST(CAST(?1 AS TEXT) AS BLOB), folded(CAST(CAST(?1 AS TEXT) AS BLOB))"
    with workspace.read() as connection:
        back, octets, without_case = connection.exec_driver_sql(query, (text,)).one()
    assert back == text
    assert octets == encode(text)
    assert without_case == folded(encode(text))


@on_server
def test_texts_are_ordered_byte_by_byte(workspace: Workspace) -> None:
    names = ["Zoë", "a", "B", "ä", "é", "z", "A_", "A-", "10", "9"]
    for name in names:
        workspace.ingest.begin_source(name, f"{name}.json", name.encode().hex().ljust(64, "0"), 1, "json")
    with workspace.read() as connection:
        found = connection.exec_driver_sql("SELECT name FROM cases ORDER BY name").scalars().all()
    assert found == sorted(names, key=lambda name: name.encode())
