"""`ps` of Linux, the BSDs and macOS: -ef, -eo pid,ppid,…, axo …; what has no column for the parent is no list of this kind."""

from __future__ import annotations

import re

from engine.domain.records import LINUX, ReaderItem
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.lists.listed import event, first
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="ps",
        title="ps",
        export="ps -ef > file, or with times: LC_ALL=C ps -eo pid,ppid,user,lstart,args > file",
        read="every process with its parent, user, command line; the time where lstart or a whole date is there",
        left_out="ps aux and others without parents; STIME (10:00, May02) has no date or no year, so these have no time",
        source="man7.org/linux/man-pages/man1/ps.1.html",
    ),
)

_COMMANDS = ("CMD", "COMMAND", "ARGS")
_STARTS = ("STARTED", "LSTART")
_PARTS = 5
"""Words of lstart: Thu May  2 10:00:07 2024."""
_LONG = re.compile(r"[A-Z][a-z]{2}\s+(?:[A-Z][a-z]{2}\s+\d{1,2}|\d{1,2}\s+[A-Z][a-z]{2})\s+\d\d:\d\d:\d\d\s+\d{4}(?!\S)")
_KERNEL = re.compile(r"\[[^\]]+\]")
_ARGUMENTS = re.compile(r"(\S+)")
_FOREST = re.compile(r"[| ]*\\_ ")
"""The branch of the tree before a command, with f and --forest."""


def recognises(record: Record) -> bool:
    """A pid, a parent and a command, in the capitals of ps; lsof -R has them beside each open file."""
    return "PID" in record and "PPID" in record and "FD" not in record and any(name in record for name in (*_COMMANDS, "COMM"))


def with_long_start(record: Record, line: str, names: list[str]) -> Record:
    """The cells of a line that holds lstart, which is five words under one name."""
    column = next((name for name in _STARTS if name in names), "")
    found = _LONG.search(line) if column else None
    if found is None:
        return record
    before, after = line[: found.start()].split(), line[found.end() :]
    at = names.index(column)
    behind = after.split(None, max(len(names) - at - 2, 0))
    cells = [*before, found.group(), *behind]
    return dict(zip(names, cells, strict=True)) if len(cells) == len(names) else record


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A process. Its program is the first word of the command line where there is no path; brackets are the kernel's threads."""
    command = first(record, *_COMMANDS)
    branch = _FOREST.match(command or "")
    command = command[branch.end() :] if command and branch else command
    name = first(record, "EXE", "COMM")
    if name is None and command is not None:
        whole = _KERNEL.fullmatch(command)
        word = _ARGUMENTS.match(command)
        # A shell of a login is "-bash", a server names itself "sshd: user [priv]".
        name = command if whole or word is None else word.group(1).removeprefix("-").removesuffix(":")
    when = next((record[column] for column in _STARTS if _LONG.fullmatch(str(record.get(column, "")))), None)
    return event(
        record,
        position,
        moments.local(when),
        name=name,
        pid=first(record, "PID"),
        ppid=first(record, "PPID"),
        command_line=command,
        user=first(record, "USER", "UID", "RUSER", "EUSER"),
        os=LINUX,
    )
