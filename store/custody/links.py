"""How entries of the audit hang together, in a database and in a file that is alone: canonical JSON, its hash, and what is wrong.

An entry is one JSON object: keys in order, no blanks, ASCII, whole numbers only. Its hash is the SHA-256 of these bytes; it holds
the hash of the entry before it, which the first one has as zeros. An exported line is the entry with its own hash as one
more key, written the same way: there is one spelling, so that no byte can change without being found. Rejected: to hash what was
parsed (an escape has several spellings), and a line of totals at the end (who cuts the tail off cuts that off too).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

FIRST = "0" * 64
"""What the first entry has as the hash before it."""
NUMBER, BEFORE, HASH = "number", "before", "hash"
BEGUN = "audit begun"
"""The act of the first entry, which says what was there before."""
MOST = 1 << 53
"""Entries: no audit has so many, and a number beyond cannot be counted on."""
LARGEST_LINE = 64 << 20
"""Bytes of a line of an exported audit; nothing that oddkin writes comes near."""


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The newest entry: who notes it elsewhere can tell later whether anything before or behind it was taken away."""

    number: int
    hash: str

    @property
    def text(self) -> str:
        """As it is noted: 42:3f9a…"""
        return f"{self.number}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a chain is not what was written."""

    place: int
    """Which entry of what is there, counted from 1."""
    what: str


def canonical(value: object) -> str:
    """One spelling of a value: ASCII, whatever is in it."""
    return json.dumps(plain(value), sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def plain(value: object) -> Any:
    """A value as JSON has it: numbers that are not whole as text, since their spelling differs between languages."""
    if value is None or (isinstance(value, bool | int) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    return repr(value) if isinstance(value, float) else str(value)


def hash_of(text: str) -> str:
    """Of canonical JSON: SHA-256, hexadecimal."""
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def exported(entry: str, digest: str) -> str:
    """An entry as a line of a file, without the line's end. One that is damaged is handed over as what it is, and is no entry."""
    found = stored(entry)
    return canonical({**found, HASH: digest} if found else {"damaged": entry, HASH: digest})


def stored(entry: str) -> dict[str, Any]:
    """What an entry says; {} for one that is no JSON any more, or of which nobody could find the end."""
    try:
        found = json.loads(entry)
        canonical(found)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def faults(lines: Iterable[bytes], chain: EntryChain) -> Iterator[Fault]:
    """What is wrong with the lines of an export, each with its place; `chain` is left with the head of what is there.

    `lines` with their ends, as a file opened for bytes gives them.
    """
    for place, line in enumerate(lines, start=1):
        if not line.endswith(b"\n"):
            yield Fault(place, "the line is cut off")
        yield from chain.faults(place, _parsed(line.removesuffix(b"\n")))


def _parsed(line: bytes) -> tuple[dict[str, Any], str] | None:
    """The entry of an exported line and the hash that it names; None for what no oddkin wrote like that."""
    if len(line) > LARGEST_LINE:
        return None
    try:
        found = json.loads(line.decode("ascii"))
        if not isinstance(found, dict) or canonical(found).encode("ascii") != line:
            return None
    except (ValueError, RecursionError):
        return None
    digest = found.pop(HASH, None)
    return (found, digest) if isinstance(digest, str) else None


class EntryChain:
    """Follows entries in the order in which they stand."""

    def __init__(self, noted: str = "") -> None:
        self.head: AuditHead | None = None
        """Of what was seen."""
        self.noted: int | None = None
        """The number of the entry whose hash `noted` is."""
        self._wanted = noted
        self._expected = 1
        self._before: str | None = FIRST

    def faults(self, place: int, found: tuple[dict[str, Any], str] | None) -> Iterator[Fault]:
        """What is wrong with the next entry, at `place`, and with its standing there; it is then taken as it is."""
        number = None if found is None else found[0].get(NUMBER)
        if found is None or isinstance(number, bool) or not isinstance(number, int):
            yield Fault(place, f"entry {self._expected:,} is not as it was written")
            # What follows is asked for its number only: its link to this one cannot be followed.
            self._expected, self._before = self._expected + 1, None
            return
        entry, digest = found
        if number != self._expected:
            yield Fault(place, _out_of_order(self._expected, number))
        if hash_of(canonical(entry)) != digest:
            yield Fault(place, f"entry {number:,} is not what its hash says")
        else:
            self.noted = number if digest == self._wanted else self.noted
            if number == self._expected and self._before is not None and entry.get(BEFORE) != self._before:
                yield Fault(place, f"entry {number:,} does not follow the one before it")
            if number == 1 and entry.get("act") != BEGUN:
                yield Fault(place, "entry 1 is not what an audit begins with: what came before it was removed")
        self._expected, self._before = number + 1, digest
        self.head = AuditHead(number, digest)


def _out_of_order(expected: int, number: int) -> str:
    if number > expected:
        missing = f"entry {expected:,} is" if number == expected + 1 else f"entries {expected:,} to {number - 1:,} are"
        return f"{missing} missing before entry {number:,}"
    return f"entry {number:,} stands where entry {expected:,} should"
