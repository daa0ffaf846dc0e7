"""Known labels (ground truth) and how they are matched to ingested records.

Columns of a labels file: file, source, host, event_kind, record_id, guid, pid, ppid, ts, image, label (attack,
background, unknown), confidence (strong, medium, weak, none), reason, case, part. Only `file`, `label` and one way to
find the record (guid, record_id, or pid with ts) are needed. The demo's simulator writes the same columns.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.domain.arrays import Ints
from engine.domain.processes import ProcessTable
from engine.errors import InputError
from engine.readers.text.timestamps import parse_utc
from engine.small_files import bounded_lines, checked, why

ATTACK = "attack"
BACKGROUND = "background"
STRONG = "strong"
_SAYS = {ATTACK: 2, BACKGROUND: 1}
_SURE = {STRONG: 3, "medium": 2, "weak": 1}

PLANTED = re.compile(r"planted: (?P<name>.+), stage (?P<stage>\d+)\Z")
EMULATED = re.compile(r"emulated attack (?P<name>[^\s:(]+)")

"""The two forms of a reason that name an intrusion: the simulator's, and that of attacks which were acted out for a recording."""

TIME_SLACK_US = 2_000
"""Label times passed through floating point; half a millisecond off is the same record, another process is not."""


@dataclass(frozen=True, slots=True)
class Label:
    """One labelled process creation."""

    file: str
    """`container!member`, relative to the folder that was labelled."""
    host: str
    kind: str
    record_id: str
    guid: str
    pid: int | None
    time_us: int | None
    image: str
    label: str
    confidence: str
    reason: str
    case: str
    part: str
    source: str = ""
    """Who recorded it: what leave-one-source-out leaves out."""


@dataclass(frozen=True, slots=True)
class RecordKeys:
    """What one record of a source can be recognised by, and the chain that its process ends."""

    record_id: str | None
    guid: str | None
    pid: int | None
    time_us: int | None
    kind: str
    chain_id: int
    process_id: int = -1
    """The record's process; of a twin, the process that it was merged into."""


@dataclass(frozen=True, slots=True)
class Match:
    """A label and its chain, or the reason why there is none."""

    label: Label
    chain_id: int | None
    problem: str = ""
    process_id: int = -1


REMEDY = "A CSV with the columns file and label is needed, in UTF-8; every demo writes one, labels.csv."
LARGEST = 1 << 30
"""Bytes of a labels file, and characters of what it unpacks to."""


def read_labels(path: Path) -> list[Label]:
    """Read a labels file (.csv or .csv.gz). Raises InputError with the line when a needed column or label is wrong."""
    checked(path, LARGEST)
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rt", newline="") if packed else path.open(newline="", encoding="utf-8") as text:
            return list(_rows(csv.DictReader(bounded_lines(text, path, LARGEST)), str(path)))
    except (OSError, UnicodeDecodeError, csv.Error, EOFError) as error:
        raise InputError(f"Cannot read labels from {path}: {why(error, path)}.", file=str(path), remedy=REMEDY) from error


def _rows(reader: csv.DictReader[str], path: str) -> Iterator[Label]:
    missing = {"file", "label"} - set(reader.fieldnames or ())
    if missing:
        raise InputError(
            f"{path} has no column {', '.join(sorted(missing))}",
            file=path,
            remedy=REMEDY,
        )
    for line, row in enumerate(reader, start=2):
        if row["label"] not in {ATTACK, BACKGROUND, "unknown"}:
            raise InputError(f"{path}, line {line}: label {row['label']!r}; known are attack, background, unknown", file=path)
        pid = row.get("pid") or ""
        yield Label(
            file=row["file"],
            host=row.get("host") or "",
            kind=row.get("event_kind") or "",
            record_id=row.get("record_id") or "",
            guid=(row.get("guid") or "").strip("{}").lower(),
            pid=int(pid) if pid.isdecimal() else None,
            time_us=parse_utc(row.get("ts") or ""),
            image=row.get("image") or "",
            label=row["label"],
            confidence=row.get("confidence") or "none",
            reason=row.get("reason") or "",
            case=row.get("case") or "",
            part=row.get("part") or "",
            source=row.get("source") or "",
        )


def by_file(labels: Sequence[Label]) -> Mapping[str, list[Label]]:
    """Labels grouped by file, in the order of the labels file."""
    groups: dict[str, list[Label]] = defaultdict(list)
    for label in labels:
        groups[label.file].append(label)
    return groups


