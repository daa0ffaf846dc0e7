"""How a workspace on a server is named: what is understood, and that no password gets out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UsageError
from store.base.postgres.address import parsed
from tui.shell.place import place_of

SECRET = "s3cr:et@/%"
WHOLE = "postgresql+psycopg://ann:s3cr%3Aet%40%2F%25@db.example:5433/team?sslmode=verify-full"


def test_all_of_it_is_understood() -> None:
    assert parsed(WHOLE).parameters == {
        "dbname": "team", "user": "ann", "password": SECRET, "host": "db.example", "port": "5433", "sslmode": "verify-full",
    }  # fmt: skip


def test_no_password_is_shown() -> None:
    found = parsed(WHOLE)
    assert found.shown == "postgresql+psycopg://ann@db.example:5433/team?sslmode=verify-full"
    assert "s3cr" not in f"{found!r} {found.folder}"
    assert parsed(found.shown).parameters == {word: said for word, said in found.parameters.items() if word != "password"}


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ann:s3cret@db/team", "postgresql+psycopg://ann:s3cret@db", "postgresql+psycopg://ann:s3cret@db/a/b",
        "postgresql+psycopg://ann:s3cret@db:x/team", "postgresql+psycopg://ann@db/team?password=s3cret",
        "postgresql+psycopg://ann:s3cret@[db/team",
    ],
)  # fmt: skip
def test_what_is_refused_is_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        parsed(text)
    assert "s3cret" not in f"{raised.value.message} {raised.value.remedy}"


@given(st.from_regex(r"postgresql(\+psycopg)?://[a-z]{0,3}:s3cret[@:/a-z]{0,4}@[a-z.:/?=&]{0,20}", fullmatch=True))
def test_no_command_that_is_told_has_it(url: str) -> None:
    assert "s3cret" not in place_of(url).shown


def test_a_folder_is_a_folder() -> None:
    assert place_of("postgresql").url == ""
    assert place_of("cases/acme").shown == "cases/acme"
