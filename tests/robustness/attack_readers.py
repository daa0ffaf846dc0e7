"""Damage to one record of a sound log, in every reader and shape of record: what it may cost is that record and its neighbours.

Each round takes a log of `tests.engine.readers.seeds`, damages one of its records, and takes the file in as `oddkin ingest` does,
up to the store: detection, reading, counting.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

from msgspec.structs import replace

from engine.domain.records import ProcessEvent, ReaderItem, Reject
from engine.jobs.ingest.meter import Meter
from engine.jobs.ingest.report import IngestReport
from engine.jobs.ingest.request import IngestRequest
from engine.jobs.ingest.run import Intake
from engine.jobs.ports.ingest import Batch, SourceTicket, WholeSource
from engine.progress import Run, silent
from engine.readers.containers.walk import expand
from engine.readers.guard import CODE
from tests.engine.readers.seeds import Seed, kept, names, seeds
from tests.robustness.attack import Attack, Report

COUNT = 30
HANGING = 20.0
"""CPU seconds for a file of 30 records; the slowest take some hundredths."""
VALUES: tuple[Any, ...] = (
    *(None, True, [], {}, [None], [[1]], {"a": {"b": 1}}, "", "-", 0, -1, 1.5, 4688.0, 2**63, 2**200, 1e308, float("nan")),
    *(float("inf"), "\x00\x1b[31m", "\ud800", "9" * 5_000, "x" * 100_000, "\u202e", ["a", "b"], [4688.0], "4688.0"),
)


def _leaf(record: Any, rng: Random) -> tuple[Any, Any]:
    """A container inside of the record and one of its keys."""
    while True:
        keys = list(record) if isinstance(record, dict) else list(range(len(record)))
        key = rng.choice(keys)
        if not isinstance(record[key], dict | list) or not record[key] or rng.random() < 0.2:
            return record, key
        record = record[key]


def _field(record: bytes, rng: Random) -> bytes:
    """One field of a JSON record dropped, retyped, nested, listed, huge or no number."""
    begin = record.find(b"{")
    document = json.loads(record[begin:])
    mutate(document, rng)
    return record[:begin] + json.dumps(document, indent=2 if b"\n" in record[begin:] else None).encode()


def mutate(document: Any, rng: Random) -> None:
    """One field, anywhere in the record, dropped, retyped, nested, listed, huge or no number."""
    holder, key = _leaf(document, rng)
    choice = rng.randrange(5)
    if choice == 0:
        del holder[key]
    else:
        value = holder[key]
        # Copies: a second change goes into what the first one put there.
        odd, other = deepcopy(rng.choice(VALUES)), deepcopy(rng.choice(VALUES))
        holder[key] = [odd, {"value": value}, [value], [value, deepcopy(value)], other][choice]


def _cut(record: bytes, rng: Random) -> bytes:
    return record[: rng.randrange(1, len(record))]


def _doubled(record: bytes, rng: Random) -> bytes:
    return record + rng.choice((b"", b"\n")) + record


def _quote(record: bytes, rng: Random) -> bytes:
    marks = [at for at, byte in enumerate(record) if byte in b"\"'{}[]<>,"]
    at = rng.choice(marks) if marks else 0
    return record[:at] + record[at + 1 :]


def _control(record: bytes, rng: Random) -> bytes:
    junk = bytes(rng.choice(b"\x00\x01\x07\x08\x0b\x0c\x0d\x1b\x1d\x1e\x7f\x85\xff") for _ in range(rng.choice((1, 30, 3_000))))
    at = rng.randrange(len(record))
    return record[:at] + junk + record[at:]


def _flipped(record: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(record))
    return record[:at] + bytes((record[at] ^ 1 << rng.randrange(8),)) + record[at + 1 :]


def _broken(record: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(record))
    return record[:at] + b"\n" + record[at:]


def _blanks(record: bytes, rng: Random) -> bytes:
    return rng.choice((b"\n", b" ", b"\x00", b"\t")) * rng.choice((1, 100_000)) + record


STRAY = (
    *(
        b"Record 7",
        b"a word, and another",
        b"['curl','bash']",
        b"[2024-05-06 07:08:09] started",
        b"{",
        b"}",
        b"]",
        b'it said "no',
    ),
    *(b"<Event>", b"type=SYSCALL msg=audit(1.1:1): x", b"\xef\xbb\xbf", b"# comment", b"x" * 100_000, b'{"a": NaN}', b"'"),
)


def _stray(record: bytes, rng: Random) -> bytes:
    return rng.choice(STRAY) + b"\n" + record


DAMAGES: dict[str, Callable[[bytes, Random], bytes]] = {
    "field": _field,
    "cut": _cut,
    "doubled": _doubled,
    "lost mark": _quote,
    "control characters": _control,
    "bit": _flipped,
    "broken line": _broken,
    "blanks": _blanks,
    "stray line": _stray,
}


def damaged(seed: Seed, rng: Random) -> tuple[str, int, bytes]:
    """What was done, to which record, and the log."""
    at = rng.choice((0, 1, rng.randrange(COUNT), COUNT - 1))
    records = list(seed.records)
    kind = rng.choice([kind for kind in (*DAMAGES, "interleaved") if kind != "field" or seed.reader == "json"])
    if kind == "interleaved" and at + 1 < COUNT:
        half = rng.randrange(len(records[at]))
        first, last = records[at][:half], records[at][half:]
        records[at : at + 2] = [first, records[at + 1], last]
    elif kind != "interleaved":
        records[at] = DAMAGES[kind](records[at], rng)
    return kind, at, seed.data(records)


class Sink:
    """The store's side of ingest: keeps the items."""

    def __init__(self) -> None:
        self.items: list[ReaderItem] = []
        self.unread = ""

    def holds(self, *_: object) -> bool:
        """Nothing yet."""
        return False

    def add_sources(self, _: str, sources: Sequence[WholeSource]) -> list[int]:
        """Small ones, whole."""
        for one in sources:
            self.append(SourceTicket(1, 0, False), one.batch)
            self.unread = one.error or ""
        return [1] * len(sources)

    def begin_source(self, *_: object) -> SourceTicket:
        """A new source each time."""
        return SourceTicket(1, 0, False)

    def append(self, _: SourceTicket, batch: Batch) -> None:
        """One batch."""
        self.items += [*batch.events, *batch.rejects]

    def finish_source(self, _: SourceTicket, error: str | None = None, read: object = None) -> None:
        """The end; an error means that something of the source is lost."""
        self.unread = error or ""

    def note_unread(self, _: str, __: str, error: str, ___: object = None) -> None:
        """Nothing of it could be read."""
        self.unread = error


