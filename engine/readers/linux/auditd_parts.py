"""Audit records that come one by one in JSON objects or rows: the journal, Splunk's _raw, Filebeat's message, Sentinel's Syslog.

A mapper returns them as `Fragment`; `Together` stands in the readers of JSON and of tables and makes events of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.domain.records import Fragment, Note, ReaderItem
from engine.readers.guard import PASSING, unforeseen
from engine.readers.linux.auditd_assemble import Assembler
from engine.readers.linux.auditd_interpreted import LocaleDates
from engine.readers.text.moments import Moments


class Together:
    """The parts of one stream, and what came between them, in order."""

    def __init__(self, moments: Moments) -> None:
        self._assembler = Assembler(dates=LocaleDates(moments))

    @property
    def waiting(self) -> bool:
        """Whether events are open: what comes now has to go through `take`."""
        return self._assembler.waiting

    def take(self, items: Iterable[ReaderItem]) -> Iterator[ReaderItem]:
        """The items without parts, with the events that are whole now."""
        for item in items:
            if type(item) is Fragment:
                yield from self._part(item)
            elif self._assembler.waiting:
                yield from self._assembler.put(item)
            else:
                yield item

    def _part(self, part: Fragment) -> Iterator[ReaderItem]:
        for line in part.lines:
            try:
                yield from self._assembler.feed(part.position, line)
            except PASSING:
                raise
            except Exception as error:
                yield from self._assembler.put(unforeseen(error, line, part.position))

    def finish(self) -> Iterator[ReaderItem]:
        """What is open at the end of the stream, and what sudo ran."""
        yield from self._assembler.finish()
        notes: Iterator[Note] = self._assembler.sudo.notes()
        yield from notes
