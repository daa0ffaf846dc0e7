"""Encoded values of audit records, both ways."""

from __future__ import annotations

import shlex

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.readers.linux.auditd_records import arguments, as_text, decoded, fields, parse_line, shell_line

SAFE = frozenset(range(0x21, 0x7F)) - {ord('"')}


def encoded(value: bytes) -> bytes:
    """As the kernel writes a value that comes from a user."""
    return b'"' + value + b'"' if value and set(value) <= SAFE else value.hex().upper().encode()


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_arguments_round_trip(argv: list[bytes]) -> None:
    body = b"argc=%d " % len(argv) + b" ".join(b"a%d=%s" % (index, encoded(value)) for index, value in enumerate(argv))
    assert arguments([body]) == argv


@given(st.binary(min_size=2, max_size=200), st.integers(1, 50))
@settings(max_examples=100, deadline=None)
def test_chunks_round_trip(value: bytes, step: int) -> None:
    pieces = [value[at : at + step] for at in range(0, len(value), step)]
    records = [b"a1[%d]=%s" % (number, piece.hex().encode()) for number, piece in enumerate(pieces)]
    assert arguments([b'argc=2 a0="x" a1_len=%d' % len(value), *records]) == [b"x", value]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=6))
@settings(max_examples=100, deadline=None)
def test_command_lines_split_into_the_same_arguments(argv: list[str]) -> None:
    line = shell_line([argument.encode() for argument in argv])
    assert line is not None
    assert shlex.split(line) == argv


def test_values() -> None:
    assert decoded(b"3130") == b"10"  # bare digits are hex: the kernel quotes plain numbers
    assert decoded(b'"3130"') == b"3130"
    assert decoded(b"(null)") == b""
    assert decoded(b"abc") == b"abc"
    assert as_text(b"a\xff") == "a\\xff"


def test_fields_of_both_halves() -> None:
    found = fields(b'pid=7 exe="/a b" key=(null)\x1dARCH=x86_64 UID="root"')
    assert found == {b"pid": b"7", b"exe": b'"/a b"', b"key": b"(null)", b"ARCH": b"x86_64", b"UID": b'"root"'}


def test_the_header_and_not_what_a_value_says() -> None:
    line = parse_line(b'type=CWD msg=audit(1.000:2): cwd="type=SYSCALL msg=audit(3.000:4): "')
    assert line is not None
    assert (line.type, line.stamp) == (b"CWD", b"1.000:2")
    assert parse_line(b"nothing here") is None
