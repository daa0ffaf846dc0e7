"""What can be copied of a process, and how it is written out to be read elsewhere.

All of it is made visible first: it goes into other programs, and a command line with a line break in it, pasted into a shell,
would run there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from engine.errors import NotFound
from engine.untrusted import visible
from store.base.views import ProcessView
from store.workspace import Workspace
from tui.actions.process_card import process_card

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
        there = [field.name for field in fields(one) if getattr(one, field.name) not in (None, "")]
        names = [name for name in there if not name.endswith("_id") or name == "record_id"]
        width = max(map(len, names))
        told = [f"{name:<{width}}  {_field(one, name)}" for name in names]
        return "\n".join([*told, "", "chain, root first:", *_chain(self.line), ""])


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


def _field(process: ProcessView, name: str) -> str:
    value = getattr(process, name)
    return _time(value) if name == "time_us" else visible(str(value))
