"""What the labels of a case did, as lines for a pane and for the command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from engine.untrusted import visible
from store.base.views import QueueRow
from tui.words.learnt_words import DOWN, OUT, UP, labels_words, moved_words, percent, stop_words
from tui.words.plots import column_rows
from tui.words.spans import Line, crop, wrap
from tui.words.words import many, short_chain

if TYPE_CHECKING:
    from store.queue.verdict_effects import LabelEffects, Precision, PutAside

PLOT_HEIGHT = 4
WINDOW = 20
"""store.queue.verdict_effects.WINDOW; a test compares."""


def effect_lines(found: LabelEffects | None, width: int, when: Callable[[int | None], str]) -> list[Line]:
    """Counts, precision over time, moved up, moved down, put aside."""
    if found is None:
        return [[("No verdict has taught the queue anything yet.", "dim")]]
    lines: list[Line] = [[(moved_words(found.up, found.down, found.out), "strong"), (f" of {found.chains:,}", "dim")]]
    if given := labels_words(found.metrics):
        lines.append([("verdicts: ", "dim"), (given, "")])
    if sentence := found.metrics.get("sentence"):
        lines += [[(text, "")] for text in wrap(visible(str(sentence)), width, 3)]
    if left := stop_words(found.metrics):
        lines += [[(text, "warning")] for text in wrap(f"{left}. {_how(found)}".strip(), width, 4)]
    lines += precision_lines(found.precision, width, when)
    lines += _moved("Raised most", UP, found.raised, width)
    lines += _moved("Lowered most", DOWN, found.lowered, width)
    return lines + _put_aside(found.put_aside, width)


def _how(found: LabelEffects) -> str:
    stop = found.metrics.get("stop")
    told = [str(stop.get(name) or "") for name in ("advice", "how")] if isinstance(stop, dict) else []
    return visible(" ".join(text for text in told if text))


def precision_lines(precision: Precision, width: int, when: Callable[[int | None], str]) -> list[Line]:
    """A column per decision (the newest ones, when there are more), as high as the share of malicious among the last ones."""
    title: Line = [("Precision ", "title"), (f"malicious among the last {WINDOW} lines that were decided", "dim")]
    if not precision.share:
        return [[], title, [("  nothing was decided yet", "dim")]]
    shown = precision.share[-max(width - 6, 1) :]
    rows = column_rows(shown, PLOT_HEIGHT, 1.0)
    scale = ["100% ", *["     "] * (PLOT_HEIGHT - 2), "  0% "]
    lines: list[Line] = [[], title]
    lines += [[(mark, "dim"), (row, "accent")] for mark, row in zip(scale, rows, strict=True)]
    times = precision.at_us[-len(shown) :]
    lines.append([("     ", ""), (f"{when(times[0])} … {when(times[-1])}", "dim")])
    total = many(len(precision.share), "decision")
    lines.append([("     now ", "dim"), (f"{shown[-1]:.0%}", "strong"), (f" after {total}", "dim")])
    return lines


def _moved(title: str, glyph: str, rows: Sequence[QueueRow], width: int) -> list[Line]:
    if not rows:
        return []
    lines: list[Line] = [[], [(title, "title"), ("   from rank, to place", "dim")]]
    for row in rows:
        place = row.learnt.place if row.learnt is not None else row.rank
        chance = percent(row.learnt.probability) if row.learnt is not None else ""
        lines.append(
            [
                (f"{glyph} ", "warning" if glyph == UP else "dim"), (f"{row.rank:>7,} → ", "dim"), (f"{place:<8,}", ""),
                (f"{chance:>4}  ", "dim"), (crop(short_chain(row.steps[-4:]), max(width - 26, 8)), ""),
            ]
        )  # fmt: skip
    return lines


def _put_aside(groups: Sequence[PutAside], width: int) -> list[Line]:
    if not groups:
        return []
    lines: list[Line] = [[], [("Put aside", "title"), ("   by the false positive whose shape they have", "dim")]]
    for group in groups:
        if group.row is not None:
            whose = f"#{group.row.rank:,} {short_chain(group.row.steps[-4:])}"
        else:
            whose = f"a false positive of {visible(group.origin)}"
        told = many(group.chains, "chain")
        lines.append([(f"{OUT} ", "dim"), (f"{told:>12}  ", ""), (crop(whose, max(width - 16, 8)), "")])
    return lines
