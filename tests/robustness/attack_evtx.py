"""Flipped bits in event logs: what changes the records that are read has to be said."""

from __future__ import annotations

import io
import random
from pathlib import Path

from engine.domain.records import ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.windows.evtx import READER
from engine.readers.windows.evtx_chunks import CHUNK, FILE_HEADER, FIRST_RECORD
from tests.engine.readers.evtx_maker import Chunk, evtx_file
from tests.robustness.attack import Attack, Report

RECORDS = 8
TABLES = 128
"""Where a chunk's header ends, and its tables of shared strings and templates begin."""


def run(folder: Path, seed: int, rounds: int) -> Report:
    """Flip one to three bits of a log of two chunks, round by round."""
    del folder  # the reader takes a stream
    report, dice = Report(), random.Random(seed)
    log, used = _log()
    before = _read(log)
    places = _places(used)
    for number in range(rounds):
        where = dice.choice(list(places))
        data = bytearray(log)
        flips = [(dice.choice(places[where]), 1 << dice.randrange(8)) for _ in range(dice.randint(1, 3))]
        for at, bit in flips:
            data[at] ^= bit
        again = f"seed {seed}, round {number}, flips {flips}"
        try:
            after = _read(bytes(data))
        except Exception as error:
            report.fail(f"{type(error).__name__} ({error}): {again}")
            continue
        same, said = _events(after) == _events(before), any(isinstance(item, Reject) for item in after)
        report.count(where, {(True, True): "same records, said", (True, False): "same records", (False, True): "said"}.get(
            (same, said), "changed without a word"
        ))  # fmt: skip
        if not same and not said:
            report.fail(f"changed without a word: {again}")
    return report


def _log() -> tuple[bytes, int]:
    """A log of two chunks, and how much of each is used."""
    chunks = []
    for first in (1, RECORDS + 1):
        chunk = Chunk()
        for record_id in range(first, first + RECORDS):
            chunk.process(record_id)
        chunks.append(chunk)
    return evtx_file(*(chunk.finished() for chunk in chunks)), min(chunk.at for chunk in chunks)


def _places(used: int) -> dict[str, list[int]]:
    """Byte offsets by what stands there."""
    starts = (FILE_HEADER, FILE_HEADER + CHUNK)
    parts = {"chunk header": (0, TABLES), "tables of a chunk": (TABLES, FIRST_RECORD), "records": (FIRST_RECORD, used)}
    found = {name: [start + at for start in starts for at in range(*span)] for name, span in parts.items()}
    return {"file header": list(range(128)), **found}


def _read(data: bytes) -> list[ReaderItem]:
    return list(READER.read(io.BytesIO(data), ReadOptions()))


def _events(items: list[ReaderItem]) -> list[ProcessEvent]:
    return [item for item in items if isinstance(item, ProcessEvent)]


ATTACK = Attack(
    "evtx",
    "Bits are flipped in an event log. The records may change only where a record or a chunk is rejected.",
    run,
    short=1_000,
    long=60_000,
)
