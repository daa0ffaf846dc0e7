"""Linux audit logs: auditd raw and enriched, audisp through syslog, printk, what ausearch prints of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from engine.domain.records import SAMPLE_BYTES, Note, ReaderItem, Reject
from engine.readers.contract import HEAD_BYTES, Format, ReadOptions
from engine.readers.guard import PASSING, unforeseen
from engine.readers.linux.auditd_assemble import Assembler
from engine.readers.linux.auditd_interpreted import LocaleDates, order_of
from engine.readers.linux.auditd_records import AuditLine, parse_line
from engine.readers.linux.journal_lines import JournalLines, is_audit
from engine.readers.text.bounded_lines import numbered_lines, read_chunk
from engine.readers.text.encoding import Rest, as_utf8
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="auditd",
        title="auditd",
        export="/var/log/audit/audit.log*, `ausearch --raw`, audit records in syslog; execve needs a rule",
        read="successful execve and execveat of SYSCALL, EXECVE, CWD, PATH and PROCTITLE records, raw and enriched",
        left_out="failed calls, fork and clone, other records; sudo's USER_CMD is told in a note",
        source="github.com/linux-audit/audit-documentation, record types and fields",
    ),
    Format(
        slug="ausearch",
        title="ausearch -i",
        export="ausearch -i -m EXECVE > ausearch.txt",
        read="as auditd; names in place of numbers, local times in any locale's order of day and month",
        left_out="as auditd; summaries (aureport), which name no process",
        source="github.com/linux-audit/audit-userspace, ausearch.8",
    ),
)

_SNIFF_LINES = 200
_QUOTES = re.compile(rb"""\s*(?:[{"<]|\[\s*[{"\[<\]]|\[\s*\Z)""")
"""How lines of JSON, XML and CSV begin; dmesg's begin with its time in brackets."""
_SEPARATOR = b"----"
"""Between the events that ausearch prints."""


class AuditdReader:
    """Audit records, one per line, assembled into events."""

    name = "auditd"

    def sniff(self, head: bytes, path: str) -> float:
        """Share of the first lines that are audit records."""
        lines = [line for line in head.split(b"\n")[:_SNIFF_LINES] if line.strip() and not line.startswith(_SEPARATOR)]
        # A JSON or CSV cell may quote an audit record; its line does not begin like a log line.
        own = [line for line in lines if _QUOTES.match(line) is None or line.startswith(b"<")]
        hits = sum(1 for line in own if (parse_line(line) is not None or is_audit(line)) and b'"SyslogMessage"' not in line)
        return 0.95 * hits / len(lines) if lines else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per audit event (not per line), in the order in which the events began."""
        plain = as_utf8(stream)
        head = b""
        while len(head) < HEAD_BYTES and (part := read_chunk(plain, hint.path, size=HEAD_BYTES - len(head))):
            head += part
        moments = Moments.of(hint)
        dates = LocaleDates(moments, _day_first(head, hint))
        assembler = Assembler(hint.host, dates)
        journal = JournalLines(moments)
        rest: Any = Rest(plain, head, "utf-8")
        for number, line in numbered_lines(rest, hint.path):
            try:
                yield from _line(assembler, number, line, parse_line(line) or journal.parse(line))
            except PASSING:
                raise
            except Exception as error:
                yield from assembler.put(unforeseen(error, line, number))
        yield from assembler.finish()
        yield from assembler.sudo.notes()
        yield from _order_note(dates)
        yield from moments.notes()


def _day_first(head: bytes, hint: ReadOptions) -> bool | None:
    """What the file proves of the order of day and month; only dates of ausearch leave it open."""
    first = (record for line in head.split(b"\n") if (record := parse_line(line)) is not None)
    record = next(first, None)
    if record is None or not record.interpreted:
        return None
    found = order_of(head.split(b"\n"))
    if found is None and hint.again is not None:
        with hint.again() as whole:
            found = order_of(line for _, line in numbered_lines(as_utf8(whole), hint.path))
    return found


def _order_note(dates: LocaleDates) -> Iterator[Note]:
    if dates.guessed:
        text = (
            f"{dates.guessed:,} dates are read with the month first, as in 05/31/2024: no date in the file proves the order. "
            "Where the machine writes the day first, run `LC_TIME=C.UTF-8 ausearch -i` or give the raw audit.log."
        )
        yield Note(code="day-order", text=text, count=dates.guessed)


def _line(assembler: Assembler, number: int, line: bytes, record: AuditLine | None) -> Iterator[ReaderItem]:
    if record is not None:
        yield from assembler.feed(number, record)
    elif b"audit(" in line[:1024] and b"type=" in line[:1024]:
        reason = "An audit record whose header cannot be read: expected type=NAME msg=audit(SECONDS.MILLIS:SERIAL)."
        yield from assembler.put(Reject(position=number, code="bad-record", reason=reason, sample=line[:SAMPLE_BYTES]))
    elif line.strip():
        # Other lines of a syslog file, ausearch's separators.
        yield None


READER = AuditdReader()
