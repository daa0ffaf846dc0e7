"""Records of no known kind as process creations, where the evidence is enough; otherwise what they are, or that nobody knows.

For JSON record by record, since lines of many kinds stand in one file; for tables once, by their first rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import islice
from typing import Any

from engine.domain.records import LINUX, SAMPLE_BYTES, WINDOWS, ProcessEvent, ReaderItem, Reject, Unknown
from engine.readers.contract import Record
from engine.readers.guard import KEYS_TOLD, guarded, told_keys
from engine.readers.guess.evidence import DATE, NAME, Cells, Judgement, judge, of_creation
from engine.readers.guess.values import is_absent, is_nothing
from engine.readers.text.csv_common import process_id, sample_of
from engine.readers.text.moments import Moments
from engine.readers.windows.windows_fields import guid, text

_SYSTEMS = {"windows": WINDOWS, "win": WINDOWS, "linux": LINUX}
_FIELDS = 400
"""Fields of a record that are looked at."""
_DEEPEST = 6


def flat(record: Record) -> dict[str, str]:
    """What a record of any depth holds, as text under a.b; arguments in a list are one text. Bounded."""
    cells: dict[str, str] = {}
    _flatten(record, "", 0, cells)
    return cells


def _flatten(record: Mapping[str, Any], before: str, depth: int, cells: dict[str, str]) -> None:
    for key, value in islice(record.items(), _FIELDS):
        if len(cells) >= _FIELDS:
            return
        name = f"{before}{str(key)[:SAMPLE_BYTES]}"
        if isinstance(value, dict):
            if depth < _DEEPEST:
                _flatten(value, f"{name}.", depth + 1, cells)
        elif (told := _told(value)) is not None:
            cells[name] = told


def _told(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return None if isinstance(value, float) and math.isnan(value) else str(value)
    if isinstance(value, list) and value and all(isinstance(part, str | int) for part in value):
        return " ".join(map(str, value))
    return None


@guarded
def guess_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """One JSON record of no known kind: a process creation, None for what is known to be something else, or Unknown."""
    cells = flat(record)
    judged = judge([cells]) if cells else Judgement({})
    if judged.columns:
        return map_cells({**dict.fromkeys(judged.columns.values(), ""), **cells}, position, judged.columns, moments)
    if judged.other:
        moments.set_aside(judged.other)
        return None
    return unknown(told_keys(record), position, judged)


def is_guessable(record: Record) -> bool:
    """Whether `guess_record` finds a process creation, or a program at least: for detection."""
    judged = judge([cells]) if (cells := flat(record)) else Judgement({})
    return bool(judged.columns or judged.near)


def other_than_process(record: Record) -> str:
    """What a record is known to be instead of a process creation, or ""."""
    return judge([cells]).other if (cells := flat(record)) else ""


def unknown(keys: tuple[str, ...], position: int, judged: Judgement) -> Unknown:
    """A record that nobody understands, with what could be mapped of it."""
    return Unknown(position=position, keys=keys[:KEYS_TOLD], near=tuple(judged.near.items()))


def map_row(row: Cells, position: int, judged: Judgement, moments: Moments) -> ReaderItem:
    """A row of a table that was judged by its first rows; None for rows that are about something else."""
    if of_creation(row, judged.event, judged.against) is not True:
        return None
    return map_cells(row, position, judged.columns, moments)


@guarded
def map_cells(row: Cells, position: int, columns: Mapping[str, str], moments: Moments, host: str = "") -> ReaderItem:
    """A row (column -> cell, all of `columns` in it) as an event, or a Reject that names the cell that is wrong."""
    cells = ((field, row[column].strip()) for field, column in columns.items())
    values = {field: None if is_absent(cell) else text(cell) for field, cell in cells}
    get = values.get
    record_id = get("record_id") or str(position)
    image = (get("image") or get(NAME) or "").strip('"')
    sample = sample_of(list(row.values()))
    if not image:
        reason = f"The column {columns['image']!r} is empty: there is no executable to judge."
        return Reject(position=position, code="no-image", reason=reason, record_id=record_id, sample=sample)
    when, pid_text = get("time"), get("pid")
    if when and DATE in values:
        when = f"{get(DATE) or ''} {when}"
    pid = process_id(pid_text)
    if pid_text and pid is None and pid_text.strip("0") != "" and not is_nothing(pid_text):
        reason = f"The column {columns['pid']!r} holds {pid_text[:60]!r}, which is no process id."
        return Reject(position=position, code="bad-pid", reason=reason, record_id=record_id, sample=sample)
    return ProcessEvent(
        kind="generic",
        image=image,
        os=_SYSTEMS.get((get("os") or "").lower(), system_of(image)),
        host=get("host") or host,
        time_us=moments.utc(when) if "utc" in columns.get("time", "").casefold() else moments.local(when),
        pid=pid,
        ppid=process_id(get("ppid")),
        guid=guid(get("guid")),
        parent_guid=guid(get("parent_guid")),
        parent_image=(get("parent_image") or "").strip('"') or None,
        command_line=get("command_line"),
        parent_command_line=get("parent_command_line"),
        user=get("user"),
        integrity=get("integrity"),
        cwd=get("cwd"),
        logon_id=get("logon_id"),
        original_name=get("original_name"),
        hashes=get("hashes"),
        record_id=record_id,
        position=position,
    )


def system_of(image: str) -> str:
    """The system that an executable's path or name is from, "" where it does not tell."""
    if image.startswith("/"):
        return LINUX
    drive = image[1:3] in (":\\", ":/") or image.startswith("\\")
    return WINDOWS if drive or image.lower().endswith(".exe") else ""
