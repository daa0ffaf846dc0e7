"""`--from` and `--to` at ingest: process creations outside of the span are left out, counted and said. So are times that no clock
tells, whose records stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from engine.domain.arrays import NO_TIME, told_by_clocks
from engine.domain.event_table import NUMBERS, Items, ItemTable
from engine.domain.records import Note, ProcessEvent, ReaderItem
from engine.domain.spans import CLOCKS, Within
from engine.jobs.ports.ingest import SPAN_MARK

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TIME = NUMBERS.index("time_us")


def label(span: Within) -> str:
    """What a source's format says of the span; "" for all times."""
    return f"{SPAN_MARK}{_words(span.since_us)}..{_words(span.until_us)}" if span.bounded else ""


def within(items: Iterator[ReaderItem], span: Within) -> Iterator[ReaderItem]:
    """The items, one for one, None for a process creation outside of the span; a Note of how many there were at the end.

    What has no time stays: nobody knows that it is outside. Ends of processes stay too, since they free the pids of others.
    """
    left = 0
    for item in items:
        if type(item) is ProcessEvent and item.time_us is not None and not span.holds(item.time_us):
            left += 1
            yield None
        else:
            yield item
    if left:
        text = f"{left:,} process creations are outside of {_words(span.since_us)}..{_words(span.until_us)} and were left out."
        yield Note(code="outside-span", text=text, count=left)


def with_doubts(items: Iterator[Items]) -> Iterator[Items]:
    """The items as they are; a Note at the end of how many process creations have a time that no clock tells."""
    beyond = 0
    for item in items:
        if type(item) is ItemTable:
            times = item.events.numbers[TIME]
            beyond += int(np.count_nonzero(~told_by_clocks(times) & (times != NO_TIME)))
        elif type(item) is ProcessEvent and item.time_us is not None and not CLOCKS.holds(item.time_us):
            beyond += 1
        yield item
    if beyond:
        text = (
            f"{beyond:,} process creation{'s have times' if beyond > 1 else ' has a time'} before 1970 or after 2099;"
            f" {'they are' if beyond > 1 else 'it is'} kept, and left out of the time ranges of host, chain and finding."
        )
        yield Note(code="time-beyond", text=text, count=beyond)


def _words(time_us: int | None) -> str:
    return "" if time_us is None else (_EPOCH + timedelta(microseconds=time_us)).strftime("%Y-%m-%dT%H:%M:%SZ")
