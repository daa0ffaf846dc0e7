"""The rows of an incident's tree: which processes have one, which share one, what is below what. No widget, nothing painted.

A large incident has thousands of processes. Its rows are small tuples that are made again only when something is folded or
opened; what a row says is put together when it is painted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from engine.words.command_shape import shape_number
from store.base import ids
from tui.words.words import base

if TYPE_CHECKING:
    from store.base.views import ProcessView
    from tui.actions.incident_story import IncidentStory

ALIKE = 200
"""Children of one process that are alike and have a row each; more of them share one."""
NAMED = 4
"""Names that a row of folded processes tells."""
MAX_GUIDES = 40
"""Levels of guides that a row keeps; no terminal has room for more."""


class RowKind(Enum):
    """What a row stands for."""

    COVERED = "a process that the incident covers"
    CONTEXT = "a process beside it"
    EVERYDAY = "context below one process, in one row"
    ALIKE = "many covered processes of one kind, in one row"


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One row."""

    kind: RowKind
    id: int
    """The process; of a row that several share, the one that they are below."""
    lasts: tuple[bool, ...]
    """For each level above, whether that branch ended there; MAX_GUIDES of them."""
    depth: int
    count: int = 0
    """Processes that share the row, those that are not told included; of a folded process what is below it."""
    members: tuple[int, ...] = ()
    """Those of them that are told."""

    @property
    def alone(self) -> bool:
        """It is one process."""
        return self.kind in {RowKind.COVERED, RowKind.CONTEXT}


Shared = tuple[RowKind, int, int]
"""What is opened at once: its kind, the process that it is below, and of a kind of processes the first."""


