"""The clusters of words that the last learning found, a line each, the largest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.rules.rule import Rule
from engine.untrusted import visible
from tui.screens.patterns.rule_words import state_of
from tui.widgets.line_pane import ListPane
from tui.words.spans import Line

if TYPE_CHECKING:
    from engine.rules.learning.learn import ClusterView

Row = tuple["ClusterView", "Rule | None"]


class ClusterTable(ListPane[Row]):
    """Each with the rule that changes most of its words, if any does."""

    HELP = (
        "Words that stand together, with how alike they are (cohesion: mean cosine to their middle, 1 the same direction), and"
        " the rule that changes most of them. A cluster of names that people chose has none, and should have none."
    )
    BORDER_TITLE = "Clusters"
    header = f"  {'rule':>4} {'words':>8} {'cohesion':>8}  words like"
    head = 1

    def same(self, one: Row, before: Row) -> bool:
        """The clusters of one learning keep their places; after another the cursor stays where it is."""
        return one[0] is before[0]

    def line(self, one: Row, width: int) -> Line:
        """Rule, words, cohesion, words like."""
        cluster, rule = one
        sign, role = state_of(rule) if rule is not None else (" ", "dim")
        number = str(rule.id) if rule is not None else "–"
        numbers = f"{number:>4} {cluster.size:>8,} {cluster.cohesion:>8.2f}  "
        return [(f"{sign} ", role), (numbers, ""), (visible(", ".join(cluster.examples[:3]), 90), "dim")]
