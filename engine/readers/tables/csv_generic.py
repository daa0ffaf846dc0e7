"""Any table with a column for the executable: by a mapping file, or by the names of its columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.domain.records import LINUX, WINDOWS, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.guard import guarded
from engine.readers.text.csv_common import head_rows, header_of, process_id, sample_of, table
from engine.readers.text.csv_mapping import columns_for, guess
from engine.readers.text.timestamps import parse_utc
from engine.readers.windows.windows_fields import guid, text

_SYSTEMS = {"windows": WINDOWS, "win": WINDOWS, "linux": LINUX}
_DRIVE = re.compile(r"[A-Za-z]:[\\/]|\\")


class GenericReader:
    """The last resort for tables; more specific readers are surer of theirs."""

    name = "csv"

    def sniff(self, head: bytes, path: str) -> float:
        """By how many well-known column names there are; a table of unknown columns is left to `--map`."""
        rows = head_rows(head)
        if len(rows) < 2 or len(rows[0]) < 2:
            return 0.0
        found = guess(header_of(rows[0]))
        if "image" not in found:
            return 0.0
        return 0.6 if len(found) >= 3 else 0.5 if len(found) == 2 else 0.2

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per row. Raises InputError when no column can be the executable."""
        columns: dict[str, str] | None = None
        for row in table(stream, hint.path):
            if isinstance(row, Reject):
                yield row
                continue
            if columns is None:
                columns = columns_for(list(row[1]), hint.mapping, hint.path)
            yield map_row(row[1], row[0], columns, hint.host)


@guarded
def map_row(row: dict[str, str], position: int, columns: dict[str, str], host: str) -> ReaderItem:
    """A row (column -> cell, all of `columns` in it) as an event, or a Reject that names the cell that is wrong."""
    values = {field: text(row[column].strip()) for field, column in columns.items()}
    get = values.get
    record_id = get("record_id") or str(position)
    image = get("image")
    if image is None:
        reason = f"The column {columns['image']!r} is empty: there is no executable to judge."
        return Reject(
            position=position, code="no-image", reason=reason, record_id=record_id, sample=sample_of(list(row.values()))
        )
    when = get("time")
    moment = parse_utc(when) if when else None
    pid_text = get("pid")
    pid = process_id(pid_text)
    if (when and moment is None) or (pid_text and pid is None and pid_text.strip("0") != ""):
        field = "time" if when and moment is None else "pid"
        wanted = "process id" if field == "pid" else "time"
        reason = f"The column {columns[field]!r} holds {str(get(field))[:60]!r}, which is no {wanted}."
        return Reject(
            position=position, code=f"bad-{field}", reason=reason, record_id=record_id, sample=sample_of(list(row.values()))
        )
    return ProcessEvent(
        kind="generic",
        image=image,
        os=_SYSTEMS.get((get("os") or "").lower(), _system(image)),
        host=get("host") or host,
        time_us=moment,
        pid=pid,
        ppid=process_id(get("ppid")),
        guid=guid(get("guid")),
        parent_guid=guid(get("parent_guid")),
        parent_image=get("parent_image"),
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


def _system(image: str) -> str:
    if image.startswith("/"):
        return LINUX
    return WINDOWS if _DRIVE.match(image) or image.lower().endswith(".exe") else ""


READER = GenericReader()
