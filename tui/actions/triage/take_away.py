"""What can be copied of a process, and how it is written out to be read elsewhere.

All of it is made visible first: it goes into other programs, and a command line with a line break in it, pasted into a shell,
would run there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.errors import NotFound
from engine.untrusted import visible
from store.base import ids
from store.base.views import ProcessView
from store.workspace import Workspace
from tui.actions.process_card import process_card
from tui.words.triage.hash_lists import known_words
from tui.words.triage.marks import by_words

LONGEST_LINE = 64
"""Ancestors of a process that are written out; a hostile log can make a line of thousands."""


@dataclass(frozen=True, slots=True)
class Copyable:
    """One thing that can be copied. `text` is safe to paste."""

    letter: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A process with those above it, root first, and itself as the last."""

    line: tuple[ProcessView, ...]

    @property
    def process(self) -> ProcessView:
        """The process itself."""
        return self.line[-1]

    def copyables(self) -> tuple[Copyable, ...]:
        """What there is to copy; what the record does not tell is left out."""
        one = self.process
        found = [
            Copyable("c", "command line", visible(one.command_line or "")),
            Copyable("i", "image", visible(one.image)),
            *(Copyable(letter, name, text) for letter, name, text in hashes(one.hashes or "")),
            Copyable("u", "user", visible(one.user or "")),
            Copyable("o", "host", visible(one.host)),
            Copyable("p", "pid", "" if one.pid is None else str(one.pid)),
            Copyable("t", "time", _time(one.time_us)),
            Copyable("r", "row", row(one)),
            Copyable("w", "whole chain", "\n".join(_chain(self.line))),
        ]
        return tuple(thing for thing in found if thing.text)

    def page(self) -> str:
        """Everything that its record tells, and the chain above it, for a pager or an editor."""
        one = self.process
        told = [(name, visible(str(value))) for name, value in _fields(one) if value not in (None, "")]
        width = max(len(name) for name, _ in told)
        lines = [f"{name:<{width}}  {value}" for name, value in told]
        return "\n".join([*lines, "", "chain, root first:", *_chain(self.line), ""])


def taken(workspace: Workspace, case: str, process_id: int) -> Taken:
    """Read it. Raises NotFound when the process is gone."""
    card = process_card(workspace, case, process_id)
    try:
        above = [one for one in workspace.processes.ancestors(process_id, LONGEST_LINE) if one.id != process_id]
    except NotFound:
        above = []
    return Taken((*above, card.process))


def row(process: ProcessView) -> str:
    """Time, host, user, pid, image, command line, with tabs between them: one line of a table."""
    pid = "" if process.pid is None else str(process.pid)
    cells = (_time(process.time_us), process.host, process.user or "", pid, process.image, process.command_line or "")
    return "\t".join(map(visible, cells))


def _chain(line: Sequence[ProcessView]) -> Iterator[str]:
    for depth, one in enumerate(line):
        told = one.command_line or one.image
        yield "  " * depth + visible(told if told else "(unknown)")


def hashes(text: str) -> Iterator[tuple[str, str, str]]:
    """(letter, name, hash) of `SHA256=…,MD5=…`, or of the text as a whole where it names no kind: the strongest first."""
    letters = {"SHA256": "h", "SHA1": "1", "MD5": "5", "IMPHASH": "m"}
    parts = [part.partition("=") for part in text.split(",") if part.strip()]
    named = {kind.strip().upper(): value.strip() for kind, sign, value in parts if sign}
    if not named and text.strip():
        yield "h", "hash", visible(text.strip())
    for kind, letter in letters.items():
        if named.get(kind):
            yield letter, kind, visible(named[kind])


def _time(time_us: int | None) -> str:
    if time_us is None:
        return ""
    try:
        return datetime.fromtimestamp(time_us / 1_000_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return str(time_us)


def _fields(one: ProcessView) -> Iterator[tuple[str, object]]:
    """What people call it, and the value; parents and sources by what they are called elsewhere."""
    yield "process", ids.called(one.id)
    yield "host", one.host
    yield "time", _time(one.time_us)
    yield "user", one.user
    yield "image", one.image
    yield "command line", one.command_line
    yield "pid", one.pid
    yield "guid", one.guid
    yield "parent", None if one.parent_id is None else ids.called(one.parent_id)
    yield "parent pid", one.ppid
    yield "parent image", one.parent_image
    yield "parent command line", one.parent_command_line
    yield "parent guid", one.parent_guid
    yield "working directory", one.cwd
    yield "integrity", one.integrity
    yield "session", one.logon_id
    yield "original name", one.original_name
    yield "hashes", one.hashes
    yield "lists", known_words(one.known, one.lists)
    yield "marks", "; ".join(map(by_words, one.marks))
    yield "record", f"{one.source} at {one.record_id or one.position}"
