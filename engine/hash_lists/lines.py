"""What the lines of a list of hashes say: one hash a line, the output of checksum tools, tables with a column of hashes.

Tables are told by a header that names such a column, also one in a comment (abuse.ch: `# "first_seen_utc","sha256_hash"`;
hashdeep: `%%%% size,md5,sha256,filename`). Of a table only those columns count: the import hash beside them is as long as an
MD5. Sources: NSRL RDS 2 (`"SHA-1","MD5","CRC32","FileName",…`), MalwareBazaar's and ThreatFox's CSV exports, MISP's CSV (type,
value), GNU coreutils' checksums, hashdeep's files, PowerShell's Get-FileHash.
"""

from __future__ import annotations

import binascii
import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from engine.hash_lists.hashes import KINDS, digests, kind_of

COMMENT = (b"#", b"%", b";", b"//")
LONGEST_LINE = 1 << 16
"""Bytes: longer lines are no list's, and are cut."""
_SIZES = frozenset(KINDS.values())
_ANY = frozenset({"hash", "hashes", "filehash", "hashvalue", "digest", "checksum"})
"""Columns of hashes of any kind; which is told by the length."""
_TYPES = frozenset({"type", "ioctype", "indicatortype"})
_VALUES = frozenset({"value", "iocvalue", "indicator", "ioc"})
_FIRST = re.compile(rb"\\?\"?([0-9A-Fa-f]{32,128})(?=[\s,;|:\"]|\Z)")
_TAGGED = re.compile(rb"([0-9A-Za-z/-]{3,12}) ?\(.*\) ?= ?([0-9A-Fa-f]{32,128})\s*\Z", re.DOTALL)
_CELL = rb'(?: ?"[^"\n]*"|[^"%s\n]*)'
_HASH_CELL = rb' ?"?(%s)"? ?'
_BARE = re.compile(rb"[^0-9a-z]")


def _spelled(size: int) -> bytes:
    """Expression for upper-case hexadecimal digits of one kind, of any for 0."""
    return b"|".join(b"[0-9A-F]{%d}" % one for one in sorted(_SIZES, reverse=True) if size in (0, one))


