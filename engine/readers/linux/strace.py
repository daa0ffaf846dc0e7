"""Traces of `strace -f`: one process creation per successful execve."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.domain.records import LINUX, SAMPLE_BYTES, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions
from engine.readers.guard import PASSING, unforeseen
from engine.readers.linux import strace_lines as lines
from engine.readers.linux.auditd_records import as_text, shell_line
from engine.readers.linux.strace_tree import Forest, TracedProcess
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8
from engine.readers.text.timestamps import from_seconds_text

FORMATS = (
    Format(
        slug="strace",
        title="strace -f",
        export="strace -f -ttt -y -e trace=process,chdir -s 4096 -o trace.txt COMMAND",
        read="execve and execveat that came back; parents from fork, vfork, clone and clone3",
        left_out="failed calls, all other calls; times without -ttt",
        source="strace(1)",
    ),
)

_SNIFF_LINES = 200
_LOOKS = re.compile(
    rb"[a-z]\w*\(.*\)\s*= |[a-z]\w*\(.*<unfinished \.\.\.>|<\.\.\. \w+ resumed|\+\+\+ (?:exited|killed)|--- (?:SIG|stopped)"
)


class StraceReader:
    """Lines of one trace, all processes in one file."""

    name = "strace"

    def sniff(self, head: bytes, path: str) -> float:
        """Share of the first lines that are calls, results, signals or exits."""
        seen = [line for line in head.split(b"\n")[:_SNIFF_LINES] if line.strip()]
        hits = 0
        for line in seen:
            begin = lines.prefix(line)
            hits += begin is not None and _LOOKS.match(line, begin[2]) is not None
        return 0.95 * hits / len(seen) if seen else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per line, execs where their execve returned."""
        trace = _Trace(hint.host)
        for number, line in numbered_lines(as_utf8(stream), hint.path):
            try:
                trace.feed(number, line)
            except PASSING:
                raise
            except Exception as error:
                trace.forest.put(unforeseen(error, line, number))
            yield from trace.forest.drain()
        yield from trace.forest.drain(everything=True)


class _Trace:
    def __init__(self, host: str) -> None:
        self.forest = Forest()
        self._host = host

    def feed(self, number: int, line: bytes) -> None:
        """Take one line; whatever comes of it is in the forest's queue."""
        begin = lines.prefix(line)
        if begin is None:
            # The traced program's own output, "strace: Process 12 attached".
            self.forest.put(None)
            return
        pid, seconds, start = begin
        call = line[start:]
        process = self.forest.process(pid)
        if call.startswith(lines.EXECS):
            self._exec(number, seconds, process, call)
            return
        if call.startswith(lines.EXECS_RESUMED):
            if lines.resumed_ok(call):
                self._resumed(number, seconds, process, call)
                return
            process.called = None
        elif call.startswith(lines.FORKS):
            if lines.UNFINISHED in call:
                self.forest.fork_begins(process)
            else:
                self.forest.fork_ends(process, lines.new_pid(call))
        elif call.startswith(lines.FORKS_RESUMED):
            self.forest.fork_ends(process, lines.new_pid(call))
        elif call.startswith((b"+++ exited", b"+++ killed")):
            self.forest.ended(process)
        elif call.startswith(b"+++ superseded"):
            if (thread := lines.superseding_pid(call)) is not None:
                self.forest.superseded(process, thread)
        elif call.startswith(b"chdir(") and (directory := lines.new_directory(call)) is not None:
            process.cwd = _absolute(as_text(directory), process.cwd)
        self.forest.put(None)

    def _exec(self, number: int, seconds: bytes | None, process: TracedProcess, call: bytes) -> None:
        parsed = lines.parse_exec(call)
        if parsed is None:
            reason = "An execve call that does not end as strace writes it; the line is cut or damaged."
            self.forest.put(Reject(position=number, code="bad-record", reason=reason, sample=call[:SAMPLE_BYTES]))
        elif parsed.done:
            self._created(number, seconds, process, parsed.path, parsed.argv)
        else:
            if parsed.done is None:
                process.called = (parsed.path, parsed.argv)
            self.forest.put(None)

    def _resumed(self, number: int, seconds: bytes | None, process: TracedProcess, call: bytes) -> None:
        called, process.called = process.called, None
        if called is None:
            reason = "The end of an execve whose beginning is not in the trace: what was executed is unknown."
            self.forest.put(Reject(position=number, code="incomplete-event", reason=reason, sample=call[:SAMPLE_BYTES]))
        else:
            self._created(number, seconds, process, *called)

    def _created(self, number: int, seconds: bytes | None, process: TracedProcess, path: bytes, argv: list[bytes]) -> None:
        image = as_text(path)
        if not image:
            reason = "execveat by file descriptor; only strace -y records which file that was."
            self.forest.put(Reject(position=number, code="no-image", reason=reason, sample=shell_sample(argv)))
            return
        if "/" in image:
            # A bare name stays: execvp tried it as it is, and it says more than a guess at a directory.
            image = _absolute(image, process.cwd) or image
        process.image = image
        event = ProcessEvent(
            kind="strace",
            image=image,
            os=LINUX,
            host=self._host,
            time_us=from_seconds_text(seconds.decode()) if seconds else None,
            pid=process.pid,
            command_line=shell_line(argv),
            cwd=process.cwd,
            record_id=str(number),
            position=number,
        )
        self.forest.put_exec(process, event)


def _absolute(path: str, cwd: str | None) -> str | None:
    """`path` where it is absolute or the working directory is known, else None."""
    if path.startswith("/"):
        return path
    return posixpath.normpath(posixpath.join(cwd, path)) if cwd else None


def shell_sample(argv: list[bytes]) -> bytes:
    """Beginning of a command line, for a reject."""
    return b" ".join(argv)[:SAMPLE_BYTES]


READER = StraceReader()
