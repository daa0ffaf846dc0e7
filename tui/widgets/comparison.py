"""Two models side by side: how far their queues agree, and where the verdicts so far stand in each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.widgets.line_pane import LinePane
from tui.words.spans import Line
from tui.words.verdicts import LOOKS, verdict_glyph
from tui.words.words import short_chain, verdict_mark

if TYPE_CHECKING:
    from engine.metrics.agreement import Standings
    from store.queue.comparison import ModelComparison, Placed

LISTED = 8
LABEL = 18


def comparison_lines(found: ModelComparison, old: str, new: str) -> list[Line]:
    """`old` and `new` are what the models are called here."""
    agreement = found.agreement
    lines: list[Line] = [
        [(f"{new}", "strong"), (" against ", "dim"), (f"{old}", "strong"), (f", first {found.read:,} of each", "dim")],
        _row("the same", f"{agreement.both:,} of {found.read:,}", f"overlap {agreement.overlap:.0%}"),
        _row("order of all", f"rank correlation {_number(agreement.correlation)}", f"{agreement.chains:,} chains"),
        _row(f"first {agreement.top}", f"{agreement.top_shared} the same", ""),
    ]
    lines += [_standing(one) for one in found.standings]
    if not found.standings:
        lines.append([("No verdicts yet: they will say which model ranks better.", "dim")])
    if not math.isnan(found.old_separation):
        lines.append(_separation(found.old_separation, found.new_separation))
    for title, chains, flip in ((f"only {new}", found.only_new, False), (f"only {old}", found.only_old, True)):
        if chains:
            lines += [[("", "")], [(title, "title"), ("   place here, place there", "dim")]]
            lines += [_placed(one, flip) for one in chains[:LISTED]]
    if found.labelled:
        lines += [[("", "")], [("labelled", "title"), (f"   place in {old} → in {new}", "dim")]]
        # Whoever reads a queue from the top labels what that queue put there.
        lines.append([("Verdicts given on one model's queue favour that model.", "dim")])
        lines += [_labelled(one) for one in found.labelled]
    return lines


def _row(label: str, value: str, more: str) -> Line:
    return [(f"{label:<{LABEL}}", "dim"), (value, ""), (f"  {more}" if more else "", "dim")]


def _standing(one: Standings) -> Line:
    word = verdict_mark(one.verdict)
    glyph, role = {1: ("▲ better", "good"), -1: ("▼ worse", "error"), 0: ("= the same", "dim")}[one.better]
    return [
        (f"{word:<{LABEL - 1}} ", one.verdict),
        (f"median {_place(one.old_median)} → {_place(one.new_median)}", ""),
        (f"  {glyph}", role),
        (f"  flagged {one.old_flagged} → {one.new_flagged} of {one.chains}", "dim"),
    ]


def _separation(old: float, new: float) -> Line:
    better = round(new - old, 3)
    glyph, role = ("▲ better", "good") if better > 0 else ("▼ worse", "error") if better < 0 else ("= the same", "dim")
    return [(f"{'malicious on top':<{LABEL}}", "dim"), (f"{old:.0%} → {new:.0%}", ""), (f"  {glyph}", role)]


def _placed(one: Placed, flip: bool) -> Line:
    here, there = (one.old_rank, one.new_rank) if flip else (one.new_rank, one.old_rank)
    return [(f"{here:>7,} ", ""), (f"{there:>9,}  ", "dim"), *_chain(one)]


def _labelled(one: Placed) -> Line:
    return [(f"{one.old_rank:>7,} → ", "dim"), (f"{one.new_rank:<8,} ", ""), *_chain(one)]


def _chain(one: Placed) -> Line:
    mark: Line = [(f"{verdict_glyph(one.verdict)} ", one.verdict)] if one.verdict in LOOKS else []
    return [*mark, (short_chain(one.steps[-4:]), "")]


def _place(median: float) -> str:
    return f"{median:,.1f}".removesuffix(".0")


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"


class ComparisonPane(LinePane, can_focus=True):
    """Draws a ModelComparison, or a sentence instead of one."""

    HELP = (
        "Both models over the same chains of this case. As many chains count as flagged in each queue as the model in use flags,"
        " so that models are compared and not their thresholds. The verdicts given so far tell which of the two puts the"
        " malicious chains higher and the rest lower: median is the middle place of such chains in each queue, malicious on top"
        " the chance that a malicious chain stands above one called benign or false positive."
    )

    BORDER_TITLE = "Compared with the model in use"
    wraps = True
    _said: Sequence[Line] = ()

    def say(self, *sentences: str) -> None:
        """No comparison but an explanation."""
        self._said = [[(sentence, "dim")] for sentence in sentences]
        self.rebuild()

    def show(self, lines: Sequence[Line]) -> None:
        """Draw these lines, from the top."""
        self._said = lines
        self.scroll_to(y=0, animate=False)
        self.rebuild()

    def drawn(self, width: int, height: int) -> Sequence[Line]:
        """What was told last."""
        return self._said
