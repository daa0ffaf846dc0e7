"""Records that hold audit records as auditd writes them, as text in one field: Splunk's _raw, Filebeat's message, Syslog rows."""

from __future__ import annotations

from typing import Any

from engine.domain.records import Fragment, ReaderItem
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.linux.auditd_records import AuditLine, as_bytes, parse_line
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="audit-lines",
        title="audit records inside of JSON or CSV",
        export="a search of Splunk's linux_audit (outputcsv, JSON), Filebeat or Fluent Bit on audit.log, Sentinel's Syslog table",
        read="as auditd: the records of one event are put together again, whatever stands between them",
        left_out="as auditd",
        source="Splunk Add-on for Unix and Linux (sourcetype linux_audit); elastic.co, Filebeat log input",
    ),
)

_TEXTS = ("_raw", "message", "MESSAGE", "SyslogMessage", "Message", "log", "line", "Line", "body", "msg", "event", "textPayload")
_ANY_TEXT = frozenset(_TEXTS)
_HOSTS = (
    *("host", "Computer", "HostName", "hostname", "_HOSTNAME", "host.name", "host.hostname", "agent.hostname", "Hostname"),
    *("HOST", "source"),
)
_NO_HOST = frozenset("/\\: ")
_MAX_LINES = 4096
_BEGINNING = 256


def recognises(record: Record) -> bool:
    """A field that begins like an audit record, maybe behind a syslog header."""
    return _text(record) is not None


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """The records of the field as a Fragment; None for other lines of a log in which they are found."""
    text = _text(record) or ""
    host = as_bytes(_host(record))
    # Not splitlines(): names stand behind a separator (0x1D), at which that would break the line.
    lines = [parse_line(as_bytes(line.rstrip("\r"))) for line in text.split("\n", _MAX_LINES)[:_MAX_LINES]]
    found = tuple(_on(line, host) for line in lines if line is not None)
    return Fragment(position=position, lines=found) if found else None


def _on(line: AuditLine, host: bytes) -> AuditLine:
    """On its own host, which syslog's header may name, else on that of the row."""
    return line if line.node or not host else line._replace(node=host)


def _text(record: Record) -> str | None:
    if _ANY_TEXT.isdisjoint(record):
        return None
    for key in _TEXTS:
        value = _one(record.get(key))
        if type(value) is str and "audit(" in value[:_BEGINNING] and "type=" in value[:_BEGINNING] and _begins(value):
            return value
    return None


def _begins(text: str) -> bool:
    return "type=AUOMS_" not in text[:_BEGINNING] and parse_line(as_bytes(text[:_BEGINNING])) is not None


def _host(record: Record) -> str:
    for key in _HOSTS:
        value = _one(record.get(key))
        if isinstance(value, dict):
            value = value.get("name") or value.get("hostname")
        # Splunk's source is a file, Graylog's a machine.
        if type(value) is str and value and not (key == "source" and _NO_HOST.intersection(value)):
            return value
    agent = record.get("agent")
    name = agent.get("hostname") or agent.get("name") if isinstance(agent, dict) else None
    return name if type(name) is str else ""


def _one(value: Any) -> Any:
    return value[0] if type(value) is list and len(value) == 1 else value
