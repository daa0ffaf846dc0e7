"""Take over what Hayabusa or Chainsaw say of the same logs: each hit on a process creation becomes a mark of that process."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from engine.domain.marks import CHAINSAW, HAYABUSA, MarkOrigin, NamedRecord, RuleMark
from engine.domain.records import Reject
from engine.errors import InputError
from engine.jobs.ports.marks import MarksKept, MarkStore
from engine.progress import Run, Step
from engine.sigma.hits import ToolHit, hits
from engine.small_files import checked

LARGEST = 1 << 34
"""Bytes of a file."""
BATCH = 50_000
"""Rows that are looked up together."""
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class MarksImported:
    """What became of the rows of a file."""

    origin: MarkOrigin
    elsewhere: int
    """Rows that are about no process creation."""
    unknown: int
    """Rows about one that the case has not, or has several times."""
    rejected: Mapping[str, int]
    """Why rows could not be used -> how many."""
    first: str
    """What is wrong with the first one of them, with its position; "" for none."""
    problem: str
    """Why the file could not be read to its end; "" where it was."""
    kept: MarksKept


def import_marks(case: str, path: Path, store: MarkStore, run: Run) -> MarksImported:
    """Read the file, find the processes, keep the marks instead of what the same file said before.

    Raises InputError for a file that neither of them wrote, NotFound; Cancelled, which changes nothing.
    """
    path = checked(path.absolute(), LARGEST)
    found: dict[RuleMark, set[int]] = defaultdict(set)
    counts: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    first = problem = ""
    try:
        with path.open("rb") as stream:
            digest, size = _digest(stream, run), path.stat().st_size
            rows = hits(stream, str(path))
            while batch := [*islice(rows, BATCH)]:
                for one in batch:
                    if isinstance(one, Reject):
                        rejected[one.reason] += 1
                        first = first or f"row {one.position:,}: {one.reason}"
                _add(case, [one for one in batch if isinstance(one, ToolHit)], store, run, found, counts)
                run.report(Step("read rows", min(stream.tell(), size), size, "bytes", path.name))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", file=str(path)) from error
    except InputError as error:
        if not counts["rows"]:
            raise
        problem = error.message
    if not counts["rows"]:
        raise InputError(
            f"{path} is no timeline of Hayabusa's and no result of Chainsaw's.",
            file=str(path),
            remedy="hayabusa csv-timeline or json-timeline, chainsaw hunt with --json or --csv; `oddkin formats` tells more.",
        )
    run.report(Step("read rows", size, size, "bytes", path.name, last=True))
    lost = counts["elsewhere"] + counts["unknown"] + rejected.total()
    by = max((HAYABUSA, CHAINSAW), key=counts.__getitem__)
    origin = MarkOrigin(by, str(path), digest, counts["rows"] + rejected.total(), lost)
    kept = store.keep_processes(case, origin, found)
    return MarksImported(origin, counts["elsewhere"], counts["unknown"], dict(rejected), first, problem, kept)


def _add(
    case: str, rows: list[ToolHit], store: MarkStore, run: Run, found: dict[RuleMark, set[int]], counts: Counter[str]
) -> None:
    """Look the records of some rows up."""
    asked: list[tuple[ToolHit, NamedRecord]] = [(row, record) for row in rows for record in row.records]
    places = store.located(case, [record for _, record in asked], run.raise_if_cancelled)
    named: set[int] = set()
    for (row, _), process in zip(asked, places, strict=True):
        if process is not None:
            named.add(row.position)
            for mark in row.marks:
                found[mark].add(process)
    counts.update(row.by for row in rows)
    counts["rows"] += len(rows)
    counts["elsewhere"] += sum(not row.records for row in rows)
    counts["unknown"] += sum(bool(row.records) and row.position not in named for row in rows)


def _digest(stream: BinaryIO, run: Run) -> str:
    digest = hashlib.sha256()
    for block in _blocks(stream):
        run.raise_if_cancelled()
        digest.update(block)
    stream.seek(0)
    return digest.hexdigest()


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(BLOCK):
        yield block
