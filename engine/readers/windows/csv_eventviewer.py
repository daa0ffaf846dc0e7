"""Windows Event Viewer, "Save all events as" CSV: process creations and ends of Sysmon and the Security log.

Six columns under five names (the message has none), columns known by position because their names are in the language of
the workstation. There is no host and no zone: Sysmon's message has UTC, of other events only the workstation's local time
is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.domain.records import ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions
from engine.readers.guard import guarded
from engine.readers.text.csv_common import head_rows, read_rows, sample_of
from engine.readers.text.moments import Moments
from engine.readers.windows.message import parse_message
from engine.readers.windows.other_events import map_windows
from engine.readers.windows.windows_fields import CREATIONS, TOLD_BY, kind_of

FORMATS = (
    Format(
        slug="eventviewer-csv",
        title="Event Viewer, CSV",
        export="Event Viewer: Save All Events As …, CSV (better: .evtx, which names the host and needs no zone)",
        read="Sysmon 1 and 5, Security 4688 and 4689, cleared logs and clocks set, from messages in any language",
        left_out="other events; the zone of the times and the host, which the export does not have (--timezone, --host)",
        source="the Mordor recordings' CSV; learn.microsoft.com, event-4688",
    ),
)

_TIME, _SOURCE, _ID, _MESSAGE = 1, 2, 3, 5
_WIDTH = 6
_STRAY = 4
"""One row of so many may be damaged."""
_CLOCK = re.compile(r"\d[:.h]\s?\d\d")
_PATH = re.compile(r"^(?:[A-Za-z]:[\\/]|[\\/])|\.exe$", re.IGNORECASE)


class EventViewerReader:
    """Rows: level or keywords, local time, source, event id, category, message."""

    name = "eventviewer-csv"

    def sniff(self, head: bytes, path: str) -> float:
        """By the shape of the rows under the header; the header itself may be in any language."""
        rows = [row for row in head_rows(head, width=_WIDTH)[1:] if len(row) > 1]
        # The head may cut the last row.
        checked = rows[:-1] or rows
        hits = sum(map(_is_event, checked))
        # A damaged row hides no log.
        return 0.96 * min(1, hits / max(1, len(checked) - len(checked) // _STRAY))

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per row under the header."""
        moments = Moments.of(hint)
        for row in read_rows(stream, hint.path, _WIDTH):
            cells = row.cells
            if row.number == 1 and not row.error and not (len(cells) > _ID and cells[_ID].isdigit()):
                continue
            position = row.number - 1
            if row.error or len(cells) <= _ID or not cells[_ID].strip().isdigit():
                reason = row.error or "Expected level, time, source, event id, category and message; a quote or line is damaged."
                yield Reject(position=position, code="bad-row", reason=reason, sample=sample_of(cells))
            else:
                yield _map(cells, position, hint.host, moments)
        yield from moments.notes()


def _is_event(row: tuple[str, ...]) -> bool:
    """Six cells, a time in the second, the name of a provider and a number behind it. Six columns alone are anybody's table."""
    if len(row) != _WIDTH or not row[_ID].isdigit() or _CLOCK.search(row[_TIME]) is None:
        return False
    return row[_SOURCE] != "" and not row[_SOURCE].isdigit() and _PATH.search(row[_SOURCE]) is None


@guarded
def _map(cells: list[str], position: int, host: str, moments: Moments) -> ReaderItem:
    kind = kind_of(cells[_SOURCE], None, cells[_ID].strip())
    if kind is None:
        return None
    fields = parse_message(cells[_MESSAGE], kind) if len(cells) > _MESSAGE else {}
    if kind in CREATIONS and TOLD_BY[kind] not in fields:
        reason = (
            "The message of this process creation is missing or not in the order of this event, so its fields cannot be told."
        )
        return Reject(position=position, code="unknown-message", reason=reason, sample=sample_of(cells))
    return map_windows(kind, fields, position, host=host, time=cells[_TIME], record_id=str(position), clock=moments.local)


READER = EventViewerReader()
