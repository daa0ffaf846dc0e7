"""What is said of one name starting another: the counts, and sentences made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.paths import looks_windows
from engine.signals.pairs import PairTable

USUAL = 3
"""Alternatives that a sentence names."""
SOUGHT = 64
"""Commonest children that are looked through for those of one system."""


@dataclass(frozen=True, slots=True)
class EdgeCount:
    """How often one name started another in training."""

    parent: str | None
    """None for the start of a chain."""
    child: str
    seen: int
    total: int
    """Processes that the parent started."""
    hosts: int | None = None
    """Hosts on which it was seen, of `host_total`; None where hosts were not counted."""
    host_total: int = 0
    usual: tuple[tuple[str, int], ...] = ()
    """What the parent starts most often, with counts."""

    @classmethod
    def of(
        cls, pairs: PairTable, parent: str | None, child: str, usual: int = USUAL, *, windows: bool | None = None
    ) -> EdgeCount:
        """From a table's counts. What is usual is of the same operating system only; None: told by the names."""
        parent_code = len(pairs.names) if parent is None else pairs.code(parent)
        code = pairs.code(child)
        above, below = np.array([parent_code], dtype=np.int64), np.array([code], dtype=np.int64)
        if windows is None:
            known = [pairs.paths[one] for one in (code, parent_code) if 0 <= one < len(pairs.names)]
            windows = any(map(looks_windows, [*known, child, parent or ""]))
        others = usual_children(pairs, parent_code, usual, windows=windows)
        return cls(
            parent, child, int(pairs.count(above, below)[0]), int(pairs.total(above)[0]), pairs.hosts_of(parent_code, code),
            pairs.host_total, tuple((pairs.names[one], count) for one, count in others),
        )  # fmt: skip

    @classmethod
    def into(cls, pairs: PairTable, names: Sequence[str], step: int, usual: int = USUAL) -> EdgeCount:
        """Of the edge into a step of a chain of names."""
        return cls.of(pairs, names[step - 1] if step else None, names[step], usual)

    @property
    def subject(self) -> str:
        """Who started whom."""
        return f"a chain starts with {self.child}" if self.parent is None else f"{self.parent} started {self.child}"


def usual_children(pairs: PairTable, parent: int, limit: int, *, windows: bool) -> list[tuple[int, int]]:
    """What a parent starts most often, as PairTable.children, of one operating system: a bare name may be of either.

    A start of a chain has children of all systems of an estate, and so has a name that both have.
    """
    found = pairs.children(parent, SOUGHT) if parent >= 0 and limit else []
    return [one for one in found if _may_be(pairs.paths[one[0]], windows=windows)][:limit]


def _may_be(path: str, *, windows: bool) -> bool:
    return "/" not in path or looks_windows(path) if windows else not looks_windows(path)


def edge_sentence(edge: EdgeCount, *, expected: bool = True) -> str:
    """svchost.exe started cmd.exe: seen 0 of 41,213 times on 0 of 57 hosts; expected here: conhost.exe (3,120)."""
    if not edge.total:
        never = "no chain was seen from its start" if edge.parent is None else f"{edge.parent} was never seen starting anything"
        return f"{edge.subject}: {never} in training"
    where = "" if edge.hosts is None else f" on {edge.hosts:,} of {edge.host_total:,} hosts"
    said = f"{edge.subject}: seen {edge.seen:,} of {edge.total:,} times{where}"
    if not expected:
        return said
    others = [f"{name} ({count:,})" for name, count in edge.usual if name != edge.child]
    return said + (f"; expected here: {', '.join(others)}" if others else "; nothing else was seen here")


def window_sentence(edges: Sequence[EdgeCount], *, elsewhere: bool = False) -> str:
    """One or two starts in a row, with how often each was seen."""
    where = "on other estates, " if elsewhere else ""
    return where + "; then ".join(edge_sentence(edge, expected=False) for edge in edges)