class IncidentRows:
    """One incident with what of it is open. Nothing of it changes but what is folded and opened."""

    def __init__(self, story: IncidentStory) -> None:
        self.story = story
        self.covered = {one.process_id: one for one in story.covered if one.process_id in story.processes}
        self._context = {one.process_id: one for one in story.context.processes if one.process_id in story.processes}
        self._context = {number: one for number, one in self._context.items() if number not in self.covered}
        self._below = self._children()
        self._opened: set[Shared | None] = set()
        self._shared: dict[int, Shared | None] = {}
        """Process -> the row that it would share, of those that were opened."""
        self._closed: set[int] = set()
        self.rows: Sequence[TreeRow] = ()
        self._place: dict[int, int] = {}
        self._lay_out()

    # What is there -----------------------------------------------------------------------------------------------------

    @cached_property
    def judged(self) -> frozenset[int]:
        """Recorded processes that the incident covers: what a verdict on it is for."""
        return frozenset(number for number in self.covered if not ids.is_placeholder(number))

    def branch(self, process: int | None) -> frozenset[int]:
        """Of these the process and what the incident covers below it; nothing for context."""
        found: set[int] = set()
        waiting = [process] if process in self.covered else []
        while waiting:
            number = waiting.pop()
            if number is not None and number not in found:
                found.add(number)
                waiting += [child for child in self._below.get(number, ()) if child in self.covered]
        return frozenset(found) & self.judged

    def undecided(self, processes: Iterable[int]) -> frozenset[int]:
        """Of these what has no verdict."""
        return frozenset(number for number in processes if self.covered[number].verdict is None)

    def place(self, process: int) -> int | None:
        """The row that shows a process, alone or with others; None where it is folded away or not there."""
        return self._place.get(process)

    def above(self, process: int) -> list[int]:
        """What a process descends from here, nearest first."""
        found: dict[int, None] = {}
        parent = self.parent(process)
        while parent is not None and parent not in found:
            found[parent] = None
            parent = self.parent(parent)
        return list(found)

    def process(self, number: int) -> ProcessView:
        """What is known of a process."""
        return self.story.processes[number]

    def parent(self, process: int) -> int | None:
        """What started it, where that is known here."""
        one = self.covered.get(process) or self._context.get(process)
        return one.parent_id if one is not None and one.parent_id in self.story.processes else None

    # Folding -----------------------------------------------------------------------------------------------------------

    def open(self, row: TreeRow) -> bool:
        """Show what a row holds back; False where that is nothing."""
        if not row.alone:
            if not row.members:
                return False
            self._opened.add((row.kind, row.id, row.members[0] if row.kind is RowKind.ALIKE else 0))
        elif row.id in self._closed:
            self._closed.discard(row.id)
        else:
            return False
        self._lay_out()
        return True

    def close(self, row: TreeRow) -> int | None:
        """Hide what is below a row, or where nothing is, go up. Returns the process whose row the cursor goes to."""
        if row.alone and self._below.get(row.id) and row.id not in self._closed:
            self._closed.add(row.id)
            self._lay_out()
            return row.id
        if not row.alone:
            return row.id
        if row.id in self._shared:
            self._opened.discard(self._shared[row.id])
            self._lay_out()
            return row.id
        return next(iter(self.above(row.id)), None)

    def open_as(self, before: IncidentRows) -> None:
        """The same incident read again: what was folded and opened still is."""
        self._opened, self._closed = before._opened, before._closed
        self._lay_out()

    def show(self, process: int) -> int | None:
        """Open whatever hides a process. Returns its row; None where the incident has none for it."""
        for number in self.above(process):
            self._closed.discard(number)
        self._lay_out()
        at = self._place.get(process)
        if at is not None and not self.rows[at].alone:
            self.open(self.rows[at])
            at = self._place.get(process)
        return at

    # How ---------------------------------------------------------------------------------------------------------------

    def _children(self) -> dict[int | None, list[int]]:
        """Parent -> children by time; None for what stands at the top. Stored parents that go around are cut where they meet."""
        below: dict[int | None, list[int]] = {}
        parents = {number: one.parent_id for number, one in (self._context | self.covered).items()}
        for number, parent in sorted(parents.items(), key=lambda item: (self.story.processes[item[0]].time_us or 0, item[0])):
            below.setdefault(parent if parent in parents else None, []).append(number)
        seen: set[int] = set()
        for top in (None, *parents):
            if top in seen:
                continue
            if top is not None:
                below.setdefault(None, []).append(top)
            waiting = list(below.get(None, ())) if top is None else [top]
            seen.update(waiting)
            while waiting:
                at = waiting.pop()
                below[at] = [child for child in below.get(at, ()) if child not in seen]
                seen.update(below[at])
                waiting += below[at]
        return below

    def _lay_out(self) -> None:
        rows: list[TreeRow] = []
        self._shared = {}
        waiting = self._rows_below(None, (), 0)
        while waiting:
            row = waiting.pop()
            rows.append(row)
            if row.alone and row.id not in self._closed:
                waiting += self._rows_below(row.id, row.lasts, row.depth + 1)
        self.rows = rows
        self._place = {}
        for place, row in enumerate(rows):
            for number in (row.id,) if row.alone else row.members:
                self._place[number] = place

    def _rows_below(self, parent: int | None, lasts: tuple[bool, ...], depth: int) -> list[TreeRow]:
        """The rows directly below a process, last first."""
        children = self._below.get(parent, [])
        entries: list[tuple[RowKind, int, int, tuple[int, ...]]] = []
        everyday = tuple(child for child in children if self._is_everyday(child))
        hidden = self.story.context.folded.get(parent or 0, 0)
        shared = (RowKind.EVERYDAY, parent or 0, 0)
        if parent is not None and len(everyday) + hidden > 1 and shared not in self._opened:
            entries.append((RowKind.EVERYDAY, parent, len(everyday) + hidden, everyday))
            children = [child for child in children if child not in set(everyday)]
        elif parent is not None:
            self._shared.update(dict.fromkeys(everyday, shared) if shared in self._opened else {})
            entries += [(RowKind.EVERYDAY, parent, hidden, ())] if hidden else []
        for kind, members in self._alike(parent, children):
            first = members[0]
            if kind is RowKind.ALIKE:
                entries.append((kind, parent or 0, len(members), members))
            else:
                entries.append((kind, first, self._size(first) if first in self._closed else 0, ()))
        end = len(entries) - 1
        return [
            TreeRow(kind, number, () if parent is None else (*lasts, at == end)[-MAX_GUIDES:], depth, count, members)
            for at, (kind, number, count, members) in reversed(list(enumerate(entries)))
        ]

    def _is_everyday(self, number: int) -> bool:
        one = self._context.get(number)
        return one is not None and not one.above and not self._below.get(number)

    def _alike(self, parent: int | None, children: Sequence[int]) -> Iterator[tuple[RowKind, tuple[int, ...]]]:
        """Each child alone, or those of one kind together where they are more than ALIKE."""
        groups: dict[int, tuple[int, ...]] = {}
        if len(children) > ALIKE:
            kinds: dict[tuple[str, int], list[int]] = {}
            for child in children:
                if child in self.covered and not self._below.get(child):
                    process = self.process(child)
                    kinds.setdefault((process.path, shape_number(process.command_line or "")), []).append(child)
            for alike in kinds.values():
                if len(alike) > ALIKE:
                    groups.update(dict.fromkeys(alike, tuple(alike)))
        for child in children:
            members = groups.get(child)
            key = None if members is None else (RowKind.ALIKE, parent or 0, members[0])
            if key in self._opened:
                self._shared[child] = key
            if members is None or key in self._opened:
                yield (RowKind.COVERED if child in self.covered else RowKind.CONTEXT), (child,)
            elif child == members[0]:
                yield RowKind.ALIKE, members

    def _size(self, top: int) -> int:
        """How many processes are below one."""
        found, waiting = 0, list(self._below.get(top, ()))
        while waiting:
            found += 1
            waiting += self._below.get(waiting.pop(), ())
        return found

    def names(self, row: TreeRow) -> str:
        """The commonest names of what shares a row, made visible by whoever paints them."""
        counts = Counter(base(self.process(number).path or self.process(number).image) or "(unknown)" for number in row.members)
        said = ", ".join(name for name, _ in counts.most_common(NAMED))
        return f"{said} …" if len(counts) > NAMED or row.count > len(row.members) else said
