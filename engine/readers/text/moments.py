"""The times of one stream: which are UTC, which are some machine's wall clock, and which cannot be read.

`timestamps` turns one text into a time. What only a whole stream tells (the zone that the user gave, the order of day and
month), and what has to be said of it at its end, is here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import BinaryIO, NamedTuple, Protocol

from engine.domain.records import Note
from engine.errors import InputError
from engine.readers.text.day_order import ORDERED, DayOrder, order_of
from engine.readers.text.timestamps import names_zone, parse_utc

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NOTHING = (None, "", "-", 0, "0", "N/A", "null")


class Hint(Protocol):
    """What of `ReadOptions` is about times."""

    @property
    def zone(self) -> tzinfo | None:
        """Of times that name none."""
        ...

    @property
    def again(self) -> Callable[[], BinaryIO] | None:
        """Opens the source anew."""
        ...


class TimesCounted(NamedTuple):
    """What has to be said at the end of a stream, of a part of it."""

    local: int
    twice: int
    unreadable: int
    example: str
    aside: dict[str, int]


class Moments:
    """Reads the times of one stream and counts what has to be said of them. Belongs to one `read`."""

    def __init__(
        self, zone: tzinfo | None = None, day_first: bool | None = None, again: Callable[[], BinaryIO] | None = None
    ) -> None:
        self._zone = zone
        self._order = None if day_first is None else DayOrder(day_first, "", sure=True)
        self._again = again
        self._ordered = 0
        self._date = ""
        self._local = 0
        self._twice = 0
        self._unreadable = 0
        self._example = ""
        self._aside: Counter[str] = Counter()

    @classmethod
    def of(cls, hint: Hint) -> Moments:
        """For one source, by what is known of it (`ReadOptions`)."""
        return cls(hint.zone, again=hint.again)

    def set_aside(self, what: str) -> None:
        """Count a record that is known to be `what` and no process creation."""
        self._aside[what] += 1

    def utc(self, value: object) -> int | None:
        """Microseconds since 1970 of a time whose format is documented as UTC, or that names its zone; None where it cannot be
        read, which is counted unless there is nothing.
        """
        if type(value) is str and value[2:3] in "/-0123456789" and value[4:5] != "-" and ORDERED.match(value):
            moment = parse_utc(value, self._day_first(value))
        else:
            moment = parse_utc(value)
        if moment is None and value not in _NOTHING:
            self._unreadable += 1
            self._example = self._example or str(value)[:60]
        return moment

    def local(self, value: object) -> int | None:
        """The same of a time that is some machine's wall clock unless it names a zone."""
        moment = self.utc(value)
        if moment is None or names_zone(value):
            return moment
        self._local += 1
        if self._zone is None:
            return moment
        try:
            wall = (_EPOCH + timedelta(microseconds=moment)).replace(tzinfo=self._zone)
            # Of an hour that comes twice the first is taken; in one that is left out the clock stands as before it.
            self._twice += wall.utcoffset() != wall.replace(fold=1).utcoffset()
            return max((wall - _EPOCH) // _MICROSECOND, 1)
        except OverflowError:
            return moment

    def counted(self) -> TimesCounted:
        """What was counted, for `add`. Not which of day and month comes first: that is for the whole stream to say."""
        return TimesCounted(self._local, self._twice, self._unreadable, self._example, dict(self._aside))

    def add(self, counted: TimesCounted) -> None:
        """Take over what was counted in a part of the stream that comes behind what was read here."""
        self._local += counted.local
        self._twice += counted.twice
        self._unreadable += counted.unreadable
        self._example = self._example or counted.example
        self._aside.update(counted.aside)

    def _day_first(self, date: str) -> bool:
        """Whether dates of this stream begin with the day: looked up when the first one is met that could begin with either."""
        if self._order is None:
            self._order = DayOrder(False, "", sure=False)
            if self._again is not None:
                try:
                    with self._again() as stream:
                        self._order = order_of(stream)
                except (InputError, OSError):
                    pass  # what cannot be opened again was read as far as it went
        self._ordered += 1
        self._date = self._date or date.strip()[:40]
        return self._order.day_first

    def notes(self) -> Iterator[Note]:
        """What has to be said at the end of the stream."""
        if self._local and self._zone is None:
            text = (
                f"{self._local:,} times have no zone and are taken as UTC. They are local to the machine that logged or exported "
                "them: read the file into a new case with --timezone NAME if that is not UTC."
            )
            yield Note(code="local-time", text=text, count=self._local)
        if self._twice:
            text = f"{self._twice:,} times are in an hour that a change of the clock repeats or leaves out; the earlier is taken."
            yield Note(code="clock-change", text=text, count=self._twice)
        if self._ordered and self._order is not None and self._order.why:
            order = "day/month" if self._order.day_first else "month/day"
            text = f"Dates such as {self._date!r} are read as {order}: {self._order.why}."
            yield Note(code="day-order" if self._order.sure else "day-order-unsure", text=text, count=self._ordered)
        if self._unreadable:
            text = f"{self._unreadable:,} times cannot be read, the first is {self._example!r}; these processes have no time."
            yield Note(code="unreadable-time", text=text, count=self._unreadable)
        for what, count in sorted(self._aside.items()):
            yield Note(
                code="set-aside",
                text=f"{count:,} {'record is' if count == 1 else 'records are'} {what}, not process creations.",
                count=count,
            )