def _taken(path: Path) -> tuple[IngestReport, Sink]:
    sink = Sink()
    intake = Intake(IngestRequest([path], "case"), sink, Meter([path], silent), Run())  # type: ignore[arg-type]
    (member,) = expand([path])
    intake.take(member)  # type: ignore[arg-type]
    intake.finish()
    return intake.report, sink


def _told(items: Sequence[ReaderItem]) -> dict[str, list[ProcessEvent]]:
    """What is told of each process, but for where that stands in the log."""
    told: dict[str, list[ProcessEvent]] = {}
    for item in items:
        if isinstance(item, ProcessEvent):
            told.setdefault(kept([item])[0], []).append(replace(item, position=0, record_id=None))
    return told


@cache
def _sound(seed: Seed, folder: Path) -> dict[str, list[ProcessEvent]]:
    path = folder / "sound"
    path.write_bytes(seed.data())
    return _told(_taken(path)[1].items)


def outcome(seed: Seed, at: int, path: Path, near: int = 1, count: int = COUNT) -> tuple[str, str]:
    """What became of the log of `count` records, and what must not be, if it was. Damage to record `at` may cost those that are
    at most `near` away; -1: none. The others are told as in the sound log of `seed`.
    """
    started = process_time()
    report, sink = _taken(path)
    spent = process_time() - started
    if report.skipped:
        return "called no log", "a log was called none"
    (source,) = report.sources
    found, sound = _told(sink.items), _sound(seed, path.parent)
    lost = [number for number, name in enumerate(names(count)) if name not in found]
    far = [number for number in lost if abs(number - at) > near]
    if source.read != source.kept + source.other + sum(source.rejected.values()):
        return "counts differ", f"{source.read} read, {source.kept} kept, {source.other} other, {source.rejected} rejected"
    if source.rejected[CODE]:
        return "unforeseen", next(item.reason for item in sink.items if isinstance(item, Reject) and item.code == CODE)
    if far:
        return "others lost", f"read as {source.format}, {sink.unread}, records {far} lost with record {at}"
    if spent > HANGING:
        return "slow", f"{spent:.0f} s"
    away = (name for number, name in enumerate(names(count)) if abs(number - at) > near)
    if changed := [(name, found[name]) for name in away if not all(one in found[name] for one in sound[name])]:
        return "others changed", f"read as {source.format}, with record {at} {changed}"
    if len(lost) > 1:
        return "lost with a neighbour", ""
    if lost == [at]:
        told = any(note.code == "numbering" for note in source.notes)
        said = source.rejected or source.other or sink.unread or source.kept >= count or told
        return "lost alone", "" if said else "a record is lost without a word"
    return ("a neighbour lost", "") if lost else ("all kept", "")


def run(folder: Path, seed: int, rounds: int) -> Report:
    """Damage, take in, compare."""
    report = Report()
    logs = seeds(COUNT)
    path = folder / "log"
    for number in range(rounds):
        rng = Random(f"{seed} {number}")
        log = logs[number % len(logs)]
        kind, at, data = damaged(log, rng)
        path.write_bytes(data)
        try:
            came, failure = outcome(log, at, path)
        except Exception as error:
            came, failure = "traceback", repr(error)
        report.count(f"{log.name} ({log.reader})" if log.name != log.reader else log.name, came)
        if failure:
            report.fail(f"seed {seed}, round {number}: {log.name}, {kind} in record {at}: {came}: {failure[:300]}")
    return report


ATTACK = Attack(
    name="readers",
    about=(
        f"One record of {COUNT} is damaged (a field dropped, retyped, nested, listed, huge, no number; the record cut, doubled, "
        "interleaved with the next, broken over lines, with a lost quote or bracket, control characters, a flipped bit, blanks "
        "or a stray line before it) and the log taken in. It may cost the record and its direct neighbours; all else is kept."
    ),
    run=run,
    short=400,
    long=40_000,
)
