"""Linux audit logs: auditd raw and enriched, audisp through syslog, printk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from engine.domain.records import SAMPLE_BYTES, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.guard import PASSING, unforeseen
from engine.readers.linux.auditd_assemble import Assembler
from engine.readers.linux.auditd_records import parse_line
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8

_SNIFF_LINES = 200
_QUOTES = frozenset((b"{", b"[", b"<", b'"'))


class AuditdReader:
    """Audit records, one per line, assembled into events."""

    name = "auditd"

    def sniff(self, head: bytes, path: str) -> float:
        """Share of the first lines that are audit records."""
        lines = [line for line in head.split(b"\n")[:_SNIFF_LINES] if line.strip()]
        # A JSON or CSV cell may quote an audit record; its line does not begin like a log line.
        own = [line for line in lines if line.lstrip()[:1] not in _QUOTES or line.startswith(b"<")]
        hits = sum(1 for line in own if parse_line(line) is not None and b'"SyslogMessage"' not in line)
        return 0.95 * hits / len(lines) if lines else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per audit event (not per line), in the order in which the events began."""
        assembler = Assembler(hint.host)
        for number, line in numbered_lines(as_utf8(stream), hint.path):
            try:
                yield from _line(assembler, number, line)
            except PASSING:
                raise
            except Exception as error:
                yield from assembler.refuse(unforeseen(error, line, number))
        yield from assembler.finish()


def _line(assembler: Assembler, number: int, line: bytes) -> Iterator[ReaderItem]:
    record = parse_line(line)
    if record is not None:
        yield from assembler.feed(number, record)
    elif b"audit(" in line[:1024] and b"type=" in line[:1024]:
        reason = "An audit record whose header cannot be read: expected type=NAME msg=audit(SECONDS.MILLIS:SERIAL)."
        yield from assembler.refuse(Reject(position=number, code="bad-record", reason=reason, sample=line[:SAMPLE_BYTES]))
    elif line.strip():
        # Other lines of a syslog file, ausearch's separators.
        yield None


READER = AuditdReader()
