"""Where the children of a node come from: the store by keyset, or a list of ids that somebody chose."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from store.processes.forest import AncestorLine, ForestRow, HostRow, Key

Row = HostRow | ForestRow


@dataclass(frozen=True, slots=True)
class Window:
    """Some neighbouring children and how many come before them."""

    rows: Sequence[Row]
    before: int


class Source(Protocol):
    """Pages of a forest; store.processes.forest.ForestPages is one."""

    def hosts(self) -> Sequence[HostRow]:
        """All hosts in their order."""

    def after(self, parent: int, key: Key = ..., limit: int = ...) -> Sequence[ForestRow]:
        """The next children behind `key`."""

    def before(self, parent: int, key: Key = ..., limit: int = ...) -> Sequence[ForestRow]:
        """The last children before `key`, in order."""

    def rows(self, wanted: Sequence[int]) -> Sequence[ForestRow]:
        """These rows; those that are gone are left out."""

    def line(self, process_id: int, levels: int = ..., near: int = ..., small: int = ..., beside: int = ...) -> AncestorLine:
        """A process under its ancestors and beside its siblings. Raises NotFound."""


class Members(Protocol):
    """The children of one node."""

    total: int

    def has(self, key: Key) -> bool:
        """Whether a child belongs to them."""

    def later(self, key: Key, limit: int) -> Sequence[Row]:
        """Those behind `key`."""

    def earlier(self, key: Key, limit: int) -> Sequence[Row]:
        """Those before `key`, in order."""


class Stored:
    """All children of a process, from the store."""

    def __init__(self, source: Source, parent: int, total: int) -> None:
        self._source = source
        self._parent = parent
        self.total = total

    def has(self, key: Key) -> bool:
        """All of them do."""
        return True

    def later(self, key: Key, limit: int) -> Sequence[Row]:
        """One page."""
        return self._source.after(self._parent, key, limit)

    def earlier(self, key: Key, limit: int) -> Sequence[Row]:
        """One page."""
        return self._source.before(self._parent, key, limit)


class Listed:
    """Chosen children: their keys are known, their rows are loaded when they are shown."""

    def __init__(self, keys: Sequence[Key], load: Callable[[Sequence[int]], Sequence[Row]]) -> None:
        self._keys = keys
        self._load = load
        self.total = len(keys)

    def has(self, key: Key) -> bool:
        """Whether it was chosen."""
        place = bisect_left(self._keys, key)
        return place < self.total and self._keys[place] == key

    def later(self, key: Key, limit: int) -> Sequence[Row]:
        """One page."""
        start = bisect_left(self._keys, (key[0], key[1] + 1))
        return self._load([number for _, number in self._keys[start : start + limit]])

    def earlier(self, key: Key, limit: int) -> Sequence[Row]:
        """One page."""
        end = bisect_left(self._keys, key)
        return self._load([number for _, number in self._keys[max(end - limit, 0) : end]])

    def around(self, key: Key, small: int, beside: int) -> Window:
        """A child among its siblings: all of them up to `small`, else `beside` on each side."""
        before = 0 if self.total <= small else max(bisect_left(self._keys, key) - beside, 0)
        return Window(self._load(self.ids_around(key, small, beside)), before)

    def ids_around(self, key: Key, small: int, beside: int) -> list[int]:
        """The ids of that window."""
        place = bisect_left(self._keys, key)
        start, end = (0, small) if self.total <= small else (max(place - beside, 0), place + beside + 1)
        return [number for _, number in self._keys[start:end]]
