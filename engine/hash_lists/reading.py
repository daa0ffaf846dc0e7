"""Reading a list of hashes, which may have a hundred million lines: only those are kept that somebody asks for."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import InputError
from engine.hash_lists.lines import LineReader
from engine.progress import Run, Step
from engine.readers.containers.member import Member, Remark
from engine.readers.containers.walk import expand
from engine.readers.text.bounded_lines import line_blocks
from engine.readers.text.encoding import as_utf8
from engine.small_files import checked

STAGE = "compare hashes"
LARGEST = 1 << 50
"""Bytes of a file: none is too large, for nothing of it is kept."""
FIRST = 3
"""Lines without a hash that are told with their place."""
SAMPLE = 60
"""Bytes of such a line."""
_TYPICAL_RATIO = 2
"""Hashes hardly compress: what is read of a packed list is so many times the file's bytes."""
REMEDY = (
    "One hash a line (MD5, SHA-1 or SHA-256), the output of sha256sum, or a table whose header names a column of hashes,"
    " also as .gz or .zip."
)


@dataclass(slots=True)
class HashList:
    """What was read of a list."""

    path: str
    sha256: str = ""
    """Of the file, hexadecimal."""
    hashes: int = 0
    """Lines that name one."""
    strange: int = 0
    """Lines with something on them that is no hash: no comment, no header, no indicator of another kind."""
    first: list[tuple[str, int, bytes]] = field(default_factory=list)
    """The first of those: file or member, number of the line, its beginning. Hostile."""
    without: list[str] = field(default_factory=list)
    """Members of an archive in which no line names a hash: NSRL's tables of products, say."""
    problems: list[InputError] = field(default_factory=list)
    """What could not be read of it."""
    found: set[bytes] = field(default_factory=set)
    """The digests that were asked for and are on it."""


def read_list(path: Path, wanted: Collection[bytes], run: Run) -> HashList:
    """The list in a file, of its hashes those that are `wanted`: bounded memory whatever its size.

    Damage within costs what is behind it, and is told. Raises InputError for what is no file, for one that cannot be read and for
    one without a single hash; Cancelled.
    """
    reading = _Reading(HashList(str(path)), frozenset(wanted), run, checked(path, LARGEST).stat().st_size)
    for found in expand([path]):
        run.raise_if_cancelled()
        if isinstance(found, InputError):
            reading.said.problems.append(found)
        elif not isinstance(found, Remark):
            reading.member(found)
    reading.tell(last=True)
    said = reading.said
    if not said.hashes:
        raise (
            said.problems[0] if said.problems else InputError(f"{path}: no line of it is a hash.", file=str(path), remedy=REMEDY)
        )
    return said


@dataclass(slots=True)
class _Reading:
    said: HashList
    wanted: frozenset[bytes]
    run: Run
    size: int
    """Bytes of the file."""
    done: int = 0
    """Of them, as far as can be told."""
    started: float = field(default_factory=time.monotonic)

    def member(self, member: Member) -> None:
        """One file: the list itself, or a part of an archive. Raises Cancelled."""
        said, reader = self.said, LineReader(self.wanted)
        before, strange = said.hashes, 0
        first: list[tuple[str, int, bytes]] = []
        try:
            for number, lines in self._blocks(member):
                read = reader.block(lines)
                said.hashes += read.hashes
                said.found |= read.digests
                strange += len(read.strange)
                first += [(member.path, number + at, lines[at][:SAMPLE]) for at in read.strange[: FIRST - len(first)]]
        except InputError as error:
            said.problems.append(error)
        if said.hashes == before:
            said.without.append(member.path)
        else:
            said.strange += strange
            said.first += first[: FIRST - len(said.first)]
        if not said.sha256 and member.origin is not None:
            said.sha256 = member.origin.digest(self.run.raise_if_cancelled)

    def _blocks(self, member: Member) -> Iterator[tuple[int, list[bytes]]]:
        """(number of the first from 1, lines). Raises InputError where the data breaks off, Cancelled."""
        with member.open() as stream:
            for number, block in line_blocks(as_utf8(stream, recode=False), member.path):
                self.run.raise_if_cancelled()
                yield number, block
                self.done += (sum(map(len, block)) + len(block)) // (_TYPICAL_RATIO if member.packed else 1)
                self.tell()

    def tell(self, *, last: bool = False) -> None:
        """How far it is, by the bytes of the file; of a packed one by what such files mostly hold."""
        rate = round(self.said.hashes / max(time.monotonic() - self.started, 1e-3))
        done = self.size if last else min(self.done, self.size)
        metrics = {"hashes": self.said.hashes, "hashes/s": rate}
        self.run.report(Step(STAGE, done, self.size, "B", self.said.path, metrics, last=last))
