"""Sysmon for Linux: syslog lines, journal and Sentinel Syslog rows with one <Event> in the message.

Read by regular expressions and not by an XML parser: what arrives is often no XML any more. Azure cuts messages at 2,048
bytes and turns the semicolons of entities into blanks ("&lt unknown process&gt "). Complete fields of a cut event count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from engine.domain.records import SAMPLE_BYTES, ProcessEnd, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions
from engine.readers.guard import guarded
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8
from engine.readers.text.moments import Moments
from engine.readers.text.timestamps import parse_utc
from engine.readers.windows.windows_fields import SYSMON_LINUX, guid, number, sysmon, text

FORMATS = (
    Format(
        slug="sysmon-linux",
        title="Sysmon for Linux",
        export="/var/log/syslog, journalctl -o json, Sentinel's Syslog table",
        read="event 1, also from messages that were cut at 2,048 bytes; event 5 ends a process",
        left_out="other events",
        source="github.com/microsoft/SysmonForLinux",
    ),
)

_SNIFF_LINES = 200
_CREATE, _TERMINATE = "1", "5"
_MESSAGE_KEYS = ("SyslogMessage", "MESSAGE", "message", "Message")
_EVENT_ID = re.compile(r"<EventID>(\d{1,5})</EventID>")
_COMPUTER = re.compile(r"<Computer>([^<]*)</Computer>")
_RECORD_ID = re.compile(r"<EventRecordID>(\d{1,20})</EventRecordID>")
_TIME = re.compile(r"<TimeCreated SystemTime=[\"']([^\"']*)[\"']")
_DATA = re.compile(r"<Data Name=[\"'](\w{1,40})[\"']\s*(?:/>|>([^<]*)</Data>)")
_ENTITY = re.compile(r"&(amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6})(?:;| |$)")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class SysmonLinuxReader:
    """Syslog files and plain files with one event per line."""

    name = "sysmon-linux"

    def sniff(self, head: bytes, path: str) -> float:
        """Share of lines with an event of the provider Linux-Sysmon."""
        lines = [line for line in head.split(b"\n")[:_SNIFF_LINES] if line.strip()]
        # JSON rows that hold the same text go through `map_record`.
        if not lines:
            return 0.0
        own = (line for line in lines if line.lstrip()[:1] not in {b"{", b"["})
        hits = sum(b"<Event>" in line and b"Linux-Sysmon" in line for line in own)
        # Syslog files are mixed; nothing else claims their lines.
        return 0.98 if hits == len(lines) else 0.6 + 0.3 * hits / len(lines) if hits else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per line."""
        for position, line in numbered_lines(as_utf8(stream), hint.path):
            at = line.find(b"<Event>")
            if at >= 0 and b"Linux-Sysmon" in line:
                yield map_event(line[at:].decode("utf-8", "backslashreplace"), position, hint.host)
            elif line.strip():
                yield None


def recognises(record: dict[str, Any]) -> bool:
    """A row whose message is an event of Sysmon for Linux."""
    return _message(record) is not None


def map_record(record: dict[str, Any], position: int, moments: Moments) -> ReaderItem:
    """The event in a row; the row's own host fills in for a cut event."""
    message = _message(record) or ""
    hosts = (record.get(key) for key in ("Computer", "HostName", "_HOSTNAME"))
    own = next((value for value in hosts if isinstance(value, str) and value), "")
    return map_event(message[message.find("<Event>") :], position, own)


@guarded
def map_event(message: str, position: int, host: str) -> ReaderItem:
    """The text of one <Event>; None unless it is a process creation."""
    event_id = _EVENT_ID.search(message)
    if event_id is None:
        reason = "An event of Linux-Sysmon without EventID; the line is cut or damaged."
        sample = message[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
        return Reject(position=position, code="bad-xml", reason=reason, sample=sample)
    if event_id.group(1) not in (_CREATE, _TERMINATE):
        return None
    fields = {name: _unescaped(value) for name, value in reversed(_DATA.findall(message))}
    computer, record_id, time = _COMPUTER.search(message), _RECORD_ID.search(message), _TIME.search(message)
    host = _unescaped(computer.group(1)).strip() if computer and computer.group(1).strip() else host
    written = time.group(1) if time else None
    if event_id.group(1) == _TERMINATE:
        return ended(fields, position, host, written)
    return sysmon(
        without_unknown(fields),
        position,
        host=host,
        time=written,
        record_id=record_id.group(1) if record_id else str(position),
        kind=SYSMON_LINUX,
    )


def ended(fields: dict[str, str], position: int, host: str, written: str | None) -> ProcessEnd:
    """The end of a process (event 5); `written` is when the event was logged, for one without a time of its own."""
    moment = parse_utc(fields.get("UtcTime"))
    return ProcessEnd(
        position=position,
        host=host,
        time_us=parse_utc(written) if moment is None else moment,
        pid=number(fields.get("ProcessId")),
        guid=guid(fields.get("ProcessGuid")),
        image=text(fields.get("Image")),
    )


def _message(record: Mapping[str, Any]) -> str | None:
    for key in _MESSAGE_KEYS:
        value = record.get(key)
        if isinstance(value, str) and "<Event>" in value[:1024] and "Linux-Sysmon" in value[:1024]:
            return value
    return None


def without_unknown(fields: dict[str, str]) -> dict[str, str]:
    """Sysmon for Linux writes placeholders where it missed the parent, and "no level" for integrity."""
    return {name: value for name, value in fields.items() if value.strip() not in {"<unknown process>", "no level"}}


def _unescaped(text: str) -> str:
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    name = match.group(1)
    if name in _NAMED:
        return _NAMED[name]
    code = int(name[2:], 16) if name[1] == "x" else int(name[1:])
    return match.group() if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF or code == 0 else chr(code)


READER = SysmonLinuxReader()
