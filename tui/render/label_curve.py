"""The table of `oddkin labels curve`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict

from rich.console import Group, RenderableType
from rich.text import Text

from engine.jobs.label_curve import LabelCurve
from engine.measure.label_curve import NEXT, Compared
from tui.render.tables import finite, table

KINDS = {"found": "read", "P20": f"next {NEXT}"}


def curve_table(found: LabelCurve) -> RenderableType:
    """A row for each number of verdicts; both figures of both orders, and where their difference lies."""
    share = f", {found.wrong:.0%} of the verdicts wrong" if found.wrong else ""
    seeds = "1 seed" if found.seeds == 1 else f"{found.seeds} seeds"
    rows = table("verdicts", *(f"{title}: {who}" for title in KINDS.values() for who in ("detector", "learnt", "difference")))
    for verdicts, figures in found.figures.items():
        rows.add_row(f"{verdicts}", *(cell for kind in KINDS for cell in _cells(figures, kind)))
    return Group(
        Text(f"{found.units:,} {found.unit}s with known labels, {found.attacks:,} with an attack; {seeds}{share}"),
        rows,
        Text(
            "read: share of the attacks in what was judged so far. "
            f"next {NEXT}: attacks among the next {NEXT} unread, of what is possible with those left, where both have some. "
            "difference: learnt less detector, with the interval that holds its mean nine times of ten.",
            style="dim",
        ),
    )


def _cells(figures: Mapping[str, Compared], kind: str) -> tuple[str, str, str]:
    one = figures.get(kind)
    if one is None:
        return "–", "–", ""
    gain = f"{one.learnt - one.detector:+.2f}"
    return (
        f"{one.detector:.2f}",
        f"{one.learnt:.2f}",
        gain if math.isnan(one.low) else f"{gain} ({one.low:+.2f} … {one.high:+.2f})",
    )


def as_json(found: LabelCurve) -> str:
    """Every figure; null for an interval of one seed."""
    return json.dumps(finite(asdict(found)), indent=1)
