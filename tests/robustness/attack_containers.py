"""Containers that are cut, changed, joined, prefixed, nested and blown up: what is in them is read, or something is said."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import zstandard

from engine.errors import InputError
from engine.jobs.ingest.report import IngestReport
from engine.jobs.ingest.request import IngestRequest
from engine.jobs.ingest.run import ingest
from engine.jobs.ports.ingest import Batch, SourceTicket, WholeSource
from engine.progress import Run
from engine.readers.containers.decompress import Limits
from engine.readers.containers.member import Member
from engine.readers.containers.walk import expand
from tests.robustness.attack import Attack, Report

Files = dict[str, bytes]
Dice = random.Random
BOMB = Limits(ratio=20, ratio_from=1 << 20)
MOST_BYTES = 4 << 20
"""More than this from a bomb of some kilobytes under BOMB is a bomb that went off."""


class Kept:
    """An IngestStore that counts records: what the job hands over is what is kept. Not process creations: without
    a checksum of its own (tar, zstd) a container cannot tell that a record in it was made another.
    """

    def __init__(self) -> None:
        self.records = 0

    def holds(self, case: str, sha256: str) -> bool:
        return False

    def add_sources(self, case: str, sources: Sequence[WholeSource]) -> Sequence[int | None]:
        self.records += sum(source.batch.items for source in sources)
        return [1] * len(sources)

    def begin_source(self, case: str, path: str, sha256: str, size: int, fmt: str) -> SourceTicket:
        return SourceTicket(1, 0, complete=False)

    def append(self, ticket: SourceTicket, batch: Batch) -> None:
        self.records += batch.items

    def unlinked_hosts(self, case: str) -> Sequence[int]:
        return []

    def ignore(self, *_arguments: Any) -> None:
        """Nothing to be done."""

    settle_hosts = finish_source = note_container = note_unread = finish_lineage = leave_if_empty = comes_from = ignore


def log(first: int, lines: int) -> bytes:
    """Process creations, each another."""
    fields = {"EventID": 1, "SourceName": "Microsoft-Windows-Sysmon", "Hostname": "h", "Image": "C:\\a.exe"}
    rows = [fields | {"ProcessGuid": f"{{{number}}}", "ProcessId": str(number)} for number in range(first, first + lines)]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def tar(files: Files) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, next(iter(files))
        archive.addfile(link)
    return buffer.getvalue()


def zipped(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def one(pack: Callable[[bytes], bytes]) -> Callable[[Files], bytes]:
    """A single stream holds the files one behind the other."""
    return lambda files: pack(b"".join(files.values()))


PACK: dict[str, Callable[[Files], bytes]] = {
    "gz": one(gzip.compress),
    "xz": one(lzma.compress),
    "lzma": one(lambda data: lzma.compress(data, lzma.FORMAT_ALONE)),
    "bz2": one(bz2.compress),
    "zst": one(zstandard.ZstdCompressor().compress),
    "tar": tar,
    "tar.gz": lambda files: gzip.compress(tar(files)),
    "tar.zst": lambda files: zstandard.ZstdCompressor().compress(tar(files)),
    "zip": zipped,
    "zip, stored": lambda files: zipped(files, zipfile.ZIP_STORED),
    "zip in tar": lambda files: tar({"in.zip": zipped(files)}),
    "tar.gz in zip": lambda files: zipped({"in.tar.gz": gzip.compress(tar(files))}, zipfile.ZIP_STORED),
}


def cut(data: bytes, dice: Dice) -> bytes:
    # A file without a byte is no container that lost something: it is listed as empty, and nobody can tell more.
    return data[: dice.randrange(1, len(data))]


def changed(data: bytes, dice: Dice) -> bytes:
    out = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        out[dice.randrange(len(out))] ^= 1 << dice.randrange(8)
    return bytes(out)


def holed(data: bytes, dice: Dice) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + dice.randbytes(dice.randint(1, 600)) + data[at + dice.randint(0, 600) :]


def prefixed(data: bytes, dice: Dice) -> bytes:
    return dice.choice([b"MZ" + bytes(500), dice.randbytes(700), b"#!/bin/sh\nexit\n"]) + data


def followed(data: bytes, dice: Dice) -> bytes:
    return data + dice.choice([bytes(70_000), b"\n", dice.randbytes(300), b"JUNK" + data])


def begun_wrong(data: bytes, dice: Dice) -> bytes:
    """One bit of the first header."""
    out = bytearray(data)
    out[dice.randrange(min(512, len(out)))] ^= 1 << dice.randrange(8)
    return bytes(out)


def unnamed(data: bytes, dice: Dice) -> bytes:
    """A zip whose directory does not name one of its members; other containers as they are."""
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or not data.startswith(b"PK\x03\x04"):
        return data
    count, size, start = struct.unpack_from("<HII", data, end + 10)
    entries = [b"PK\x01\x02" + entry for entry in data[start : start + size].split(b"PK\x01\x02")[1:]]
    del entries[dice.randrange(len(entries))]
    directory = b"".join(entries)
    record = data[end : end + 8] + struct.pack("<HHII", count - 1, count - 1, len(directory), start) + data[end + 20 :]
    return data[:start] + directory + record


ACTS: dict[str, Callable[[bytes, Dice], bytes]] = {
    "intact": lambda data, _dice: data,
    "cut": cut,
    "bits flipped": changed,
    "a piece replaced": holed,
    "behind other data": prefixed,
    "before other data": followed,
    "one bit wrong at the beginning": begun_wrong,
    "a member taken out of the directory": unnamed,
}


JOINED = "one behind another"
WHOLE, LOST = "all read", "lost without a word"


def run(folder: Path, seed: int, rounds: int) -> Report:
    """One container a round, damaged in one way or joined with another; a bomb every fiftieth."""
    report, dice = Report({act: {} for act in (*ACTS, JOINED)}), random.Random(seed)
    path = folder / "given"
    for number in range(rounds):
        again = f"seed {seed}, round {number}"
        try:
            if number % 50 == 49:
                _bomb(path, dice, report, again)
            else:
                _container(path, dice, report, again)
        except Exception as error:
            report.fail(f"{type(error).__name__} ({error}): {again}")
    return report


def _container(path: Path, dice: Dice, report: Report, again: str) -> None:
    kind = dice.choice(list(PACK))
    act = dice.choice([*ACTS, JOINED])
    files = {f"{number}.json": log(100 * number, dice.randint(3, 20)) for number in range(dice.randint(1, 4))}
    data = PACK[kind](files)
    expected = sum(content.count(b"\n") for content in files.values())
    if act == JOINED:
        more = log(5_000, 7)
        data, expected = data + PACK[kind]({"more.json": more}), expected + 7
    else:
        data = ACTS[act](data, dice)
    path.write_bytes(data)
    store = Kept()
    found = ingest(IngestRequest([path], "c"), store, Run())
    outcome = _outcome(store.records, expected, found)
    report.count(act, outcome)
    if outcome == LOST or (act == "intact" and outcome != WHOLE):
        report.fail(f"{kind}, {act}: {store.records} of {expected} kept, {outcome}: {again}")


def _outcome(kept: int, expected: int, found: IngestReport) -> str:
    said = found.unreadable or bool(found.skipped)
    if kept >= expected:
        return "all read, something said" if said else WHOLE
    if not said:
        return LOST
    return "some read, the rest said" if kept else "nothing read, said"


def _bomb(path: Path, dice: Dice, report: Report, again: str) -> None:
    """A small file that expands far: in one stream, in many members, in archives inside of archives."""
    zeros = b"A" * (1 << 20)
    many = {f"{number}": zeros for number in range(60)}
    kinds = {
        "one stream": lambda: gzip.compress(zeros * 30),
        "many members": lambda: zipped(many),
        "archives inside": lambda: zipped({f"{number}.zip": zipped(dict(list(many.items())[:12])) for number in range(6)}),
        "streams in a tar": lambda: tar({f"{number}.xz": lzma.compress(zeros * 3) for number in range(20)}),
    }
    kind = dice.choice(list(kinds))
    path.write_bytes(kinds[kind]())
    total, said = 0, False
    for member in expand([path], BOMB):
        if not isinstance(member, Member):
            said |= isinstance(member, InputError)
            continue
        with member.open() as stream:
            try:
                while part := stream.read(1 << 16):
                    total += len(part)
            except InputError:
                said = True
    held = said and total <= MOST_BYTES
    report.count(f"bomb: {kind}", "stopped, said" if held else "went off")
    if not held:
        report.fail(f"bomb, {kind}: {total:,} bytes came out, {'said' if said else 'not said'}: {again}")


ATTACK = Attack(
    "containers",
    "Archives and compressed files of every kind are cut, changed, joined, prefixed, nested and blown up. The records in"
    " them are read, or the report says that something is missing.",
    run,
    short=300,
    long=20_000,
)
