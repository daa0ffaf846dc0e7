"""Errors of real and of shuffled chains over one axis, with the line of the threshold; ←/→ move the line by alert budget."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from tui.widgets.line_pane import LinePane
from tui.words.plots import Span, axis_row, column_rows, decade_ticks, linear_ticks, place_of, spread
from tui.words.spans import Line, hang

LINE = "┃"
ROOMY, SHORT = 66, 44
"""Cells from which on there is room for the long words, and below which only the shortest have it."""
HIGHEST = 16
"""Rows of columns at most."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts over equal bins."""

    counts: tuple[float, ...]
    span: Span
    """Lowest and highest edge."""

    @property
    def total(self) -> float:
        """All of them."""
        return sum(self.counts)

    def above(self, value: float) -> float:
        """Share of the counts above `value`; bins are taken as evenly filled."""
        low, high = self.span
        if not self.total or value >= high:
            return 0.0
        at = max(value - low, 0.0) / (high - low) * len(self.counts)
        whole = math.floor(at)
        rest = sum(self.counts[whole + 1 :]) + self.counts[whole] * (whole + 1 - at)
        return rest / self.total


@dataclass(frozen=True, slots=True)
class Distributions:
    """What the plot draws. Errors are log10 of the mean reconstruction error."""

    real: Histogram | None
    shuffled: Histogram | None
    error_line: float | None
    """log10 of the error that as many chains reach as the budget allows."""
    scores: Histogram | None
    """Of the number that the queue is sorted by."""
    score_line: float | None
    told: str = ""
    """The AUC of the shuffle test, and where the model's own threshold comes from."""


NOTHING = Distributions(None, None, None, None, None)


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """The budget in numbers. None while they are being looked up."""

    allowed: int
    per_host_day: float
    host_days: float
    chains: int | None = None
    findings: int | None = None
    processes: int | None = None
    changed: bool = False
    """Another one than what holds."""
    expected: str = ""
    """Of clean host-days, where that is known."""
    in_use: bool = True
    """Whether the case is ranked by these scores."""


def distribution_lines(data: Distributions, budget: BudgetLine | None, width: int, height: int) -> list[Line]:
    """As many of the three rows of columns as there is room for: real, shuffled, the queue's score."""
    lines = [part for line in budget_lines(budget, width) for part in hang(line, width)]
    room = height - len(lines)
    pairs = [(name, one) for name, one in (("real chains", data.real), ("shuffled", data.shuffled)) if one is not None]
    with_scores = data.scores is not None and room >= (14 if pairs else 5)
    plots = len(pairs) + with_scores
    overhead = len(pairs) + (2 + bool(data.told) if pairs else 0) + (3 if with_scores else 0)
    rows = min(max((room - overhead) // max(plots, 1), 1), HIGHEST)
    for name, one in pairs:
        lines += _one(name, one, data.error_line, width, rows)
    if pairs:
        lines += _axis(pairs[0][1].span, width, decade_ticks(pairs[0][1].span), "reconstruction error")
        lines += [[(data.told, "dim")]] if data.told else []
    if with_scores and data.scores is not None:
        lines += _one("this case's queue", data.scores, data.score_line, width, rows)
        lines += _axis(data.scores.span, width, linear_ticks(data.scores.span), "score")
    return lines


def budget_lines(budget: BudgetLine | None, width: int) -> list[Line]:
    """What the line costs and gives, in fewer words where there is little room."""
    if budget is None:
        return []
    roomy, per_day = width >= ROOMY, f"{budget.per_host_day:.3g} per host-day"
    first: Line = [("‹ ", "accent"), (f"{budget.allowed:,}", "strong"), (" › ", "accent")]
    if roomy:
        first += [("chains to read at most", ""), (f"  = {per_day} ({budget.host_days:,.0f} host-days)", "dim")]
    else:
        first += [("to read," if width < SHORT else "chains to read", ""), (f" {per_day}", "dim")]
    if budget.chains is None or budget.findings is None or budget.processes is None:
        return [first, [("  looking…", "dim")]]
    second: Line = [
        ("  ", ""),
        (f"{budget.findings:,} findings", "strong"),
        (f" of {budget.chains:,}{'' if width < SHORT else ' chains'}", ""),
    ]
    if roomy:
        second.append((f", {budget.processes:,} processes", "dim"))
    if budget.changed:
        second.append(("  enter applies it", "accent"))
    else:
        second.append(("  ✓ in effect", "good") if budget.in_use else ("  once in use", "dim"))
    return [first, second, *([[("  ", ""), (budget.expected, "dim")]] if budget.expected else [])]


def _one(name: str, data: Histogram, line: float | None, width: int, rows: int) -> list[Line]:
    """Caption and columns, the threshold's line drawn through them; what is above it stands out."""
    caption: Line = [(f"{name} ", "strong"), (f"{data.total:,.0f}", "dim")]
    if line is not None:
        share = data.above(line)
        caption += [
            ("  above " if width < SHORT else "  above the line ", "dim"),
            (f"{share:.1%}", "warning" if share else "dim"),
        ]
    at = None if line is None else place_of(line, data.span, width)
    if line is not None and line > data.span[1]:
        at = None
    return [caption, *(_row(text, at) for text in column_rows(spread(data.counts, width), rows))]


def _axis(span: Span, width: int, ticks: list[tuple[float, str]], unit: str) -> list[Line]:
    axis, labels = axis_row(span, width, ticks, unit)
    return [[(axis, "dim")], [(labels, "dim")]]


def _row(text: str, at: int | None) -> Line:
    if at is None:
        return [(text, "")]
    return [(text[:at], ""), (LINE, "accent"), (text[at + 1 :], "warning")]


class DistributionPlot(LinePane, can_focus=True):
    """Draws Distributions and a BudgetLine; tells when somebody wants another budget."""

    HELP = (
        "Mean reconstruction error of the chains as they are, and of the same chains with their steps shuffled: a model that has"
        " learnt an order tells them apart. The line is the threshold. **←** and **→** change how many chains you are willing to"
        " read; the numbers say what that would flag; **enter** makes it so."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "budget(-1)", "Less", key_display="←", id="budget.less", tooltip="A smaller alert budget"),
        Binding("right,l", "budget(1)", "More", key_display="→", id="budget.more", tooltip="A larger alert budget"),
        Binding("enter", "apply", "Apply", id="budget.apply", tooltip="Flag what fits into the budget and group findings anew"),
        Binding("escape", "budget(0)", "Back", show=False, id="budget.reset", tooltip="Forget the moved line"),
    ]

    @dataclass
    class BudgetMoved(Message):
        """Another budget is wanted: `by` steps larger, 0 for the one that holds."""

        by: int

    class BudgetTaken(Message):
        """Make it so."""

    BORDER_TITLE = "Threshold"
    data = NOTHING
    budget: BudgetLine | None = None
    _empty = "Reading the scores…"

    def show(self, data: Distributions, budget: BudgetLine | None, empty: str = "") -> None:
        """Draw these; without a budget there is nothing to draw, and `empty` says why."""
        self.data, self.budget, self._empty = data, budget, empty
        self.rebuild()

    def drawn(self, width: int, height: int) -> Sequence[Line]:
        """Budget first: it is what one decides on."""
        if self.budget is None:
            return [[(self._empty, "dim")]]
        return distribution_lines(self.data, self.budget, width, height)

    def action_budget(self, by: int) -> None:
        """Move the line; 0 puts it back."""
        self.post_message(self.BudgetMoved(by))

    def action_apply(self) -> None:
        """Take the line where it is."""
        self.post_message(self.BudgetTaken())
