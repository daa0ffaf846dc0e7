"""Process Monitor's CSV: of all operations the ones that create or end a process.

The row of a Process Create is about the parent: Process Name and PID are the parent's, the child is in Path and Detail.
"""

from __future__ import annotations

import re

from engine.domain.records import SAMPLE_BYTES, WINDOWS, ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.lists.listed import first
from engine.readers.text.csv_common import process_id
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="procmon",
        title="Process Monitor",
        export="Process Monitor: File, Save, Comma-Separated Values, all events; with the column Date & Time there are dates",
        read="Process Create rows: program, pid, command line, the creating process; Process Exit as an end",
        left_out="registry, files, network, threads, images; Process Start, which repeats Process Create. A time of day "
        "without a date",
        source="learn.microsoft.com/sysinternals/downloads/procmon",
    ),
)

_DETAIL = re.compile(r"PID: (\d{1,10})(?:, Command line: (.*))?", re.DOTALL)
_DATES = ("Date & Time", "Date and Time", "Date")


def recognises(record: Record) -> bool:
    """The columns that Process Monitor shows unless somebody hides them."""
    return "Operation" in record and "PID" in record and "Process Name" in record and ("Path" in record or "Result" in record)


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A created process, the end of one, or None."""
    operation = record.get("Operation")
    if operation not in ("Process Create", "Process Exit"):
        return None
    # A time of day alone is no time; whoever wants one adds the column with the date.
    when = next((record[name] for name in _DATES if record.get(name)), None)
    time_us = moments.local(when)
    parent = first(record, "Image Path") or first(record, "Process Name")
    if operation == "Process Exit":
        return ProcessEnd(position=position, time_us=time_us, pid=process_id(first(record, "PID")), image=parent)
    detail = _DETAIL.match(first(record, "Detail") or "")
    image = first(record, "Path")
    if image is None or detail is None:
        reason = "The created process is not told: its program is in the column Path, its pid in Detail."
        sample = str(dict(record)).encode("utf-8", "replace")[:SAMPLE_BYTES]
        return Reject(position=position, code="incomplete-event", reason=reason, sample=sample)
    return ProcessEvent(
        kind="procmon",
        image=image,
        os=WINDOWS,
        time_us=time_us,
        pid=process_id(detail.group(1)),
        ppid=process_id(first(record, "PID")),
        parent_image=parent,
        command_line=detail.group(2) or None,
        parent_command_line=first(record, "Command Line"),
        record_id=str(position),
        position=position,
    )
