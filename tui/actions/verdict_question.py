"""When a verdict asks before it is given, what it asks, and what the answers would label; the same in both front ends.

A verdict is on what is displayed, and says so. Above fifty processes, above one host, and where most of it is below the
threshold, where nobody looked, it asks first; what is decided stays as it is unless it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.untrusted import visible
from tui.words.words import many, on_hosts

if TYPE_CHECKING:
    from store.verdicts.extent import Extent
    from tui.words.spans import Line

ASK_ABOVE = 50
"""Processes that a verdict may cover without a question."""
SHORT_REASON, LONG_REASON = 34, 60
"""Characters that tell whose verdicts are replaced."""


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
            return self.extent.judged()
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

    @property
    def asks(self) -> bool:
        """Whether a screen asks before it labels everything: that is much, or another verdict is replaced."""
        return self.needed(self.everything) or bool(self.replaced)

    @property
    def idle(self) -> bool:
        """Nothing would change: it labels nothing, or all of it has this verdict already."""
        return not self.everything.processes or (self.overwrite and self.verdict is not None and not self.replaced)

    @property
    def careful(self) -> Extent:
        """What the careful answer labels: what is above the threshold where that is a part of it, and never what is decided."""
        return self.above if self.divided and not self.replaced else replace(self.everything, cells={})

    def line(self, key: str, *, short: bool = False) -> Line:
        """What stands in the place of the scope; `key` gave the verdict. Enter answers carefully, A with everything."""
        whole = self.everything
        size = f"{whole.processes:,}" if short else on_hosts(whole.processes, whole.hosts) if whole.hosts > 1 else many(
            whole.processes, "process", "processes"
        )  # fmt: skip
        said: Line = [(f" {key} on {size}? {self._because(short)}".rstrip() + " ", "cursor"), ("  ", "")]
        if self.careful.processes:
            said += _choice("enter", f"{'' if short else 'only the '}{self.careful.processes:,} odd")
        return [*said, *_choice("A", "all"), *_choice("esc", "nothing")]

    def _because(self, short: bool) -> str:
        """Why it is asked about: whose verdicts go, else what is below the threshold."""
        whole = self.everything
        if self.replaced:
            names = ", ".join(name if len(self.replaced) == 1 else f"{count:,} {name}" for name, count in self.replaced.items())
            names = names.replace("_", " ")
            by = " and ".join(whole.authors[:2]) + (" and others" if len(whole.authors) > 2 else "")
            told = visible(names + (f", by {by}" if by else ""), SHORT_REASON if short else LONG_REASON)
            return told if short else f"{'it is' if whole.processes == 1 else 'they are'} {told}"
        if whole.below:
            return (
                f"{whole.below:,} below"
                if short
                else f"{whole.below:,} {'is' if whole.below == 1 else 'are'} below the threshold"
            )
        return f"{whole.hosts:,} hosts" if short and whole.hosts > 1 else ""

    def why(self, part: Extent) -> list[str]:
        """What is asked about, the size first."""
        said = [on_hosts(part.processes, part.hosts) + (f" (more than {ASK_ABOVE})" if part.much else "")]
        return [*said, f"{part.below:,} of them below the threshold"] if part.mostly_below else said


def _choice(key: str, does: str) -> Line:
    return [(key, "accent"), (f" {does}  ", "")]
