"""Strings of strace, both ways."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.readers.linux.strace_lines import parse_exec, unescape

ESCAPES = {10: "\\n", 9: "\\t", 13: "\\r", 11: "\\v", 12: "\\f", 34: '\\"', 92: "\\\\"}


def quoted(value: bytes) -> str:
    """As strace prints it: octal as short as the next character allows."""
    out = []
    for at, byte in enumerate(value):
        if byte in ESCAPES:
            out.append(ESCAPES[byte])
        elif 32 <= byte < 127:
            out.append(chr(byte))
        else:
            following = value[at + 1 : at + 2]
            out.append(f"\\{byte:03o}" if following.isdigit() else f"\\{byte:o}")
    return '"' + "".join(out) + '"'


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_unescape_round_trip(value: bytes) -> None:
    assert unescape(quoted(value)[1:-1].encode()) == value
    assert unescape("".join(f"\\x{byte:02x}" for byte in value).encode()) == value


@given(st.binary(min_size=1, max_size=20), st.lists(st.binary(max_size=20), max_size=5), st.booleans())
@settings(max_examples=200, deadline=None)
def test_calls_round_trip(path: bytes, argv: list[bytes], worked: bool) -> None:
    result = "0" if worked else "-1 ENOENT (No such file or directory)"
    call = f"execve({quoted(path)}, [{', '.join(map(quoted, argv))}], 0x7ffe /* 35 vars */) = {result}"
    found = parse_exec(call.encode())
    assert found is not None
    assert (found.path, found.argv, found.done) == (path, argv, worked)


@given(st.binary(max_size=80))
@settings(max_examples=200, deadline=None)
def test_damaged_calls_never_raise(rest: bytes) -> None:
    parse_exec(b'execve("' + rest)
    parse_exec(b'execve("/bin/ls", [' + rest)


def test_truncated_strings_show_it() -> None:
    found = parse_exec(b'execve("/bin/ls", ["ls", "abc"..., ...], 0x7f) = 0')
    assert found is not None
    assert found.argv == [b"ls", b"abc...", b"..."]
