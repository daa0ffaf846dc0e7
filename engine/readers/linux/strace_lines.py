"""Single lines of `strace -f`: prefix, calls, results, strings.

Written for strace 4 to 6, with or without -f, -t, -tt, -ttt, -r, -T, -y, to a file (`1234 execve(…`) or to the terminal
(`[pid 1234] execve(…`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

_PREFIX = re.compile(
    rb"(?:\[pid +(\d{1,10})\] +|(\d{1,10}) +)?"  # of the terminal, of a file
    rb"(?:(\d{9,11}\.\d{1,9}) +|\d\d:\d\d:\d\d(?:\.\d+)? +)?"  # -ttt; -t and -tt have no date and give no time
    rb"(?:\(\+ *\d+\.\d+\) +|\d{1,6}\.\d{6} +)?"  # -r
    rb"(?=[a-z_<+\-])"
)
_STRING = re.compile(rb'"((?:[^"\\]++|\\.)*+)"(\.\.\.)?', re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))", re.DOTALL)
_SIMPLE = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f", b"a": b"\a", b"b": b"\b", b"e": b"\x1b"}
_EXEC = re.compile(rb"exec(?:ve\(|veat\((AT_FDCWD|-?\d+)(?:<((?:[^>\\]++|\\.)*+)>)?, )")
_RESULT = re.compile(rb"\)\s*= (-?\d+|\?)")
_NEW_PID = re.compile(rb"= (\d{1,10})(?: /\* (\d{1,10}) in strace's PID NS \*/)?(?: <[\d.]+>)?\s*$")
_CHDIR = re.compile(rb'chdir\("((?:[^"\\]++|\\.)*+)"\)\s*= 0')
_SUPERSEDED = re.compile(rb"\+\+\+ superseded by execve in pid (\d{1,10})")

FORKS = (b"clone(", b"clone3(", b"vfork(", b"fork(")
FORKS_RESUMED = (b"<... clone resumed", b"<... clone3 resumed", b"<... vfork resumed", b"<... fork resumed")
EXECS = (b"execve(", b"execveat(")
EXECS_RESUMED = (b"<... execve resumed", b"<... execveat resumed")
UNFINISHED = b"<unfinished ...>"


class Exec(NamedTuple):
    """Arguments of an execve call; `done` is True, False (failed) or None (the result comes on a later line)."""

    path: bytes
    argv: list[bytes]
    done: bool | None


def prefix(line: bytes) -> tuple[int | None, bytes | None, int] | None:
    """(pid, epoch seconds, where the call begins) of a line; None for lines that strace did not write."""
    match = _PREFIX.match(line)
    if match is None:
        return None
    pid = match.group(1) or match.group(2)
    return (int(pid) if pid else None), match.group(3), match.end()


def unescape(text: bytes) -> bytes:
    """Bytes of a string as strace prints it: C escapes, octal, hexadecimal."""
    return _ESCAPE.sub(_escaped, text) if b"\\" in text else text


def _escaped(match: re.Match[bytes]) -> bytes:
    hexadecimal, octal, other = match.groups()
    if hexadecimal:
        return bytes((int(hexadecimal, 16),))
    if octal:
        return bytes((int(octal, 8) & 255,))
    return _SIMPLE.get(other, other)


def parse_exec(call: bytes) -> Exec | None:
    """An execve or execveat call, None where it does not read like one.

    Goes string by string: an argument may hold `]`, `) = 0` or anything else that a search would take for the end.
    """
    head = _EXEC.match(call)
    if head is None:
        return None
    name = _STRING.match(call, head.end())
    if name is None:
        return None
    path = unescape(name.group(1)) + (b"..." if name.group(2) else b"")
    if not path and head.group(2):
        path = unescape(head.group(2))  # fexecve: the name is that of the descriptor, known with -y
    if not call.startswith(b", ", name.end()):
        return None
    argv, at = _list(call, name.end() + 2)
    if call.startswith(b", [", at):
        _, at = _list(call, at + 2)
    result = _RESULT.search(call, at)
    if result is not None:
        return Exec(path, argv, result.group(1) == b"0")
    return Exec(path, argv, None) if UNFINISHED in call[at:] else None


def _list(call: bytes, at: int) -> tuple[list[bytes], int]:
    """Strings of the list at `at` and the position behind it; an address instead of a list has no strings."""
    items: list[bytes] = []
    if not call.startswith(b"[", at):
        return items, at
    at += 1
    while (match := _STRING.match(call, at)) is not None:
        items.append(unescape(match.group(1)) + (b"..." if match.group(2) else b""))
        at = match.end()
        if not call.startswith(b", ", at):
            break
        at += 2
    if call.startswith(b"...", at):
        items.append(b"...")
        at += 3
    return items, at + 1


def new_pid(call: bytes) -> int | None:
    """What a fork, vfork, clone or clone3 returned to the parent; None for failures and unfinished calls."""
    match = _NEW_PID.search(call)
    return int(match.group(2) or match.group(1)) or None if match else None


def resumed_ok(call: bytes) -> bool | None:
    """Outcome of a `<... execve resumed>` line; None where it has none."""
    match = _RESULT.search(call)
    return None if match is None else match.group(1) == b"0"


def new_directory(call: bytes) -> bytes | None:
    """Argument of a successful chdir."""
    match = _CHDIR.match(call)
    return unescape(match.group(1)) if match else None


def superseding_pid(call: bytes) -> int | None:
    """The thread whose execve took this process over."""
    match = _SUPERSEDED.match(call)
    return int(match.group(1)) if match else None
