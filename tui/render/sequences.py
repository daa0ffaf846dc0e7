"""Answers about sequences as tables, CSV and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table

from engine.handover.csv_cells import escape_cell
from engine.untrusted import visible
from tui.render.tables import table
from tui.words.sequence_words import chance
from tui.words.words import base

if TYPE_CHECKING:
    from engine.classifier.published.answers import Answer
    from engine.classifier.published.figures import Outcome
    from engine.classifier.published.ten import TestSequence
    from engine.jobs.sequences import Answered

COLUMNS = (
    "place", "class", "probability", "log_odds", "decisive_step", "decided_by", "probability_without", "unknown", "unread_steps",
    "known_class", "sequence",
)  # fmt: skip
ARROW = " -> "
WIDEST = 60
"""Columns of a column."""
NO_NAME = "nothing: no name is known"
LONGEST_NAME, LONGEST = 200, 2000
"""Characters of a name and of a sequence that a table shows."""


def plain(one: Answered) -> dict[str, Any]:
    """One answer with the names of the columns; steps count from 1, root first."""
    answer = one.answer
    return {
        "place": one.place,
        "class": answer.called,
        "probability": round(answer.probability, 6),
        "log_odds": round(answer.log_odds, 6),
        "decisive_step": None if answer.decisive is None else answer.decisive + 1,
        "decided_by": None if answer.decisive is None else one.steps[answer.decisive],
        "probability_without": None if answer.without is None else round(answer.without, 6),
        "unknown": [one.steps[at] for at in answer.unknown],
        "unread_steps": answer.unread,
        "known_class": class_word(one.abnormal),
        "sequence": list(one.steps),
    }


def class_word(abnormal: bool | None) -> str | None:
    """None where nothing is known."""
    return None if abnormal is None else "abnormal" if abnormal else "normal"


def as_json(one: Answered) -> str:
    """A line; JSON escapes what a terminal would interpret."""
    return json.dumps(plain(one))


def as_row(one: Answered) -> list[Any]:
    """Cells that no spreadsheet runs; lists are joined."""
    told = plain(one) | {"unknown": ARROW.join(one.steps[at] for at in one.answer.unknown), "sequence": ARROW.join(one.steps)}
    return [escape_cell(cell) if isinstance(cell := told[name], str) else cell for name in COLUMNS]


def answers_table(rows: Sequence[Answered], *, short: bool = False) -> Table:
    """For eyes; what names do to terminals is taken from them. short: paths without their folders."""
    known = any(one.abnormal is not None for one in rows)
    titles = ("place", *(("known",) if known else ()), "class", "probability", "decided by", "without it", "never seen")
    out = table(*titles, "sequence, root first", right=("place", "probability", "without it"), widest=WIDEST)
    for one in rows:
        answer = one.answer
        names = [visible(base(step) if short else step, LONGEST_NAME) for step in one.steps]
        decided = NO_NAME if one.foreign else ""
        if answer.decisive is not None:
            decided = f"{names[answer.decisive]} ({answer.decisive + 1})"
        never = ", ".join(dict.fromkeys(names[at] for at in answer.unknown))
        given = (class_word(one.abnormal) or "",) if known else ()
        without = "" if answer.without is None else chance(answer.without)
        chain = visible(ARROW.join(names), LONGEST)
        out.add_row(f"{one.place:,}", *given, answer.called, chance(answer.probability), decided, without, never, chain)
    return out


def confusion_table(figures: Outcome) -> Table:
    """What sequences are, and what they are called."""
    out = table("", "called abnormal", "called normal", right=("called abnormal", "called normal"))
    out.add_row("is abnormal", f"{figures.hits:,}", f"{figures.missed:,}")
    out.add_row("is normal", f"{figures.false:,}", f"{figures.passed:,}")
    return out


def ten_table(tests: Sequence[TestSequence], given: Sequence[Answer]) -> Table:
    """The ten sequences of the published repository: what their names, the released model and this one say."""
    titles = ("leaf first", "by its names", "released model", "this model", "probability", "decided by")
    out = table(*titles, right=("probability",))
    for one, answer in zip(tests, given, strict=True):
        told = class_word(one.released) or ""
        if one.released_probability is not None:
            told += f" ({chance(one.released_probability)})"
        decided = "" if answer.decisive is None else one.steps[answer.decisive]
        by_names = class_word(one.by_names) or ""
        out.add_row(", ".join(one.leaf_first), by_names, told, answer.called, chance(answer.probability), decided)
    return out
