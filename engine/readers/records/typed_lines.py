"""JSON lines of the two commonest kinds, decoded straight into the fields that are read: less than half the general way's time.

Fields that nobody reads are checked and skipped instead of becoming objects, what repeats is interpreted once, and what is left
is done for a column of some hundred lines at a time. The result is what the general way (`load_object`, `map_json`) gives, or
GENERAL: whatever is unusual about a line (another shape, another type, a missing field, damage) is left to that way. Tests
compare the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from operator import is_not
from typing import Any

from msgspec import MsgspecError
from orjson import JSONDecodeError

from engine.domain.event_table import EventTable, ItemTable
from engine.domain.records import ReaderItem
from engine.readers.guard import PASSING
from engine.readers.records.typed_ecs import EcsLines
from engine.readers.records.typed_sysmon import SysmonLines
from engine.readers.records.typed_values import GENERAL, Way

_REFUSED = (MsgspecError, UnicodeDecodeError, RecursionError, JSONDecodeError)
_SHALLOW = 1_800
"""A shorter line cannot nest so deeply that parsers disagree about it."""
_DEEPEST = 900
_PATIENCE = 100
"""So many unusual lines in a row end the trying, but for each hundredth: a stream of another shape is read once only."""

Kind = SysmonLines | EcsLines


class TypedLines:
    """Reads the lines of one stream. The kind that fitted last is tried first."""

    def __init__(self) -> None:
        self._first: Kind = SysmonLines()
        self._second: Kind = EcsLines()
        self._refused = 0

    def read(self, lines: Sequence[bytes], start: int) -> list[ReaderItem | Way] | ItemTable:
        """For each of the lines, the first of which is at position `start`: its record, None where it is no process creation,
        or GENERAL. A table where all are process creations that Sysmon's flat lines tell of. Never raises.
        """
        items: list[ReaderItem | Way] = [GENERAL] * len(lines)
        decoded = self._decoded(lines, start)
        if len(decoded) == 1 and isinstance(decoded[0][0], SysmonLines) and len(decoded[0][1]) == len(lines):
            table = _table(decoded[0][0], decoded[0][2], range(start, start + len(lines)))
            if table is not None:
                self._refused = 0
                return table
        for kind, places, records in decoded:
            mapped = _mapped(kind, records, [place + start for place in places])
            self._refused = 0 if any(map(is_not, mapped, repeat(GENERAL))) else self._refused + len(places)
            for place, item in zip(places, mapped, strict=True):
                items[place] = item
        return items

    def _decoded(self, lines: Sequence[bytes], start: int) -> list[tuple[Kind, list[int], list[Any]]]:
        """The places and the decoded records of the lines of each kind."""
        found: dict[Kind, tuple[list[int], list[Any]]] = {self._first: ([], []), self._second: ([], [])}
        decode = self._first.decode
        places, records = found[self._first]
        for place, line in enumerate(lines):
            if self._refused >= _PATIENCE and (start + place) % _PATIENCE:
                continue
            if len(line) >= _SHALLOW and line.count(b"[") + line.count(b"{") > _DEEPEST:
                continue
            try:
                record = decode(line)
            except _REFUSED:
                try:
                    record = self._second.decode(line)
                except _REFUSED:
                    self._refused += 1
                    continue
                self._first, self._second = self._second, self._first
                decode = self._first.decode
                places, records = found[self._first]
            places.append(place)
            records.append(record)
        return [(kind, places, records) for kind, (places, records) in found.items() if places]


def _table(kind: SysmonLines, records: list[Any], positions: Sequence[int]) -> ItemTable | None:
    """None where a record is something else, or holds what nobody foresaw."""
    try:
        columns = kind.columns(records, positions)
        events = None if columns is None else EventTable.of_columns(columns, len(records))
    except PASSING:
        raise
    except Exception:
        return None
    return None if events is None else ItemTable(len(events), events, None, ())


def _mapped(kind: Kind, records: list[Any], positions: list[int]) -> list[ReaderItem | Way]:
    """A value that another parser refuses, or that nobody foresaw, costs its own line only: the general way tells of it."""
    try:
        return kind.read(records, positions)
    except PASSING:
        raise
    except Exception:
        if len(records) == 1:
            return [GENERAL]
        return [item for record, at in zip(records, positions, strict=True) for item in _mapped(kind, [record], [at])]
