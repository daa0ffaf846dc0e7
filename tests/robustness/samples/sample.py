"""What a sample is, and the logs that can be made of it: lines, an array, pretty objects, a table; or its text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.engine.readers.seeds import Seed

LINES, ARRAY, PRETTY, TABLE, TEXT = "lines", "array", "pretty", "table", "text"
EVERY = (LINES, ARRAY, PRETTY, TABLE)
JSON = (LINES, ARRAY, PRETTY)

Row = dict[str, Any]
Made = Row | list[Row] | str
"""A record; several that tell one process together; a text."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Records of one format. Record `i` creates the process `prog<i>`."""

    slug: str
    """Of its declaration in engine.readers.formats."""
    family: str
    """windows, linux, json or tables."""
    make: Callable[[int], Made]
    forms: tuple[str, ...] = EVERY
    """How its records are written; (TEXT,) for a text."""
    others: tuple[Row, ...] = ()
    """Records of the format that create no process: ends, other events."""
    before: bytes = b""
    between: bytes = b"\n"
    after: bytes = b"\n"
    """Around the records of a text."""
    title: str = ""
    """Told apart from other samples of the format."""


@dataclass(frozen=True, slots=True)
class Log:
    """A sample's records in one form."""

    sample: Sample
    form: str
    made: tuple[Made, ...]
    seed: Seed
    columns: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As the tables of the attacks call it."""
        title = f"{self.sample.slug} ({self.sample.title})" if self.sample.title else self.sample.slug
        return title if self.form == TEXT else f"{title}, {self.form}"

    def encoded(self, record: Made) -> bytes:
        """The record as it stands in the log."""
        return _encoded(record, self.form, self.columns)


def logs_of(sample: Sample, count: int) -> Iterator[Log]:
    """A log of so many records for each form of the sample."""
    made = tuple(sample.make(number) for number in range(count))
    for form in sample.forms:
        columns = _columns(made) if form == TABLE else ()
        around = {
            LINES: (b"", b"\n", b"\n"),
            ARRAY: (b"[", b", ", b"]\n"),
            PRETTY: (b"", b"\n", b"\n"),
            TABLE: (_row(columns) + b"\r\n", b"\r\n", b"\r\n"),
            TEXT: (sample.before, sample.between, sample.after),
        }[form]
        records = tuple(_encoded(record, form, columns) for record in made)
        yield Log(sample, form, made, Seed(sample.slug, "", records, *around), columns)


def numbered(record: Any, **words: str) -> Callable[[int], Any]:
    """Makes the record anew with words replaced in its values: `{word: text with {n}, {pid} or {hex}}`."""
    text = json.dumps(record)

    def make(number: int) -> Any:
        changed = text
        for word, other in words.items():
            pid = 2_000 + number
            changed = changed.replace(word, other.format(n=number, pid=pid, hex=f"{pid:x}"))
        return json.loads(changed)

    return make


def flat(record: Row, before: str = "") -> Row:
    """Nested names joined with dots, as tables have them."""
    out: Row = {}
    for key, value in record.items():
        out |= flat(value, f"{before}{key}.") if isinstance(value, dict) and value else {before + key: value}
    return out


def _columns(made: tuple[Made, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for record in made if isinstance(record, dict) for key in flat(record)))


def _encoded(record: Made, form: str, columns: tuple[str, ...]) -> bytes:
    if isinstance(record, str):
        return record.encode(errors="surrogatepass")
    if isinstance(record, list):
        return b"\n".join(_encoded(part, form, columns) for part in record)
    if form == TABLE:
        cells = flat(record)
        return _row([_cell(cells.get(column)) for column in columns])
    return json.dumps(record, indent=2 if form == PRETTY else None).encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, list | dict) else str(value)


def _row(cells: tuple[str, ...] | list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().removesuffix("\r\n").encode(errors="surrogatepass")
