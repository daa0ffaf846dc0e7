"""Events of Windows that agents send by syslog, a line each: Snare (and NXLog's to_syslog_snare), IBM WinCollect.

Snare: MSWinEventLog, then columns behind tabs, the message among them. WinCollect: KEY=value behind tabs, the message at the end.
A relay may have written the tabs in another way; what stands first behind the agent's mark is how. Line breaks of the message
are blanks: `one_line`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.domain.records import SAMPLE_BYTES, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions, Record
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8
from engine.readers.text.hosts import named
from engine.readers.text.moments import Moments
from engine.readers.windows import flat

FORMATS = (
    Format(
        slug="windows-syslog",
        title="Snare and WinCollect, as syslog",
        export="the syslog server's files as they are; QRadar: Log Activity, Export (payload)",
        read="Sysmon 1, Security 4688 and others by their message, where that is in English; times of Snare are local",
        left_out="messages in which a label stands twice (a command line may hold one) are rejected; other languages",
        source="Snare for Windows, guide; rsyslog, mmsnarewinsec; ibm.com/docs, Microsoft Windows Security Event Log DSM",
        sample=False,
    ),
)

_SNARE, _COLLECTED = b"MSWinEventLog", b"AgentDevice=WindowsLog"
_TABS = ("\t", "#011", "\\t", " ")
"""How relays write a tab. Which it is the line tells: C:\\temp is no tab."""
_COLUMNS = (
    "EventType",
    "LogName",
    "Counter",
    "EventTime",
    "EventID",
    "SourceName",
    "User",
    "SidType",
    "Type",
    "Computer",
    "Task",
    "",
)
_KEYS = {"Source": "SourceName", "AgentLogFile": "LogName", "Computer": "Computer", "EventID": "EventID"}
_KEYS |= {"TimeGenerated": "TimeGenerated", "RecordNumber": "RecordNumber"}
_COUNTER = re.compile(r"\s*-?\d{0,20}\s*")
_PROBE = 50
_NAMELESS = frozenset(("Windows", "N/A", ""))
"""What stands for the source where the agent does not tell it: the log does."""


class WindowsSyslogReader:
    """A line an event."""

    name = "windows-syslog"

    def sniff(self, head: bytes, path: str) -> float:
        """By the share of lines that are events: syslog is mixed."""
        lines = [line for line in head.split(b"\n")[:_PROBE] if line.strip()]
        own = [line for line in lines if line.lstrip()[:1] not in (b"{", b"[", b'"')]
        hits = sum(_record(line.decode("utf-8", "replace")) is not None for line in own)
        return 0.6 + 0.35 * hits / len(lines) if hits else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per line; positions are their numbers."""
        moments = Moments.of(hint)
        items = _items(stream, hint, moments)
        yield from named(items, hint.host) if hint.host else items
        yield from moments.notes()


def _items(stream: BinaryIO, hint: ReadOptions, moments: Moments) -> Iterator[ReaderItem]:
    for position, line in numbered_lines(as_utf8(stream), hint.path):
        if _SNARE not in line and _COLLECTED not in line:
            if line.strip():
                yield None
            continue
        record = _record(line.decode("utf-8", "backslashreplace"))
        if record is None:
            reason = "The line names an agent and holds no event of it: it is cut or damaged."
            yield Reject(position=position, code="bad-record", reason=reason, sample=line[:SAMPLE_BYTES])
        else:
            yield flat.map_record({"RecordNumber": str(position), **record}, position, moments)


def _record(line: str) -> Record | None:
    """The event of a line, as `flat` reads it."""
    for mark, read in ((_SNARE, _columns), (_COLLECTED, _pairs)):
        rest = line.partition(mark.decode())[2]
        tab = next((tab for tab in _TABS if rest.startswith(tab)), "")
        if tab:
            return read(rest.removeprefix(tab), tab)
    return None


def _columns(text: str, tab: str) -> Record | None:
    *cells, message = text.split(tab, len(_COLUMNS))
    if len(cells) < len(_COLUMNS) or not cells[_COLUMNS.index("EventID")].strip().isdigit():
        return None
    record = {name: cell.strip() for name, cell in zip(_COLUMNS, cells, strict=True) if name}
    before, _, counter = message.rpartition(tab)
    if record["SourceName"] in _NAMELESS:
        del record["SourceName"]
    return {**record, "Message": before if before and _COUNTER.fullmatch(counter) else message}


def _pairs(text: str, tab: str) -> Record | None:
    before, mark, message = text.partition("Message=")
    pairs = (pair.partition("=") for pair in before.split(tab))
    record = {_KEYS[key.strip()]: value.strip() for key, _, value in pairs if key.strip() in _KEYS and value.strip()}
    return {**record, "Message": message} if mark and record.get("EventID", "").isdigit() else None


READER = WindowsSyslogReader()
