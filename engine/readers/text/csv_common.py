"""CSV as logs come in it: any of four delimiters, UTF-8 or UTF-16, with or without byte order mark, NULs, huge cells.

`csv.reader` over our own line splitter: text files of the standard library would need a seekable stream or a whole
file, and `str.splitlines` breaks rows at U+2028 and form feeds inside cells.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import BinaryIO

from engine.domain.records import SAMPLE_BYTES, Reject
from engine.errors import InputError
from engine.readers.text.bounded_lines import read_chunk
from engine.readers.text.csv_preface import TYPE_LINE, past_preface, unwrapped
from engine.readers.text.csv_rows import Row, fits, rows_of
from engine.readers.text.encoding import as_utf8
from engine.readers.text.timestamps import names_zone

MAX_CELL = 4 * 1024 * 1024
"""Characters. A quote that is never closed costs at most this much memory, and one reject."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3}){1,3}")
_IN_UTC = "[UTC]"
_FLOAT_ID = re.compile(r"(\d{1,10})(?:\.0+)?")


def read_rows(stream: BinaryIO, path: str = "", width: int = 0) -> Iterator[Row]:
    """All rows, blank ones and what stands before the table left out; those that are damaged with an error, line by line. `width`
    is how many cells a sound row has, as many as the first one if not given. Raises InputError when the stream breaks.
    """
    # Global in the csv module, there is no limit per reader. Only ever raised, so that nobody else's limit shrinks.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))
    layout, lines = past_preface(_text_lines(stream, path))
    if layout is not None:
        yield from unwrapped(rows_of(lines, layout, width))


@lru_cache(maxsize=8)
def head_rows(head: bytes, count: int = 20, width: int = 0) -> tuple[tuple[str, ...], ...]:
    """The first rows of a member, for `sniff`; damaged ones are left out, the last one may be cut. `width` as in `read_rows`."""
    text = head.decode("utf-8-sig", "replace")
    # Binary content is no table, nor are JSON and XML; commas would otherwise make columns of them.
    if not text.strip() or text.lstrip()[:1] in "{[<" or _is_binary(text):
        return ()
    layout, lines = past_preface(line + "\n" for line in text.split("\n"))
    rows = unwrapped(rows_of(lines, layout, width)) if layout is not None else iter(())
    return tuple(islice((tuple(row.cells) for row in rows if not row.error), count))


def _is_binary(text: str) -> bool:
    """Whether the first line and most others hold control characters. The command line that does makes no table binary, and the
    header is not written by those who write command lines.
    """
    lines = text.split("\n")
    return bool(_CONTROL.search(lines[0])) and 2 * sum(map(bool, map(_CONTROL.search, lines))) > len(lines)


def header_of(cells: list[str] | tuple[str, ...]) -> list[str]:
    """Column names without blanks around them and without the " [UTC]" or " [Local Time]" of portal exports."""
    return [_column(name.strip()) for name in cells]


def _column(name: str) -> str:
    # Not by a regular expression: they take quadratic time over megabytes of blanks.
    cut = name.rfind("[") if name.endswith("]") else -1
    return name[:cut].rstrip() if cut > 0 else name.lstrip("\ufeff")


def table(stream: BinaryIO, path: str, only: frozenset[str] | None = None) -> Iterator[tuple[int, dict[str, str]] | Reject]:
    """Rows under a header as (row number without the header, name -> cell); rows of another width are rejects.

    Of columns with the same name the first one counts. `only` leaves the other columns out: Defender's tables have 120. Where
    files were joined, the header stands among the rows again and is none of them.
    """
    names: tuple[str, ...] = ()
    header: list[str] = []
    pick: Callable[[list[str]], tuple[str, ...]] | None = None
    zoned: list[int] = []
    width = 0
    for row in read_rows(stream, path):
        cells = row.cells
        if pick is None:
            if row.error:
                raise InputError(f"The header of the CSV cannot be read: {row.error}", file=path, position=1)
            width = len(cells)
            header = cells
            names, pick = _picker(header_of(cells), only)
            zoned = [at for at, name in enumerate(cells) if name.rstrip().endswith(_IN_UTC)]
            continue
        if cells == header or (len(cells) == 1 and cells[0].startswith(TYPE_LINE)):
            continue
        number = row.number - 1
        if row.error or not fits(cells, width):
            reason = row.error or f"The row has {len(cells)} cells under {width} columns; a quote or line is damaged."
            yield Reject(position=number, code="bad-row", reason=reason, sample=sample_of(cells))
        else:
            yield number, dict(zip(names, pick(_with_zone(cells, zoned) if zoned else cells), strict=True))


def _with_zone(cells: list[str], zoned: list[int]) -> list[str]:
    """The cells; times below a header that says that they are UTC say so themselves: nobody takes them for a wall clock."""
    return [f"{cell} UTC" if at in zoned and cell and not names_zone(cell) else cell for at, cell in enumerate(cells)]


def _picker(header: list[str], only: frozenset[str] | None) -> tuple[tuple[str, ...], Callable[[list[str]], tuple[str, ...]]]:
    """The columns to keep and what picks their cells."""
    where: dict[str, int] = {}
    for index, name in enumerate(header):
        if only is None or name in only:
            where.setdefault(name, index)
    names = tuple(where)
    if len(names) > 1:
        return names, itemgetter(*where.values())
    # itemgetter of one index gives the cell itself and not a tuple.
    return names, lambda cells: tuple(cells[index] for index in where.values())


def sample_of(cells: list[str] | tuple[str, ...]) -> bytes:
    """The first bytes of a row, for a reject."""
    return ",".join(cell[:SAMPLE_BYTES] for cell in cells[:SAMPLE_BYTES]).encode("utf-8", "replace")[:SAMPLE_BYTES]


def process_id(cell: str | None) -> int | None:
    """Decimal, 0x…, a float that a data frame made of it ("22536.0") or with the commas of an export for people ("5,210"). None
    for 0 and for what is no process id.
    """
    if not cell:
        return None
    if cell.isdigit() and cell.isascii():
        return int(cell) or None if len(cell) <= 10 else None
    if _THOUSANDS.fullmatch(cell):
        cell = cell.replace(",", "")
    match = _FLOAT_ID.fullmatch(cell.strip())
    if match:
        return int(match.group(1)) or None
    if cell[:2] in {"0x", "0X"} and len(cell) <= 18:
        try:
            return int(cell, 16) or None
        except ValueError:
            return None
    return None


def _text_lines(stream: BinaryIO, path: str) -> Iterator[str]:
    """Decoded lines with their newline, cut at MAX_CELL; undecodable bytes stay visible as backslash escapes."""
    plain = as_utf8(stream)
    decode = codecs.getincrementaldecoder("utf-8")("backslashreplace").decode
    chunk = read_chunk(plain, path)
    tail = ""
    overlong = False
    number = 0
    while True:
        pieces = (tail + decode(chunk, not chunk)).split("\n")
        tail = pieces.pop()
        for piece in pieces:
            if overlong:
                overlong = False
                continue
            number += 1
            yield piece + "\n"
        if overlong:
            tail = ""
        elif len(tail) > MAX_CELL:
            yield tail[:MAX_CELL] + "\n"
            tail, overlong = "", True
        if not chunk:
            break
        chunk = read_chunk(plain, path, number)
    if tail and not overlong:
        yield tail
