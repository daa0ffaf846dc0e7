"""Windows Event Viewer, "Save all events as" CSV: Sysmon 1 and Security 4688.

Six columns under five names (the message has none), columns known by position because their names are in the language of
the workstation. There is no host and no zone: Sysmon's message has UTC, of a 4688 only the workstation's local time is
known and taken as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.domain.records import ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.guard import guarded
from engine.readers.text.csv_common import head_rows, read_rows, sample_of
from engine.readers.text.moments import Moments
from engine.readers.windows.message import parse_message
from engine.readers.windows.windows_fields import kind_of, map_windows

_TIME, _SOURCE, _ID, _MESSAGE = 1, 2, 3, 5
_WIDTH = 6
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
        return 0.94 * hits / len(checked) if checked else 0.0

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
                yield _map(cells, position, moments, hint.host)
        yield from moments.notes()


def _is_event(row: tuple[str, ...]) -> bool:
    """Six cells, a time in the second, the name of a provider and a number behind it. Six columns alone are anybody's table."""
    if len(row) != _WIDTH or not row[_ID].isdigit() or _CLOCK.search(row[_TIME]) is None:
        return False
    return row[_SOURCE] != "" and not row[_SOURCE].isdigit() and _PATH.search(row[_SOURCE]) is None


@guarded
def _map(cells: list[str], position: int, moments: Moments, host: str) -> ReaderItem:
    kind = kind_of(cells[_SOURCE], None, cells[_ID].strip())
    if kind is None:
        return None
    fields = parse_message(cells[_MESSAGE]) if len(cells) > _MESSAGE else {}
    if not fields:
        reason = "The message of this process creation is missing or not in English, so its fields cannot be told apart."
        return Reject(position=position, code="unknown-message", reason=reason, sample=sample_of(cells))
    return map_windows(kind, fields, position, host=host, time=moments.local(cells[_TIME]), record_id=str(position))


READER = EventViewerReader()
