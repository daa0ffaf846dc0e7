"""What is said of one name starting another: the counts, and sentences made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.knowledge.systems import EITHER, by_name, by_shape, sign
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
    elsewhere: bool = False
    """Whether it starts something that is not told, as it is of another operating system or may be."""

    @classmethod
    def of(cls, pairs: PairTable, parent: str | None, child: str, usual: int = USUAL, *, system: int | None = None) -> EdgeCount:
        """From a table's counts. What is usual is of the same operating system only; None: told by the two names."""
        parent_code = len(pairs.names) if parent is None else pairs.code(parent)
        code = pairs.code(child)
        above, below = np.array([parent_code], dtype=np.int64), np.array([code], dtype=np.int64)
        if system is None:
            names = [child] if parent is None else [parent, child]
            system = system_of(pairs, names, len(names) - 1)
        found = pairs.children(parent_code, SOUGHT) if parent_code >= 0 and usual else []
        others = [one for one in found if pairs.systems[one[0]] in (EITHER, system)]
        return cls(
            parent, child, int(pairs.count(above, below)[0]), int(pairs.total(above)[0]), pairs.hosts_of(parent_code, code),
            pairs.host_total, tuple((pairs.names[one], count) for one, count in others[:usual]), len(others) < len(found),
        )  # fmt: skip

    @classmethod
    def into(cls, pairs: PairTable, names: Sequence[str], step: int, usual: int = USUAL) -> EdgeCount:
        """Of the edge into a step of a chain of names."""
        system = system_of(pairs, names, step) if usual else EITHER
        return cls.of(pairs, names[step - 1] if step else None, names[step], usual, system=system)

    @property
    def subject(self) -> str:
        """Who started whom."""
        return f"a chain starts with {self.child}" if self.parent is None else f"{self.parent} started {self.child}"


def system_of(pairs: PairTable, names: Sequence[str], step: int) -> int:
    """The operating system of a step of a chain of names: by its own path, by all paths, by the names, by who started whom."""
    codes = [pairs.code(name) for name in names]
    paths = [pairs.paths[code] if code >= 0 else name for code, name in zip(codes, names, strict=True)]
    shapes = [by_shape(path) for path in paths]
    return (
        shapes[step]
        or sign(shapes)
        or sign(map(by_name, paths))
        or sign(int(pairs.systems[code]) for code in codes if code >= 0)
        or pairs.only_system
    )


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
    if not others and edge.elsewhere:
        return said
    return said + (f"; expected here: {', '.join(others)}" if others else "; nothing else was seen here")


def window_sentence(edges: Sequence[EdgeCount], *, elsewhere: bool = False) -> str:
    """One or two starts in a row, with how often each was seen."""
    where = "on other estates, " if elsewhere else ""
    return where + "; then ".join(edge_sentence(edge, expected=False) for edge in edges)
