"""What the tables say a command line asks for; learns nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.domain.arrays import Floats
from engine.knowledge import command_rules
from engine.signals.kinds import RULES
from engine.signals.signal import Signal
from engine.signals.view import Explained, View


class _CommandRules(Signal[None]):
    """A sum of weights (engine.knowledge.command_rules)."""

    def value(self, view: View, learnt: None) -> Floats | None:
        """[c] weight of the oddest command line; None where no process has one."""
        if view.table is None or not (view.table.command >= 0).any():
            return None
        return command_rules.command_rules(view.corpus, view.table)

    def sentences(self, chains: Explained, learnt: None) -> Mapping[int, str]:
        """Why the oddest command line has its weight."""
        if chains.table is None:
            return {}
        reasons = command_rules.told(chains.whole, chains.table, chains.rows)
        return {place: command_sentence(reasons.get(row, ())) for place, row in enumerate(chains.rows.tolist())}


def command_sentence(reasons: Sequence[str]) -> str:
    """What the rules say of the oddest command line; the weightiest reasons first."""
    return f"its command line: {'; '.join(reasons)}" if reasons else "no rule speaks of its command lines"


SIGNAL = _CommandRules(
    name="command_rules",
    title="asks for",
    meaning="what the tables say the command line asks for; learns nothing",
    plain="what its oddest command line asks for weighs {value} in the rules",
    order=140,
    family=RULES,
    row=80,
    by_process=True,
)
