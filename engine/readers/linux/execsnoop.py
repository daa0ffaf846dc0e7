"""BCC's execsnoop: one line an execve, whose header tells the columns.

iovisor/bcc, tools/execsnoop_example.txt: `PCOMM PID PPID RET ARGS`, with -T, -t and -U also TIME, TIME(s) and UID before them.
bpftrace's execsnoop.bt, which does not tell whether the execve failed, is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.domain.records import LINUX, SAMPLE_BYTES, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions
from engine.readers.guard import guarded
from engine.readers.linux.auditd_records import as_text
from engine.readers.text.applets import told_by
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8

FORMATS = (
    Format(
        slug="execsnoop",
        title="execsnoop (BCC)",
        export="execsnoop-bpfcc -U > execsnoop.txt",
        read="lines with RET 0: program, pid, parent's pid, arguments; user with -U",
        left_out="failed execve; times, which have no date",
        source="github.com/iovisor/bcc, tools/execsnoop_example.txt",
    ),
)

_HEADER = re.compile(rb"(?:TIME(?:\(s\))?\s+)?(?:TIME\(s\)\s+)?(?:UID\s+)?PCOMM\s+PID\s+PPID\s+RET\s+ARGS\s*$")
_LINE = re.compile(
    rb"(?P<comm>\S.{0,15}?)\s{1,20}(?P<pid>\d{1,10})\s{1,20}(?P<ppid>\d{1,10})\s{1,20}(?P<ret>-?\d{1,5}) ?(?P<args>.*)"
)
_SNIFF_LINES = 20


class ExecsnoopReader:
    """Lines under execsnoop's header."""

    name = "execsnoop"

    def sniff(self, head: bytes, path: str) -> float:
        """Sure where one of the first lines is the header."""
        return 0.97 if any(_HEADER.match(line.strip()) for line in head.split(b"\n")[:_SNIFF_LINES]) else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per line, the header apart."""
        columns: list[bytes] = []
        for position, line in numbered_lines(as_utf8(stream), hint.path):
            if _HEADER.match(line.strip()):
                columns = line.split()
            elif line.strip():
                yield _map_line(line, position, columns, hint.host)


def _split(line: bytes, columns: list[bytes]) -> tuple[dict[bytes, bytes], bytes]:
    """The cells before PCOMM, which may hold blanks itself, and the rest."""
    names = columns[: columns.index(b"PCOMM")] if b"PCOMM" in columns else []
    cells = line.strip().split(None, len(names))
    return dict(zip(names, cells, strict=False)), cells[-1] if len(cells) > len(names) else b""


@guarded
def _map_line(line: bytes, position: int, columns: list[bytes], host: str) -> ReaderItem:
    before, rest = _split(line, columns)
    found = _LINE.match(rest)
    if found is None or found["ret"] != b"0":
        return None
    arguments = as_text(found["args"]).strip()
    words = [word.strip('"') for word in arguments.split(None, 2)[:2]]
    image = words[0] if words else as_text(found["comm"])
    if not image:
        return Reject(position=position, code="no-image", reason="Neither PCOMM nor ARGS.", sample=line[:SAMPLE_BYTES])
    return ProcessEvent(
        kind="execsnoop",
        image=told_by(image, *words),
        os=LINUX,
        host=host,
        pid=int(found["pid"]),
        ppid=int(found["ppid"]) or None,
        command_line=arguments or None,
        user=as_text(before[b"UID"]) if b"UID" in before else None,
        record_id=str(position),
        position=position,
    )


READER = ExecsnoopReader()
