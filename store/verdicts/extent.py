"""What a verdict would extend to, and what giving it did: processes, hosts, what is decided, what is below the threshold.

Asked before the verdict, for the question, and once more in the transaction that gives it, where only the answer counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.domain.verdicts import VERDICTS
from store.base.views import Coverage

NOTHING = Coverage(0, 0, 0)
ASK_ABOVE = 50
"""Processes that a verdict may cover without a question."""
SEEN = 20
"""Processes that stand before who judges them, each with its line: of so few it is not asked whether most is below the threshold.

It was asked of any number: in the demo of 24 of the first 30 findings, most of them single incidents of five to ten processes. So
nearly each verdict took two keys, and a question that always comes is answered without being read.
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """Processes of one chain on one host that are alike in what matters to a verdict."""

    chain_id: int
    """0 for processes that end in none."""
    host_id: int
    verdict: str | None
    """What counts for them now."""
    above: bool
    """By their own scores they are above the threshold of the scores in use."""
    stays: bool
    """What counts for them counts more than the verdict that is planned."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The recorded processes under a verdict that is only planned; never context."""

    cells: Mapping[Cell, int]
    """How many processes of each kind."""
    scored: bool
    """There is a threshold that something can be below."""
    authors: tuple[str, ...] = ()
    """Whose verdicts count for what is decided, by name; () where nobody asked (`Labels.extent` does)."""

    @property
    def processes(self) -> int:
        """All of them, decided or not."""
        return sum(self.cells.values())

    @property
    def host_ids(self) -> frozenset[int]:
        """The hosts that they ran on."""
        return frozenset(cell.host_id for cell in self.cells)

    @property
    def hosts(self) -> int:
        """How many hosts they ran on."""
        return len(self.host_ids)

    @property
    def chains(self) -> int:
        """How many chains they end in."""
        return len({cell.chain_id for cell in self.cells} - {0})

    @property
    def above(self) -> int:
        """How many of them are above the threshold."""
        return sum(count for cell, count in self.cells.items() if cell.above)

    @property
    def below(self) -> int:
        """How many of them are below the threshold; 0 where nothing was scored."""
        return self.processes - self.above if self.scored else 0

    @property
    def decided(self) -> dict[str, int]:
        """How many have each verdict, in the order of the verdicts."""
        found = dict.fromkeys(VERDICTS, 0)
        for cell, count in self.cells.items():
            if cell.verdict is not None:
                found[cell.verdict] = found.get(cell.verdict, 0) + count
        return {verdict: count for verdict, count in found.items() if count}

    @property
    def undecided(self) -> int:
        """How many have none."""
        return self.processes - sum(self.decided.values())

    def part(self, *, above: bool = False, overwrite: bool = False) -> Extent:
        """What would be labelled: the undecided ones, `overwrite`: the decided ones too; `above`: of these only those above the
        threshold.
        """
        cells = {
            cell: count for cell, count in self.cells.items() if (overwrite or cell.verdict is None) and (cell.above or not above)
        }
        return Extent(cells, self.scored, self.authors)

    def judged(self) -> Extent:
        """What has a verdict, and would lose it when verdicts are taken off."""
        return Extent({cell: count for cell, count in self.cells.items() if cell.verdict is not None}, self.scored, self.authors)

    @property
    def coverage(self) -> Coverage:
        """Processes, hosts, chains."""
        return Coverage(self.processes, self.hosts, self.chains)

    @property
    def much(self) -> bool:
        """More than ASK_ABOVE processes."""
        return self.processes > ASK_ABOVE

    @property
    def wide(self) -> bool:
        """More than one host."""
        return self.hosts > 1

    @property
    def mostly_below(self) -> bool:
        """It is more than is seen at once, and most of it is below the threshold."""
        return self.processes > SEEN and self.below * 2 > self.processes

    @property
    def ask(self) -> bool:
        """Whether a verdict on all of it is given only after a question."""
        return self.much or self.wide or self.mostly_below


def together(parts: Iterable[tuple[Cell, int]], *, scored: bool) -> Extent:
    """An extent of cells and how many processes each has."""
    cells: dict[Cell, int] = {}
    for cell, count in parts:
        if count:
            cells[cell] = cells.get(cell, 0) + count
    return Extent(cells, scored)


@dataclass(frozen=True, slots=True)
class Given:
    """What giving a verdict did."""

    batch: int
    """0 when nothing was changed."""
    covers: Coverage = NOTHING
    notes: int = 0
    """Notes that another note replaced, or that went with their verdict."""
    left: Mapping[str, int] = field(default_factory=dict)
    """How many processes were left with each verdict that they have."""
