"""Writes a fleet's raw logs, a folder per host, each in the format that a responder would be handed."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from engine.progress import Run, Step
from engine.simulator.fleet import Fleet
from engine.simulator.logs.formats import FORMATS, LogFormat
from engine.simulator.logs.truth import LabelWriter, write_stories
from engine.simulator.people import SimHost
from engine.simulator.processes import SimProcess
from engine.simulator.seeds import stream

_OTHERS = 0.06
"""Records that are no process creation, per process."""
_DAMAGED = 1 / 800
_EVERY = 1_000
"""Processes between two looks at the token."""


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One log file. Counts are of records, twins counted twice."""

    path: Path
    host: str
    format: str
    processes: int
    others: int
    damaged: int


@dataclass(frozen=True, slots=True)
class WrittenLogs:
    """What `write_logs` made."""

    files: tuple[WrittenFile, ...]
    events: int
    """Process creations that happened (a process with two records counts once)."""
    ground_truth: Path
    """labels.csv; its `file` column is relative to `logs`."""
    stories: Path
    logs: Path
    """The folder to ingest; labels and stories lie beside it, not in it."""
    story_counts: dict[int, int]
    """Number of the intrusion -> its process creations."""

    @property
    def damaged(self) -> int:
        """Records that were cut short on purpose; each should become a reject."""
        return sum(file.damaged for file in self.files)


def write_logs(fleet: Fleet, folder: Path, run: Run) -> WrittenLogs:
    """Write `logs/<host>/…`, labels.csv and intrusions.json into a folder (made when missing, files replaced).

    Raises Cancelled between records; what was written stays.
    """
    logs = folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    files: list[WrittenFile] = []
    counts: dict[int, int] = {}
    events = 0
    with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as labels:
        writer = LabelWriter(labels, fleet)
        for host in fleet.hosts:
            log = _HostLog(fleet, host, logs, writer)
            for process in log.write():
                events += 1
                if process.story:
                    counts[process.story] = counts.get(process.story, 0) + 1
                if events % _EVERY == 0:
                    run.raise_if_cancelled()
                    run.report(Step("simulate", events, unit="events", detail=host.name))
            files.append(log.result())
    write_stories(fleet, folder / "intrusions.json", counts)
    run.report(Step("simulate", events, events, unit="events", last=True))
    return WrittenLogs(tuple(files), events, folder / "labels.csv", folder / "intrusions.json", logs, counts)


class _HostLog:
    """The log file of one host while it is written."""

    def __init__(self, fleet: Fleet, host: SimHost, logs: Path, labels: LabelWriter) -> None:
        self.fleet, self.host, self.labels = fleet, host, labels
        self.format: LogFormat = FORMATS[host.format]
        self.path = logs / host.name / self.format.file
        self.name = f"{host.name}/{self.format.file}"
        self.rng = stream(fleet.plan.seed, host.name, "log")
        # Channels count their records one by one; logs begin in the middle of a life.
        self.numbers = [self.rng.randint(2_000, 4_000_000) for _ in self.format.kinds]
        self.processes = self.others = self.damaged = 0

    def write(self) -> Iterator[SimProcess]:
        """Write the file, yielding each process once it is written."""
        self.path.parent.mkdir(exist_ok=True)
        with _open(self.path) as out:
            for count, process in enumerate(self.fleet.events(self.host)):
                record = self._process(out, process)
                if self.rng.random() < _OTHERS:
                    self._other(out, process)
                if count == 20 or self.rng.random() < _DAMAGED:
                    out.write(damage(record, self.format.marker, self.rng) + b"\n")
                    self.damaged += 1
                yield process

    def _process(self, out: IO[bytes], process: SimProcess) -> bytes:
        record = b""
        for index, kind in enumerate(self.format.kinds):
            self.numbers[index] += 1
            number = self.numbers[index]
            record = kind.render(self.host, process, number)
            out.write(record + b"\n")
            self.labels.add(self.name, self.host, kind, _record_id(kind.name, self.host, number), process)
            self.processes += 1
        return record

    def _other(self, out: IO[bytes], process: SimProcess) -> None:
        index = int(self.rng.random() * len(self.format.others))
        self.numbers[index] += 1
        out.write(self.format.others[index](self.host, process, self.numbers[index]) + b"\n")
        self.others += 1

    def result(self) -> WrittenFile:
        return WrittenFile(self.path, self.host.name, self.host.format, self.processes, self.others, self.damaged)


def _record_id(kind: str, host: SimHost, number: int) -> str:
    """The record's number as its log writes it."""
    if kind == "osquery":
        return f"{number:010d}"
    return f"{host.machine}+{number:08d}" if kind == "ecs" else str(number)


@contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    with ExitStack() as stack:
        raw = stack.enter_context(path.open("wb", buffering=1 << 20))
        if path.suffix != ".gz":
            yield raw
            return
        # No name and no time in the header: equal plans, equal bytes. Level 6 of 9: twice as fast, hardly larger.
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6)
        stack.callback(packed.close)
        yield cast("IO[bytes]", packed)


def damage(record: bytes, marker: bytes, rng: random.Random) -> bytes:
    """What is left of a record after a full disk or a lost packet: its beginning, cut a few bytes behind a marker.

    The marker lies before everything that would make the rest usable, so that each one must end as a reject.
    """
    return record[: record.index(marker) + len(marker) + int(rng.random() * 8)]
