"""The times of one stream: which are UTC, which are some machine's wall clock, and which cannot be read.

`timestamps` turns one text into a time. What only a whole stream tells (the zone that the user gave, the order of day and
month), and what has to be said of it at its end, is here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from engine.domain.records import Note
from engine.readers.text.timestamps import parse_utc

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moments:
    """Reads the times of one stream and counts what has to be said of them. Belongs to one `read`."""

    def __init__(self, zone: tzinfo | None = None, day_first: bool | None = None) -> None:
        self._zone = zone
        self._day_first = day_first
        self._local = 0
        self._unreadable = 0
        self._example = ""

    def utc(self, value: object) -> int | None:
        """Microseconds since 1970 of a time whose format is documented as UTC, or that names its zone; None where it cannot be
        read, which is counted unless there is nothing.
        """
        moment = parse_utc(value)
        if moment is None and value not in (None, "", "-", 0):
            self._unreadable += 1
            self._example = self._example or str(value)[:60]
        return moment

    def local(self, value: object) -> int | None:
        """The same of a time that is some machine's wall clock unless it names a zone."""
        moment = self.utc(value)
        if moment is None or _names_zone(value):
            return moment
        self._local += 1
        if self._zone is None:
            return moment
        wall = (_EPOCH + timedelta(microseconds=moment)).replace(tzinfo=self._zone)
        return (wall - _EPOCH) // _MICROSECOND

    def notes(self) -> Iterator[Note]:
        """What has to be said at the end of the stream."""
        if self._local and self._zone is None:
            text = (
                f"{self._local:,} times have no zone and are taken as UTC. They are local to the machine that logged or exported "
                "them; --timezone NAME says which zone that is."
            )
            yield Note(code="local-time", text=text, count=self._local)
        if self._unreadable:
            text = f"{self._unreadable:,} times cannot be read, the first is {self._example!r}; these processes have no time."
            yield Note(code="unreadable-time", text=text, count=self._unreadable)


def _names_zone(value: object) -> bool:
    """Whether a text ends in Z, UTC, GMT or an offset; numbers count seconds since 1970 UTC."""
    if not isinstance(value, str):
        return True
    text = value.strip()
    tail = text[10:]
    return text[-1:] in "Zz" or text[-3:] in ("UTC", "GMT") or "+" in tail or "-" in tail or text.replace(".", "", 1).isdigit()
