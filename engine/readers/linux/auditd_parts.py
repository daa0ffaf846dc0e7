"""Audit records that come one by one in JSON objects or rows: the journal, Splunk's _raw, Filebeat's message, Sentinel's Syslog.

A mapper returns them as `Fragment`; `together` stands in the readers of JSON and of tables and makes events of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TypeVar

from engine.domain.event_table import Items, flat
from engine.domain.records import Fragment, ReaderItem
from engine.readers.guard import PASSING, unforeseen
from engine.readers.linux.auditd_assemble import Assembler
from engine.readers.linux.auditd_interpreted import LocaleDates
from engine.readers.text.moments import Moments

_Item = TypeVar("_Item", bound=Items)


def together(items: Iterable[_Item], moments: Moments) -> Iterator[_Item | ReaderItem]:
    """The items of one stream without fragments, with the events that they make; in order, at the end what sudo ran."""
    rest = iter(items)
    # Nearly no stream has fragments, and all of them pass here: nothing is done for those but to look.
    for item in rest:
        if type(item) is Fragment:
            yield from _assembled(flat(chain((item,), rest)), moments)
        else:
            yield item


def _assembled(items: Iterable[ReaderItem], moments: Moments) -> Iterator[ReaderItem]:
    assembler = Assembler(dates=LocaleDates(moments))
    for item in items:
        if type(item) is Fragment:
            yield from _fed(assembler, item)
        elif assembler.waiting:
            yield from assembler.put(item)
        else:
            yield item
    yield from assembler.finish()
    yield from assembler.sudo.notes()


def _fed(assembler: Assembler, fragment: Fragment) -> Iterator[ReaderItem]:
    for line in fragment.lines:
        try:
            yield from assembler.feed(fragment.position, line)
        except PASSING:
            raise
        except Exception as error:
            yield from assembler.put(unforeseen(error, line, fragment.position))