_LINE = re.compile(rb'^\\?"?(' + _spelled(0) + rb')"?(?:[ \t,;|:][^\n]*)?$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Table:
    """The columns of a table that hold hashes."""

    header: bytes
    delimiter: bytes
    width: int
    columns: tuple[tuple[int, int], ...]
    """(place, hexadecimal digits; 0 for any kind)."""
    typed: tuple[int, int] | None = None
    """Places of what kind of thing a row is about, and of the thing."""

    def sound(self) -> re.Pattern[bytes] | None:
        """A row whose columns of hashes hold hashes, those in groups; None for a table that says what each row is about."""
        if self.typed is not None or not self.columns:
            return None
        cut = re.escape(self.delimiter)
        sizes = dict(self.columns)
        cells = [_HASH_CELL % _spelled(sizes[at]) if at in sizes else _CELL % cut for at in range(max(sizes) + 1)]
        return re.compile(b"^" + cut.join(cells) + b"(?:" + cut + b"[^\\n]*)?$", re.MULTILINE)

    def cells(self, line: bytes) -> list[bytes]:
        """Of a row; read as CSV only where a cell holds a delimiter, for a hundred million rows have none."""
        if line.count(self.delimiter) == self.width - 1:
            return line.split(self.delimiter)
        text = line.decode("utf-8", "replace")
        rows = csv.reader([text.replace("\0", "")], delimiter=self.delimiter.decode(), skipinitialspace=True)
        try:
            return [cell.encode("utf-8") for cell in next(rows, [])]
        except csv.Error:
            return []


@dataclass(frozen=True, slots=True)
class LinesRead:
    """What some lines say."""

    hashes: int = 0
    """Lines that name one."""
    strange: tuple[int, ...] = ()
    """Places of lines that are not understood."""
    digests: frozenset[bytes] = frozenset()
    """Of those that are wanted."""


@dataclass(slots=True)
class LineReader:
    """The lines of one file, block after block. wanted: digests."""

    wanted: frozenset[bytes]
    table: _Table | None = None
    started: bool = False
    """A hash was met: what looks like a header after that is none, but in a comment."""
    _plain: re.Pattern[bytes] | None = None
    """A sound row of the table, or a plain line, by which a block of such is read at once."""
    _spelled: frozenset[bytes] = frozenset()

    def block(self, lines: list[bytes]) -> LinesRead:
        """What the next lines say."""
        if self.started and self._plain is not None:
            # One pass over all of them is ten times faster than one over each, and lists have a hundred million.
            rows = self._plain.findall(b"\n".join(lines).upper())
            if len(rows) == len(lines):
                cells = rows if not rows or isinstance(rows[0], bytes) else chain.from_iterable(rows)
                return LinesRead(len(rows), (), frozenset(map(binascii.unhexlify, self._spelled.intersection(cells))))
        hashes = 0
        strange: list[int] = []
        found: set[bytes] = set()
        for place, line in enumerate(lines):
            digests_ = self.read(line)
            if digests_ is None:
                strange.append(place)
            elif digests_:
                hashes += 1
                found.update(self.wanted.intersection(digests_))
        if self.started and self._plain is None:
            self._plain = _LINE if self.table is None else self.table.sound()
            self._spelled = frozenset(digest.hex().upper().encode() for digest in self.wanted)
        return LinesRead(hashes, tuple(strange), frozenset(found))

    def read(self, line: bytes) -> Iterable[bytes] | None:
        """Digests of a line; () for one that holds none on purpose (blank, comment, header, another kind of indicator); None for
        one that is not understood.
        """
        line = line[:LONGEST_LINE].strip()
        if not line:
            return ()
        if line.startswith(COMMENT):
            if (found := _table_of(line.lstrip(b"#%;/ \t"))) is not None:
                self.table, self._plain = found, None
            return ()
        if not self.started and self.table is None and (found := _table_of(line)) is not None:
            self.table = found
            return ()
        read = _of_line(line) if self.table is None else self._of_row(self.table, line)
        if read is None and self.table is not None and not self.started and (read := _of_line(line)):
            self.table = None  # a comment that speaks of hashes with commas was no header
        self.started |= bool(read)
        return read

    def _of_row(self, table: _Table, line: bytes) -> Iterable[bytes] | None:
        if line == table.header:
            return ()  # files that were joined
        cells = table.cells(line)
        found = [
            digest for place, size in table.columns if place < len(cells) and (digest := _digest(cells[place], size)) is not None
        ]
        if table.typed is not None and len(cells) > max(table.typed):
            kind = kind_of(_plain(cells[table.typed[0]]).decode("utf-8", "replace").rpartition("|")[2])
            if kind not in KINDS:
                return found
            value = _plain(cells[table.typed[1]]).rpartition(b"|")[2]
            found += [digest for digest in [_digest(value, KINDS[kind])] if digest is not None]
        return found or None


def _of_line(line: bytes) -> Iterable[bytes] | None:
    if len(line) in _SIZES and (whole := _digest(line, 0)) is not None:
        return (whole,)
    if tagged := _TAGGED.match(line):
        kind = kind_of(tagged[1].decode())
        if kind not in KINDS:
            return None
        digest = _digest(tagged[2], KINDS[kind])
        return None if digest is None else (digest,)
    if first := _FIRST.match(line):
        digest = _digest(first[1], 0)
        return None if digest is None else (digest,)
    text = line.decode("utf-8", "replace")
    return (digests(text) or None) if "=" in text or ":" in text else None


def _digest(cell: bytes, size: int) -> bytes | None:
    """The hash that a cell is, of so many hexadecimal digits, or of any kind for 0."""
    cell = _plain(cell)
    if len(cell) != size and (size or len(cell) not in _SIZES):
        return None
    try:
        return binascii.unhexlify(cell)
    except binascii.Error:
        return None


def _plain(cell: bytes) -> bytes:
    return cell.strip(b" \t\"'")


def _table_of(line: bytes) -> _Table | None:
    """The table that a line is the header of; None for a line that names no column of hashes."""
    if any(len(_plain(cell)) in _SIZES and _digest(cell, 0) for cell in re.split(rb"[,;\t|]", line)):
        return None
    delimiter = max(b",;\t|", key=lambda one: line.count(bytes([one])))
    cut = bytes([delimiter])
    names = [_BARE.sub(b"", cell.lower()).decode() for cell in line.split(cut)]
    columns = tuple((place, _size_of(name)) for place, name in enumerate(names) if _size_of(name) >= 0)
    typed = None
    if len(names) > 1 and (types := [at for at, name in enumerate(names) if name in _TYPES]):
        values = [at for at, name in enumerate(names) if name in _VALUES]
        typed = (types[0], values[0]) if values else None
    if not columns and typed is None:
        return None
    if len(names) == 1 and len(line.split()) > 1:
        return None  # a sentence about hashes
    return _Table(line, cut, len(names), columns, typed)


def _size_of(name: str) -> int:
    """Hexadecimal digits of the hashes in a column of this name; 0 for any kind, -1 for another column."""
    if name in _ANY:
        return 0
    return KINDS.get(kind_of(name), -1)
