"""The left side of Patterns: the rules in the order of application, or the clusters of words of the last learning."""

from __future__ import annotations

from engine.rules.learning.learn import ClusterView
from engine.rules.rule import LEARNT, Rule
from engine.untrusted import visible
from tui.screens.patterns.rule_words import state_of
from tui.widgets.line_pane import ListPane
from tui.words.spans import Line


class RuleTable(ListPane[Rule]):
    """● accepted, ○ proposed, × rejected, ! refused by a guard."""

    HELP = (
        "◆ learnt from a cluster; without it a recognised kind, or written by somebody. ● applied, ○ proposed, × rejected,"
        " ! refused because it breaks a guard. Rules run from the first line to the last."
    )
    BORDER_TITLE = "Rules"
    header = f"  {'rule':>4} {'words':>8} {'become':>8}  {'part':<9} ◆ pattern"
    head = 1

    def same(self, one: Rule, before: Rule) -> bool:
        """By the number: its state may be another one."""
        return one.id == before.id

    def line(self, one: Rule, width: int) -> Line:
        """State, number, words, placeholder, pattern."""
        sign, role = state_of(one)
        numbers = f"{one.id or 0:>4} {one.support:>8,} {one.merges:>8,}  "
        return [
            (f"{sign} ", role),
            (numbers, ""),
            (f"{one.replacement:<9} ", "accent"),
            ("◆ " if one.kind == LEARNT else "  ", "accent"),
            (visible(one.pattern, 90), "dim" if role == "dim" else ""),
        ]


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
