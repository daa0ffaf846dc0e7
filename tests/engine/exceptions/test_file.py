"""Exceptions as a file: what is written is read back, and what is not wholly understood is refused with the place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError
from engine.exceptions.file import LARGEST, parse, read, write
from engine.exceptions.kept import ExceptionReason, ExceptionScope, KeptException
from tests.engine.exceptions.scopes import KEPT_ONES

ONE = KeptException(
    ExceptionScope("/bin/sh", ("/usr/sbin/cron",), False, "web*", ("-c", "debian-sa1", "<n>", "<n>")), "benign",
    ExceptionReason.SOFTWARE, "ann", "sysstat", 1_700_000_000_000_000, 1_800_000_000_000_001,
)  # fmt: skip


@given(st.lists(KEPT_ONES, max_size=5, unique_by=lambda kept: kept.scope.key))
def test_what_is_written_is_read_back(kept: list[KeptException]) -> None:
    text = write(kept)
    assert text.isascii()
    found = parse(text, "file")
    assert sorted(found, key=lambda one: one.scope.key) == sorted(kept, key=lambda one: one.scope.key)
    assert write(reversed(found)) == text, "the same exceptions give the same bytes"


def test_a_file_says_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "exceptions.json"
    file.write_text("\ufeff" + write([ONE]), encoding="utf-8")
    assert read(file) == (ONE,)
    whole = json.loads(write([ONE]))
    assert (whole["format"], whole["version"]) == ("oddkin exceptions", 1)
    assert whole["exceptions"][0]["expires"] == "2027-01-15T08:00:00.000001Z"


WRONG: dict[str, tuple[Callable[[dict[str, Any]], object], str, int | None]] = {
    "a key of the file": (lambda whole: whole.update(more=1), "unknown field `more`", None),
    "a key": (lambda whole: whole["exceptions"][0].update(colour="red"), "exception 1: Object contains unknown field", 1),
    "a key that is missing": (lambda whole: whole["exceptions"][0].pop("owner"), "exception 1: Object missing", 1),
    "a type": (lambda whole: whole["exceptions"][0].update(owner=5), "exception 1, owner: Expected `str`, got `int`", 1),
    "a word": (lambda whole: whole["exceptions"][0].update(command=["-c", 7]), "exception 1, command[1]: Expected `str`", 1),
    "a kind of command": (lambda whole: whole["exceptions"][0].update(command="all"), "exception 1, command: Invalid", 1),
    "a date": (lambda whole: whole["exceptions"][0].update(created="2026-01-31"), "exception 1, created: Invalid RFC3339", 1),
    "a time without a zone": (
        lambda whole: whole["exceptions"][0].update(expires="2030-01-31T00:00:00"), "exception 1, expires: ", 1,
    ),
    "a span": (
        lambda whole: whole["exceptions"][0].update(expires="1999-01-31T00:00:00Z"), "it has expired before it was created", 1,
    ),
    "a reason": (lambda whole: whole["exceptions"][0].update(reason="because"), "exception 1, reason: Invalid enum", 1),
    "a verdict": (
        lambda whole: whole["exceptions"][0].update(verdict="malicious"), "1, verdict: 'malicious' is none that is kept", 1,
    ),
    "ancestors": (lambda whole: whole["exceptions"][0].update(ancestors=["a"] * 10), "exception 1, ancestors: ", 1),
    "an ancestor": (lambda whole: whole["exceptions"][0].update(ancestors=[""]), "exception 1, ancestors[0]: ", 1),
    "a size": (lambda whole: whole["exceptions"][0].update(note="x" * 10_000), "exception 1, note: Expected `str` of length", 1),
    "a program": (lambda whole: whole["exceptions"][0].update(image=""), "exception 1, image: ", 1),
    "a program alone": (
        lambda whole: whole["exceptions"][0].update(ancestors=[], command="any"), "a program alone, which has to be said", 1,
    ),
    "one twice": (lambda whole: whole["exceptions"].append(whole["exceptions"][0]), "exception 2 covers what exception 1", 2),
    "too many": (lambda whole: whole.update(exceptions=whole["exceptions"] * 10_001), "exceptions: Expected `array`", None),
    "another format": (lambda whole: whole.update(format="sigma"), "format: Invalid enum value 'sigma'", None),
    "a newer version": (lambda whole: whole.update(version=2, more=1), "it is of version 2, and this oddkin reads version 1",
    None), "no version": (lambda whole: whole.update(version=True), "version: Expected `int`, got `bool`", None),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_not_understood_is_refused_with_file_place_and_remedy(what: str) -> None:
    change, said, position = WRONG[what]
    whole = json.loads(write([ONE]))
    change(whole)
    with pytest.raises(InputError) as caught:
        parse(json.dumps(whole), "acme.json")
    assert said in caught.value.message
    assert caught.value.message.startswith("acme.json holds no exceptions: ")
    assert (caught.value.file, caught.value.position) == ("acme.json", position)
    assert caught.value.remedy


HOSTILE = {
    "deep": "[" * 200_000, "deep objects": '{"exceptions":' * 50_000, "no JSON": "{bad", "nothing": "", "a list": "[1]",
    "a name twice": '{"format": "oddkin exceptions", "format": "oddkin exceptions", "version": 1, "exceptions": []}',
    "not a number": '{"format": "oddkin exceptions", "version": NaN, "exceptions": []}',
    "a number of many digits": '{"version": ' + "9" * 5_000 + "}",
    "a name of many characters": json.dumps({"x" * 1_000_000: 1}),
    "escapes in a name": json.dumps({"format": "oddkin exceptions", "version": 1, "exceptions": [], "\x1b[31m\u202e": 1}),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files_are_refused_with_one_short_inert_sentence(what: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(HOSTILE[what], "f")
    assert len(caught.value.message) < 300
    assert caught.value.message.isprintable()


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no regular file but a folder"):
        read(tmp_path)
    with pytest.raises(InputError, match="is not there"):
        read(tmp_path / "nowhere")
    (tmp_path / "latin").write_bytes(b'{"format": "\xff"}')
    with pytest.raises(InputError, match="utf-8"):
        read(tmp_path / "latin")
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(LARGEST + 1)
    with pytest.raises(InputError, match="too large"):
        read(tmp_path / "large")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_time_beyond_all_calendars_is_refused_in_words(moment: str) -> None:
    whole = json.loads(write([]))
    scope = {"image": "a", "ancestors": [], "root": True, "host": "", "command": "none", "alone": False}
    more = {"verdict": "benign", "reason": "other", "owner": "", "note": "", "created": moment, "expires": None}
    whole["exceptions"] = [scope | more]
    with pytest.raises(InputError, match="exception 1 has a time"):
        parse(json.dumps(whole), "x.json")
