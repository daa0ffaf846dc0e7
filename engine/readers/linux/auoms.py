"""Process creations of auoms (Azure's audit agent) in Sentinel Syslog rows, and in the syslog files that those are made of.

SyslogMessage holds one line per execve: "type=AUOMS_EXECVE audit(SECONDS.MILLIS:SERIAL): key=value …". Values are quoted
where they hold blanks, except cmdline, which is a shell line and goes on until " redactors=" or " containerid=".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from engine.domain.records import LINUX, SAMPLE_BYTES, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions
from engine.readers.guard import guarded
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8
from engine.readers.text.hosts import named
from engine.readers.text.moments import Moments
from engine.readers.text.timestamps import from_seconds_text

FORMATS = (
    Format(
        slug="auoms",
        title="auoms in Sentinel's Syslog table and in syslog",
        export="Sentinel: Syslog | where ProcessName == 'auoms', export as CSV or JSON; /var/log/syslog as it is",
        read="AUOMS_EXECVE: successful execve with its command line, user, working directory",
        left_out="failed execve, other auoms events",
        source="github.com/microsoft/OMS-Auditd-Plugin",
    ),
)

_HEADER = re.compile(r"(?:^|\s)type=AUOMS_EXECVE(?: msg=| )audit\((\d{1,11}\.\d{1,9}):(\d{1,20})\): ?")
_FIELD = re.compile(r'(\w{1,40})=("(?:[^"\\]++|\\.)*+"|\[[^\]]*\]|\S*)(?:\s+|$)')
_QUOTED = re.compile(r'"((?:[^"\\]++|\\.)*+)"')
_MAX_MESSAGE = 256 * 1024
_MAX_FIELDS = 200
"""An event has about 60. With the limit on the message it keeps hostile text (brackets never closed) from taking hours."""
_LINE = re.compile(
    rb"(?:(?:<\d{1,3}>)?\S.{0,64} (?P<host>\S{1,255}) auoms(?:\[\d{1,10}\])?: )?(?P<message>type=AUOMS_[A-Z_]{1,32} .*)",
    re.DOTALL,
)
_SNIFF_LINES = 200
_UNSET = frozenset(("", "unset", "-1", "4294967295", "(none)", "(null)"))


class AuomsReader:
    """Lines of syslog."""

    name = "auoms"

    def sniff(self, head: bytes, path: str) -> float:
        """Whether there are events of auoms; syslog files are mixed."""
        lines = [line for line in head.split(b"\n")[:_SNIFF_LINES] if line.strip()]
        hits = sum(b"type=AUOMS_" in line and _LINE.match(line) is not None for line in lines)
        return 0.96 if hits and hits == len(lines) else 0.6 + 0.3 * hits / len(lines) if hits else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per line."""
        moments = Moments.of(hint)
        return named(self._items(stream, hint, moments), hint.host)

    def _items(self, stream: BinaryIO, hint: ReadOptions, moments: Moments) -> Iterator[ReaderItem]:
        for position, line in numbered_lines(as_utf8(stream), hint.path):
            found = _LINE.match(line.rstrip(b"\r")) if b"type=AUOMS_" in line else None
            if found is not None:
                texts = {name: value.decode("utf-8", "backslashreplace") for name, value in found.groupdict(b"").items()}
                yield map_record({"SyslogMessage": texts["message"], "HostName": texts["host"]}, position, moments)
            elif line.strip():
                yield None


def recognises(record: dict[str, Any]) -> bool:
    """A row whose message is an auoms event of any type."""
    message = record.get("SyslogMessage")
    return isinstance(message, str) and "type=AUOMS_" in message[:256]


@guarded
def map_record(record: dict[str, Any], position: int, moments: Moments) -> ReaderItem:
    """One successful execve; None for failed ones and for other auoms events."""
    message = record["SyslogMessage"][:_MAX_MESSAGE]
    if "type=AUOMS_EXECVE " not in message[:256]:
        return None
    header = _HEADER.search(message)
    if header is None:
        return _reject(position, "bad-record", "AUOMS_EXECVE without audit(SECONDS.MILLIS:SERIAL).", message)
    fields = _fields(message, header.end())
    if fields.get("success", "yes") != "yes" or not fields.get("syscall", "execve").startswith("execve"):
        return None
    pid = _number(fields.get("pid"))
    image = fields.get("exe", "")
    if pid is None or image in _UNSET:
        # Azure cuts messages at 2,048 bytes; what matters stands before that unless paths are huge.
        return _reject(position, "incomplete-event", "pid or exe is missing.", message, header.group(2))
    session = fields.get("ses", "")
    return ProcessEvent(
        kind="auoms",
        image=image,
        os=LINUX,
        host=fields.get("node") or _text(record, "Computer") or _text(record, "HostName"),
        time_us=from_seconds_text(header.group(1)),
        pid=pid,
        ppid=_number(fields.get("ppid")),
        command_line=fields.get("cmdline") or None,
        user=next((name for key in ("user", "uid") if (name := fields.get(key, "")) not in _UNSET), None),
        cwd=fields.get("cwd") or None,
        logon_id=None if session in _UNSET else session,
        record_id=header.group(2),
        position=position,
    )


def _fields(message: str, at: int) -> dict[str, str]:
    """Values by key; what a command line says about keys is not looked at."""
    fields: dict[str, str] = {}
    while len(fields) < _MAX_FIELDS and (match := _FIELD.match(message, at)) is not None:
        key, value = match.groups()
        if key in {"cmdline", "proctitle"}:
            fields[key] = _command(message[match.start(2) :])
            break
        if value[:1] == '"':
            value = _unescaped(value[1:-1])
        fields.setdefault(key, value)
        at = match.end()
    return fields


def _command(rest: str) -> str:
    """The shell line at the start of `rest`; the last marker ends it, because the line may quote markers itself."""
    for marker in (" redactors=", " containerid="):
        head, found, _ = rest.rpartition(marker)
        if found:
            rest = head
    quoted = _QUOTED.fullmatch(rest)
    return _unescaped(quoted.group(1)) if quoted else rest


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL) if "\\" in text else text


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and 0 < len(text) <= 10 else None


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""


def _reject(position: int, code: str, reason: str, message: str, record_id: str | None = None) -> Reject:
    sample = message[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
    return Reject(position=position, code=code, reason=reason, record_id=record_id, sample=sample)


READER = AuomsReader()
