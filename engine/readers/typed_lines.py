"""JSON lines of the two commonest kinds, decoded straight into the fields that are read: half the general way's time.

Fields that nobody reads are checked and skipped instead of becoming objects, and what repeats is interpreted once. The
result is what the general way (`load_object`, `map_json`) gives, or GENERAL: whatever is unusual about a line (another shape,
another type, a missing field, damage) is left to that way. Tests compare the two.
"""

from __future__ import annotations

from msgspec import MsgspecError
from orjson import JSONDecodeError

from engine.readers.typed_ecs import EcsLines
from engine.readers.typed_sysmon import SysmonLines
from engine.readers.typed_values import GENERAL, Way
from engine.records import ReaderItem

_REFUSED = (MsgspecError, UnicodeDecodeError, RecursionError, JSONDecodeError)
_SHALLOW = 1_800
"""A shorter line cannot nest so deeply that parsers disagree about it."""
_DEEPEST = 900
_PATIENCE = 100
"""So many unusual lines in a row end the trying, but for each hundredth: a stream of another shape is read once only."""


class TypedLines:
    """Reads the lines of one stream. The kind that fitted last is tried first."""

    def __init__(self) -> None:
        self._first: SysmonLines | EcsLines = SysmonLines()
        self._second: SysmonLines | EcsLines = EcsLines()
        self._refused = 0

    def read(self, line: bytes, position: int) -> ReaderItem | Way:
        """The line's record, None where it is no process creation, or GENERAL. Never raises."""
        if self._refused >= _PATIENCE and position % _PATIENCE:
            return GENERAL
        if len(line) >= _SHALLOW and line.count(b"[") + line.count(b"{") > _DEEPEST:
            return GENERAL
        try:
            item = self._first.read(line, position)
        except _REFUSED:
            item = GENERAL
        if item is GENERAL:
            return self._other(line, position)
        self._refused = 0
        return item

    def _other(self, line: bytes, position: int) -> ReaderItem | Way:
        try:
            item = self._second.read(line, position)
        except _REFUSED:
            item = GENERAL
        if item is GENERAL:
            self._refused += 1
        else:
            self._first, self._second = self._second, self._first
            self._refused = 0
        return item
