"""Volatility's lists of processes: windows.pslist, psscan, pstree, linux.pslist of Volatility 3, pslist and psscan of
Volatility 2.
"""

from __future__ import annotations

import re
from typing import Any

from engine.domain.records import LINUX, WINDOWS, ReaderItem
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.lists.listed import end, event, first, told, with_end
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="volatility",
        title="Volatility process lists",
        export="vol -f memory.raw -r csv windows.pslist (or psscan, pstree, linux.pslist; -r json, -r jsonl; plain text)",
        read="every process with its parent, creation time, path and command line where pstree has them; ends of ended ones",
        left_out="threads, handles, sessions; other plugins",
        source="volatility3 plugins/windows/pslist.py, pstree.py, plugins/linux/pslist.py: the columns of their TreeGrid",
    ),
)

_STARS = re.compile(r"^[*. ]+")
"""How text shows the depth in a tree, before the pid or the name."""
_OFFSET = re.compile(r"^0x[0-9a-fA-F]+:")
_CREATED = ("CreateTime", "Create Time", "CREATION TIME", "Creation Time", "Start", "Start Time", "Time created", "Time")
_EXITS = ("ExitTime", "Exit", "Time exited")
_PIDS, _PPIDS = ("PID", "Pid"), ("PPID", "PPid")
_NAMES = ("ImageFileName", "COMM", "Name")
_MARKS = ("ImageFileName", "COMM", "Offset(V)", "Offset(P)", "OFFSET (V)", "Offset (V)", "Offset", "Thds")
_TREE = "__children"
_MOST = 1_000_000
"""Processes of one tree."""


def recognises(record: Record) -> bool:
    """A pid, a parent's pid and a column that only Volatility has; or the end that `expanded` made of such a row."""
    if "PPID" not in record and "PPid" not in record:
        return "ExitTime" in record and "ImageFileName" in record and "PID" in record
    return any(name in record for name in _PIDS) and any(mark in record for mark in _MARKS)


def expanded(record: Record) -> list[Any] | None:
    """The rows of a tree and the ends of processes; None for a row that is one record."""
    if not recognises(record):
        return None
    out: list[Any] = []
    waiting: list[Any] = [record]
    while waiting and len(out) < _MOST:
        one = waiting.pop()
        if not isinstance(one, dict):
            out.append(one)
            continue
        children = one.get(_TREE)
        plain = {key: value for key, value in one.items() if key != _TREE}
        if isinstance(children, list):
            waiting += reversed(children)
        exit_key = next((key for key in _EXITS if told(one.get(key)) is not None), None)
        has_parent = "PPID" in one or "PPid" in one
        out += with_end(plain, exit_key, ("PID", "ImageFileName")) if exit_key == "ExitTime" and has_parent else [plain]
    return None if len(out) == 1 and _TREE not in record else out


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A process, or its end. Times are UTC."""
    pid = _STARS.sub("", first(record, *_PIDS) or "")
    name = first(record, *_NAMES)
    name = _OFFSET.sub("", _STARS.sub("", name)) if name else None
    if "PPID" not in record and "PPid" not in record:
        return end(position, moments.utc(record.get("ExitTime")), pid, name)
    path = first(record, "Path")
    return event(
        record,
        position,
        moments.utc(first(record, *_CREATED)),
        path=path if path and ("\\" in path or "/" in path) else None,
        name=name,
        pid=pid,
        ppid=first(record, *_PPIDS),
        command_line=first(record, "Cmd", "CommandLine", "ARGS"),
        os=LINUX if "COMM" in record else WINDOWS,
    )
