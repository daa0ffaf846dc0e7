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
from engine.readers.linux.auditd_records import EXEC_NAMES, EXEC_SYSCALLS, as_text
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
    argv = _words(record, "EXECVE") or _words(record, "PROCTITLE")
    image = _plain(at(call, "exe")) or (argv[0] if argv else None)
    if image is None:
        return Reject(position=position, code="no-image", reason="SYSCALL.exe and EXECVE are empty.", sample=sample_of(record))
    parent = group(record, "PARENT_INFO") or group(call, "PPID")
    parent_argv: list[str | None] = [*_words(parent, "ARGV", "")] or [_plain(at(parent, "comm"))]
    # Laurel 0.1 told the parent's arguments only.
    parent_image = _plain(at(parent, "exe")) or next(filter(None, parent_argv), None)
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
        parent_image=told_by(parent_image, *parent_argv[:2]) if parent_image else None,
        command_line=shlex.join(argv) or None,
        parent_command_line=shlex.join(_words(parent, "ARGV", "")) or None,
        user=next((name for key in ("UID", "AUID", "uid") if (name := text(at(call, key))) and name not in _UNSET), None),
        cwd=_plain(at(record, "CWD.cwd")),
        logon_id=None if session in _UNSET else session,
        record_id=stamp.group(2),
        position=position,
    )


def _is_exec(call: Mapping[str, Any]) -> bool:
    named = text(at(call, "SYSCALL"))
    called, arch = text(at(call, "syscall")) or "", (text(at(call, "arch")) or "").removeprefix("0x")
    if named is not None:
        return named.encode() in EXEC_NAMES
    return called.encode() in EXEC_NAMES or called.encode() in EXEC_SYSCALLS.get(arch.encode(), ())


def _words(record: Mapping[str, Any], path: str, below: str = "ARGV") -> list[str]:
    """Arguments as a list, or as one text (ARGV_STR, when laurel is set so)."""
    name = f"{path}.{below}" if below else path
    found = at(record, name)
    if type(found) is list:
        return [word for item in found if (word := _plain(item)) is not None]
    line = found if type(found) is str else at(record, f"{name}_STR")
    if type(line) is not str:
        return []
    if line.startswith("["):
        return re.findall(r'"((?:[^"\\]|\\.)*)"', line) or [line]
    try:
        return [_plain(word) or "" for word in shlex.split(line)]
    except ValueError:
        return line.split()


def _plain(value: Any) -> str | None:
    """Text with its percent codes undone."""
    found = text(value)
    if found is None or "%" not in found:
        return found
    return as_text(unquote_to_bytes(found))
