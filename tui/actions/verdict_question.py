"""When a verdict asks before it is given, what it asks, and what the answers would label; the same in both front ends.

A finding or some marks may stand for a thousand chains, most of them from below the threshold, where nobody looked. So above
fifty processes the default is only what is above the threshold, and what is decided stays as it is unless it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.words.words import many, verdict_mark

if TYPE_CHECKING:
    from store.verdicts.chain_extent import Candidate, ChainExtent
    from tui.words.spans import Line

ASK_ABOVE = 50
"""Processes that a verdict may cover without a question."""


@dataclass(frozen=True, slots=True)
class Question:
    """A verdict that is about to be given."""

    verdict: str | None
    extent: ChainExtent
    overwrite: bool = False
    """Decided chains too."""
    one: bool = False
    """One chain that was named as such: its verdict is replaced, whatever it is, and the threshold does not matter."""

    @property
    def everything(self) -> tuple[Candidate, ...]:
        """What it would label at most; taking verdicts away is for those that have one."""
        if self.verdict is None and not self.one:
            return tuple(chain for chain in self.extent.chains if chain.verdict is not None)
        return self.extent.part(overwrite=self.overwrite or self.one)

    @property
    def above(self) -> tuple[Candidate, ...]:
        """What it labels by default: of this only what is above the threshold."""
        return self.everything if self.one else tuple(chain for chain in self.everything if chain.flagged)

    @property
    def skipped(self) -> int:
        """Decided chains that it leaves as they are."""
        return len(self.extent.chains) - len(self.everything) if self.verdict is not None else 0

    @property
    def needed(self) -> bool:
        """Whether it has to be asked."""
        return processes(self.everything) > ASK_ABOVE

    def line(self, key: str, *, short: bool = False) -> Line:
        """What stands in the verdict bar; `key` gave the verdict, and answers with the default."""
        name = verdict_mark(self.verdict, short=short) if self.verdict else "clear"
        said: Line = [(f"{name}? ", self.verdict or "strong")]
        if self.one:
            return [*said, *_choice(key, many(processes(self.everything), "process", "processes")), *_choice("esc", "no")]
        if self.above:
            count, held = len(self.above), processes(self.above)
            full = f"{many(count, 'chain', 'chains')} above the threshold ({many(held, 'process', 'processes')})"
            said += _choice(key, f"{count:,} above ({held:,})" if short else full)
        elif self.everything:
            said.append(("none above  " if short else "none above the threshold  ", "dim"))
        if len(self.everything) > len(self.above):
            said += _choice("a", f"all {len(self.everything):,} ({processes(self.everything):,})")
        if not self.everything:
            said.append(("nothing is undecided  ", "dim"))
        if self.verdict is not None and self.extent.decided:
            also = ("−", "+") if short else ("without ", "also ")
            said += _choice("O", f"{also[0] if self.overwrite else also[1]}{self.extent.decided:,} decided")
        return [*said, *_choice("esc", "no")]


def processes(chains: tuple[Candidate, ...]) -> int:
    """Recorded processes that end in one of them."""
    return sum(one.processes for one in chains)


def _choice(key: str, does: str) -> Line:
    return [(key, "accent"), (f" {does}  ", "")]
