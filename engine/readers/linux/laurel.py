"""LAUREL: audit events as JSON, one object an event, the records of it under their types.

Laurel's json-format.md and its README. SYSCALL, EXECVE, CWD and PROCTITLE are objects, PATH a list of them; what is no
printable ASCII, and `%`, is percent-encoded. The parent stands in PARENT_INFO, since 0.5 in SYSCALL.PPID.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from engine.domain.records import LINUX, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.linux.auditd_records import EXEC_NAMES, EXEC_SYSCALLS, as_bytes, as_text
from engine.readers.text.applets import told_by
from engine.readers.text.moments import Moments
from engine.readers.text.nested import at, group
from engine.readers.text.timestamps import from_seconds_text
from engine.readers.windows.windows_fields import number, sample_of, text

FORMATS = (
    Format(
        slug="laurel",
        title="LAUREL",
        export="/var/log/laurel/audit.log*",
        read="successful execve and execveat with their arguments, and the parent as laurel tells it",
        left_out="failed calls, events of other types",
        source="github.com/threathunters-io/laurel, json-format.md",
    ),
)

_ID = re.compile(r"(\d{1,11}\.\d{1,9}):(\d{1,20})", re.ASCII)
_BEGINNING = 4096
"""Of a command line: the first two words are in it."""
_UNSET = frozenset(("4294967295", "-1", "unset"))


def recognises(record: Record) -> bool:
    """An ID that is an audit stamp, and nothing but types of records and the node beside it, or a SYSCALL."""
    stamp = record.get("ID")
    if type(stamp) is not str or _ID.fullmatch(stamp) is None:
        return False
    return any(key == "SYSCALL" or key.startswith("SYSCALL.") for key in record) or all(map(str.isupper, record))


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """One event; None unless it is a successful execve."""
    call = group(record, "SYSCALL")
    if not _is_exec(call) or text(at(call, "success")) == "no":
        return None
    stamp = _ID.fullmatch(record["ID"])
    pid = number(at(call, "pid"))
    if pid is None or stamp is None:
        return Reject(position=position, code="incomplete-event", reason="SYSCALL without a pid.", sample=sample_of(record))
    argv, command = _argv(group(record, "EXECVE"))
    if command is None:
        argv, command = _argv(group(record, "PROCTITLE"))
    image = _plain(at(call, "exe")) or (argv[0] if argv else None)
    if image is None:
        return Reject(position=position, code="no-image", reason="SYSCALL.exe and EXECVE are empty.", sample=sample_of(record))
    parent = group(record, "PARENT_INFO") or group(call, "PPID")
    parent_argv, parent_command = _argv(parent)
    parent_words = parent_argv or [_plain(at(parent, "comm")) or ""]
    # Laurel 0.1 told the parent's arguments only.
    parent_image = _plain(at(parent, "exe")) or next(iter(parent_argv), None)
    ppid = at(call, "ppid")
    session = text(at(call, "ses"))
    return ProcessEvent(
        kind="auditd",
        image=told_by(image, *(argv[:2] or (_plain(at(call, "comm")),))),
        os=LINUX,
        host=text(record.get("NODE")) or "",
        time_us=from_seconds_text(stamp.group(1)),
        pid=pid,
        ppid=number(ppid),
        parent_image=told_by(parent_image, *parent_words[:2]) if parent_image else None,
        command_line=command,
        parent_command_line=parent_command,
        user=next((name for key in ("UID", "AUID", "uid") if (name := text(at(call, key))) and name not in _UNSET), None),
        cwd=_plain(at(record, "CWD.cwd")),
        logon_id=None if session in _UNSET else session,
        record_id=stamp.group(2),
        position=position,
    )


def _is_exec(call: Mapping[str, Any]) -> bool:
    named = text(at(call, "SYSCALL"))
    called, arch = as_bytes(text(at(call, "syscall")) or ""), (text(at(call, "arch")) or "").removeprefix("0x")
    if named is not None:
        return as_bytes(named) in EXEC_NAMES
    return called in EXEC_NAMES or called in EXEC_SYSCALLS.get(as_bytes(arch), ())


def _argv(record: Mapping[str, Any]) -> tuple[list[str], str | None]:
    """The first arguments and the command line, of a list (ARGV) or of one text (ARGV_STR, when laurel is set so)."""
    found = at(record, "ARGV")
    if type(found) is list:
        # Each is an argument, "-" and "" too, which elsewhere say that nothing is known.
        words = [_decoded(item) if type(item) is str else text(item) or "" for item in found]
        return words, shlex.join(words) or None
    line = _plain(found if type(found) is str else at(record, "ARGV_STR"))
    return (line or "")[:_BEGINNING].split(None, 2)[:2], line


def _plain(value: Any) -> str | None:
    """Text with its percent codes undone."""
    found = text(value)
    return None if found is None else _decoded(found)


def _decoded(found: str) -> str:
    return as_text(unquote_to_bytes(as_bytes(found))) if "%" in found else found
