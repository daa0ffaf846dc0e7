"""When a verdict asks before it is given, what it asks, and what the answers would label; the same in both front ends.

A verdict is on what is displayed, and says so. Above fifty processes, above one host, and where most of it is below the
threshold, where nobody looked, it asks first; what is decided stays as it is unless it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.words.words import on_hosts, verdict_mark

if TYPE_CHECKING:
    from store.verdicts.extent import Extent
    from tui.words.spans import Line

ASK_ABOVE = 50
"""Processes that a verdict may cover without a question."""


@dataclass(frozen=True, slots=True)
class Question:
    """A verdict that is about to be given to what is displayed: processes, whatever chains they end in."""

    verdict: str | None
    extent: Extent
    overwrite: bool = False
    """Decided processes too."""

    @property
    def everything(self) -> Extent:
        """What it would label at most; taking verdicts away is for those that have one."""
        if self.verdict is None:
            return replace(self.extent, cells={cell: count for cell, count in self.extent.cells.items() if cell.verdict})
        return self.extent.part(overwrite=self.overwrite)

    @property
    def above(self) -> Extent:
        """Of this what is above the threshold."""
        return replace(self.everything, cells={cell: count for cell, count in self.everything.cells.items() if cell.above})

    @property
    def divided(self) -> bool:
        """Whether a part of it is above the threshold and another is not."""
        return 0 < self.above.processes < self.everything.processes

    @property
    def skipped(self) -> dict[str, int]:
        """How many processes it leaves with each verdict that they have."""
        return {} if self.verdict is None or self.overwrite else self.extent.decided

    @property
    def replaced(self) -> dict[str, int]:
        """How many processes lose each verdict that they have."""
        decided = self.extent.decided if self.overwrite and self.verdict is not None else {}
        return {verdict: count for verdict, count in decided.items() if verdict != self.verdict}

    def needed(self, part: Extent) -> bool:
        """Whether it has to be asked before a part of it is labelled. One process is no more than what was named."""
        return part.ask and part.processes > 1

    def line(self, key: str, *, short: bool = False) -> Line:
        """What stands in the verdict bar; `key` gave the verdict, and answers with all of it."""
        name = verdict_mark(self.verdict, short=short) if self.verdict else "clear"
        said: Line = [(f"{name}? ", self.verdict or "strong")]
        whole, above = self.everything, self.above
        if not whole.processes:
            said.append(("nothing is undecided  ", "dim"))
        else:
            below = f", {whole.below:,} below the threshold" if whole.below and not short else ""
            said += _choice(key, f"{whole.processes:,}" if short else f"all: {on_hosts(whole.processes, whole.hosts)}{below}")
            if self.divided:
                said += _choice("a", f"{above.processes:,} above" if short else f"only the {above.processes:,} above it")
        if self.verdict is not None and self.extent.decided:
            also = ("−", "+") if short else ("without ", "also ")
            said += _choice("O", f"{also[0] if self.overwrite else also[1]}{sum(self.extent.decided.values()):,} decided")
        return [*said, *_choice("esc", "no")]

    def why(self, part: Extent) -> list[str]:
        """What is asked about, the size first."""
        said = [on_hosts(part.processes, part.hosts) + (f" (more than {ASK_ABOVE})" if part.much else "")]
        return [*said, f"{part.below:,} of them below the threshold"] if part.mostly_below else said


def _choice(key: str, does: str) -> Line:
    return [(key, "accent"), (f" {does}  ", "")]
