"""Records of systemd's journal: `journalctl -o json`, and what Fluent Bit, Vector and journalbeat make of the same fields.

systemd.io, "Journal Export Formats" and systemd.journal-fields(7): a field with bytes that are no printable UTF-8 is a list of
numbers, one with several values a list of them, and one that is longer than 4,096 bytes null unless `--all` was given. Audit
records come one by one, without their header: their number is _AUDIT_ID, their time that of the kernel's header in
_SOURCE_REALTIME_TIMESTAMP.
"""

from __future__ import annotations

from typing import Any

from engine.domain.records import Fragment, ReaderItem, Reject
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.linux import sysmon_linux
from engine.readers.linux.auditd_records import AuditLine, as_bytes, parse_line
from engine.readers.text.moments import Moments
from engine.readers.text.timestamps import parse_utc
from engine.readers.windows.windows_fields import sample_of

FORMATS = (
    Format(
        slug="journal",
        title="systemd journal",
        export="journalctl --all -o json _TRANSPORT=audit + SYSLOG_IDENTIFIER=sysmon",
        read="audit records as auditd's, events of Sysmon for Linux; fields with control characters too",
        left_out="other messages",
        source="systemd.io/JOURNAL_EXPORT_FORMATS, systemd.journal-fields(7)",
    ),
)

_MARKS = ("__REALTIME_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP", "_TRANSPORT", "_BOOT_ID", "_MACHINE_ID", "_AUDIT_ID", "__CURSOR")
_ENOUGH = 2
_LARGEST_BYTE = 255


def recognises(record: Record) -> bool:
    """Two of the fields that only the journal has, or one beside a message."""
    if "_HOSTNAME" not in record and "__REALTIME_TIMESTAMP" not in record and "_TRANSPORT" not in record:
        return False
    found = sum(key in record for key in _MARKS)
    return found >= _ENOUGH or (found == 1 and ("MESSAGE" in record or "message" in record))


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """An audit record as a Fragment, an event of Sysmon, None for other messages."""
    record = {key: field_text(value) if type(value) is list else value for key, value in record.items()}
    if "_AUDIT_ID" in record and ("_AUDIT_TYPE" in record or "_AUDIT_TYPE_NAME" in record):
        return Fragment(position=position, lines=(_audit_line(record),))
    if sysmon_linux.recognises(record):
        return sysmon_linux.map_record(record, position, moments)
    message = _text(record, "MESSAGE") or _text(record, "message")
    if not message and _text(record, "SYSLOG_IDENTIFIER") == "sysmon" and "MESSAGE" in record:
        reason = "A message of Sysmon was left out by journalctl, which does so with long ones: export with --all."
        return Reject(position=position, code="no-message", reason=reason, sample=sample_of(record))
    if "audit(" in message[:256] and (line := parse_line(as_bytes(message))) is not None:
        return Fragment(position=position, lines=(line if line.node else line._replace(node=_host(record)),))
    return None


def field_text(value: list[Any]) -> Any:
    """A field's list of bytes as text, a list of several values as the first of them."""
    if not value:
        return None
    if all(type(byte) is int and 0 <= byte <= _LARGEST_BYTE for byte in value):
        return bytes(value).decode("utf-8", "backslashreplace")
    first = value[0]
    return field_text(first) if type(first) is list and first and type(first[0]) is int else first


def _audit_line(record: Record) -> AuditLine:
    kind = _text(record, "_AUDIT_TYPE_NAME") or _text(record, "_AUDIT_TYPE")
    message = _text(record, "MESSAGE") or _text(record, "message")
    body = message.removeprefix(kind).lstrip()
    boot, serial = _text(record, "_BOOT_ID"), _text(record, "_AUDIT_ID")
    times = (record.get(key) for key in ("_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP", "@timestamp", "timestamp"))
    return AuditLine(
        node=_host(record),
        type=as_bytes(kind),
        stamp=as_bytes(f"{boot}:{serial}"),
        body=as_bytes(body),
        time_us=next((moment for value in times if (moment := parse_utc(value)) is not None), 0) or None,
    )


def _host(record: Record) -> bytes:
    name = _text(record, "_HOSTNAME") or _text(record, "host") or _text(record, "hostname")
    return as_bytes(name)


def _text(record: Record, key: str) -> str:
    value = record.get(key)
    return value if type(value) is str else str(value) if type(value) is int else ""