def is_source(source_path: str, file: str) -> bool:
    """Whether an ingested source is the labelled file: the label's path is relative to some folder above it."""
    source_path = source_path.replace("\\", "/")
    return source_path == file or source_path.endswith("/" + file)


def match_file(labels: Sequence[Label], records: Sequence[RecordKeys]) -> list[Match]:
    """Match the labels of one file to its records: by guid, else record id, else pid and time. Linear."""
    by_guid: dict[str, RecordKeys] = {}
    by_id: dict[tuple[str, int | None], RecordKeys] = {}
    by_id_alone: dict[str, RecordKeys | None] = {}
    by_pid: dict[int, list[RecordKeys]] = defaultdict(list)
    for record in records:
        if record.guid:
            by_guid.setdefault(record.guid, record)
        if record.record_id is not None:
            by_id.setdefault((record.record_id, record.pid), record)
            by_id_alone[record.record_id] = None if record.record_id in by_id_alone else record
        if record.pid is not None:
            by_pid[record.pid].append(record)
    return [_match(label, by_guid, by_id, by_id_alone, by_pid) for label in labels]


def _match(
    label: Label,
    by_guid: Mapping[str, RecordKeys],
    by_id: Mapping[tuple[str, int | None], RecordKeys],
    by_id_alone: Mapping[str, RecordKeys | None],
    by_pid: Mapping[int, list[RecordKeys]],
) -> Match:
    found = by_guid.get(label.guid) if label.guid else None
    # Record ids repeat within a file (Sysmon and Security channels in one export), hence the pid beside them.
    found = found or by_id.get((label.record_id, label.pid))
    if found is None and label.pid is not None and label.time_us is not None:
        timed = ((record.time_us, record) for record in by_pid.get(label.pid, ()))
        near = [(abs(time_us - label.time_us), record) for time_us, record in timed if time_us is not None]
        distance, nearest = min(near, key=lambda pair: pair[0], default=(TIME_SLACK_US + 1, None))
        found = nearest if distance <= TIME_SLACK_US else None
    if found is None and label.pid is None:
        found = by_id_alone.get(label.record_id)
    if found is None:
        return Match(label, None, "no record with this guid, record id, or pid and time")
    if found.chain_id < 0:
        return Match(label, None, "the record has no image, so it ends no chain")
    return Match(label, found.chain_id, process_id=found.process_id)


def of_processes(matches: Sequence[Match], table: ProcessTable) -> tuple[Ints, list[Label]]:
    """The labelled processes that end a chain, [m] ascending indexes into the table, and what is known of each."""
    matched = [match for match in matches if match.chain_id is not None]
    place = table.index_of(np.array([match.process_id for match in matched], dtype=np.int64)).tolist()
    found: dict[int, list[Label]] = defaultdict(list)
    for index, match in zip(place, matched, strict=True):
        if index >= 0 and table.chain[index] >= 0:
            found[index].append(match.label)
    index = np.array(sorted(found), dtype=np.int64)
    return index, [merged(found[at]) for at in index.tolist()]


def merged(labels: Sequence[Label]) -> Label:
    """What the labels of one process say: its records (twins, copies) have one each, and they may differ.

    It is an attack when one of them says so, whichever; else background when one does. Of those that say it the surest counts,
    with its reason. Case, part and source are of the first that has a case. (That one counted as a whole before: an attack whose
    twin was labelled unknown was none.)
    """
    said = max(labels, key=lambda label: (_SAYS.get(label.label, 0), _SURE.get(label.confidence, 0)))
    home = next((label for label in labels if label.case), labels[0])
    return replace(said, case=home.case, part=home.part, source=home.source)


def intrusion_of(label: Label) -> tuple[str, int]:
    """Name and stage of the intrusion that an attack belongs to; ("", 0) for none, stage 0 where there are none.

    It is known from the reason, by two forms:

        planted: NAME, stage N    one intrusion for each stage and host
        emulated attack NAME …    one intrusion: NAME ends at a space, colon or bracket
    """
    if label.label != ATTACK:
        return "", 0
    if planted := PLANTED.match(label.reason):
        return planted["name"], int(planted["stage"])
    emulated = EMULATED.match(label.reason)
    return (emulated["name"], 0) if emulated else ("", 0)
