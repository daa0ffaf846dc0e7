"""What the tables say a command line asks for, and of a tool that runs under another name; learns nothing."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.arrays import Floats
from engine.knowledge import command_rules
from engine.signals.kinds import RULES
from engine.signals.signal import Signal
from engine.signals.view import Explained, View

NOTHING = command_rules.RuleReasons()


class _CommandRules(Signal[None]):
    """A sum of weights (engine.knowledge.command_rules, engine.knowledge.renamed)."""

    def value(self, view: View, learnt: None) -> Floats | None:
        """[c] weight of the oddest process; None where no record has a command line or an original name."""
        if view.table is None or not ((view.table.command >= 0).any() or view.table.original is not None):
            return None
        return command_rules.command_rules(view.corpus, view.table)

    def sentences(self, chains: Explained, learnt: None) -> Mapping[int, str]:
        """Why the oddest process has its weight."""
        if chains.table is None:
            return {}
        reasons = command_rules.told(chains.whole, chains.table, chains.rows)
        return {place: asked_sentence(reasons.get(row, NOTHING)) for place, row in enumerate(chains.rows.tolist())}


def asked_sentence(asked: command_rules.RuleReasons) -> str:
    """What the rules say of the oddest process: of its name, then of its command line, the weightiest reasons first."""
    line = f"its command line: {'; '.join(asked.line)}" if asked.line else ""
    return "; ".join(part for part in (asked.renamed, line) if part) or "no rule speaks of its command lines"


SIGNAL = _CommandRules(
    name="command_rules",
    title="asks for",
    meaning="what the tables say the command line asks for, and of tools under other names; learns nothing",
    plain="what its oddest command line asks for, or a tool hides, weighs {value} in the rules",
    order=140,
    family=RULES,
    row=80,
    by_process=True,
)
