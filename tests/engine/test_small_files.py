"""Why a file that is read as a whole could not be: where it stops being text, in words."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.small_files import CHUNK, why


def refused(path: Path) -> UnicodeDecodeError:
    try:
        path.read_bytes().decode()
    except UnicodeDecodeError as error:
        return error
    return UnicodeDecodeError("utf-8", b"\xff", 0, 1, "packed")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("aé日\n", max_size=40), st.integers(0, 3), st.booleans())
def test_the_line_and_the_byte_are_those_of_the_file(tmp_path: Path, text: str, pieces: int, packed: bool) -> None:
    """Python counts from the piece that it decodes."""
    before = (text.encode() or b"\n") * (1 + pieces * CHUNK // max(len(text.encode()), 1))
    path = tmp_path / "verdicts.csv"
    path.write_bytes(gzip.compress(before + b"\xffrest") if packed else before + b"\xffrest")
    line, place = before.count(b"\n") + 1, len(before) + 1
    assert why(refused(path), path) == f"line {line:,} is no UTF-8 text (byte {place:,} of the file is 0xff)"


def test_a_character_that_is_cut_off_at_the_end_is_told_too(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.csv"
    path.write_bytes(b"a\n\xe6\x97")
    assert why(refused(path), path) == "line 2 is no UTF-8 text (byte 3 of the file is 0xe6)"


@pytest.mark.parametrize("error", [OSError(13, "Permission denied", "x"), ValueError("line contains NUL")])
def test_other_errors_are_told_without_numbers_and_names_of_python(tmp_path: Path, error: Exception) -> None:
    assert why(error, tmp_path) in {"Permission denied", "line contains NUL"}
