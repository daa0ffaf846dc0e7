"""Names are replaced everywhere and in the same way; nothing of them is left, and nothing else is touched."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.handover.pseudonyms import EVERYBODYS, Pseudonyms, known


def some() -> Pseudonyms:
    made = Pseudonyms()
    for host in ("WS-1038.corp.example.com", "WEB01", "10.0.0.7"):
        made.host(host)
    for account in ("CORP\\liam.keller", "NT AUTHORITY\\SYSTEM", "WS-1038$", "root", "1000", "x", "ann@corp.example.com"):
        made.account(account)
    return made


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ws-1038 and WS-1038.CORP.example.com", "HOST-01 and HOST-01.DOMAIN-01"),
        ("\\\\WEB01\\c$\\x", "\\\\HOST-02\\c$\\x"),
        ("net user Liam.Keller /add", "net user USER-01 /add"),
        ("C:\\Users\\liam.keller\\a.exe", "C:\\Users\\USER-01\\a.exe"),
        ("kellerei web012 xliam.keller", "kellerei web012 xliam.keller"),
        ("as liam.ke… on WS-10…", "as USER-01 on HOST-01"),
        ("http://10.0.0.7/a 10.0.0.71", "http://HOST-03/a 10.0.0.71"),
        ("mail@example.com", "mail@DOMAIN-02"),
        ("SYSTEM root 1000 x", "SYSTEM root 1000 x"),
        ("CORP\\ann", "DOMAIN-03\\USER-02"),
    ],
)
def test_where_a_name_is_found(text: str, wanted: str) -> None:
    assert some().replaced(text) == wanted


def test_homes_tell_of_accounts_that_no_record_has() -> None:
    made = some()
    made.homes('cmd /c "C:\\Users\\bob\\x.exe" & cat /home/eve/.ssh/id; dir C:\\Users\\Public')
    assert made.replaced("bob eve Public") == "USER-03 USER-04 Public"


def test_a_key_goes_on_with_the_same_pseudonyms() -> None:
    first = some()
    again = known(first.rows())
    assert again.kept == len(first.rows())
    for host in ("AAA", "WS-1038.corp.example.com"):
        again.host(host)
    assert again.replaced("WS-1038 AAA liam.keller") == "HOST-01 HOST-04 USER-01"
    assert again.rows()[: again.kept] == first.rows()
    assert again.rows()[again.kept :] == [("host", "AAA", "HOST-04")]


def test_too_short_a_name_is_told() -> None:
    assert some().left == {"x"}


@pytest.mark.parametrize(
    "row", [("planet", "a", "HOST-01"), ("host", "", "HOST-01"), ("host", "a", "=cmd"), ("host", "a", "HOST-1\n")]
)
def test_a_row_that_is_none(row: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match=row[0]):
        known([row])


NAME = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{2,9}[A-Za-z0-9]", fullmatch=True)


@given(NAME, NAME, st.text(st.sampled_from(" \\/.,;:\"'$=()|<>\n"), min_size=1, max_size=3), st.text("ab \\/.:…", max_size=12))
def test_no_name_is_left_in_any_text(host: str, account: str, between: str, rest: str) -> None:
    assume(host.lower() != account.lower())
    assume(not {host.lower(), account.lower()} & EVERYBODYS)
    made = Pseudonyms()
    made.host(host)
    made.account(f"{account}")
    text = made.replaced(f"{rest}{between}{host}{between}{account.upper()}{between}{account[: len(account) - 1]}…{between}{rest}")
    words = {word.lower() for word in re.findall(r"[A-Za-z0-9-]+", text)}
    assert host.lower() not in words
    assert account.lower() not in words


@given(st.lists(NAME, min_size=2, max_size=8, unique_by=str.lower))
def test_two_names_never_have_one_pseudonym(names: list[str]) -> None:
    made = Pseudonyms()
    for name in names:
        made.host(name)
    pseudonyms = [made.replaced(name) for name in names if name.lower() not in EVERYBODYS]
    assert len(set(pseudonyms)) == len(pseudonyms)
