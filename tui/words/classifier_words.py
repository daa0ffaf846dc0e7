"""A classifier in words: what it was taught with, how it was judged, whether its probabilities can be believed.

Manifests may come from another workstation, so nothing in them is trusted: what is not of the expected kind is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from engine.classifier.trust import MALICIOUS, OTHERS, trust_of
from engine.untrusted import visible
from tui.words.learnt_words import labels_words
from tui.words.spans import Line, wrap
from tui.words.words import bar

LABEL = 22
MOST = 40
"""Figures and rows of one table that are shown."""
WIDEST_BAR = 16
MADE = {
    "held_back": "labels that judged it, each held back once",
    "synthetic": "made-up chains, which are no labels",
    "presumed": "chains presumed normal",
    "shapes": "shapes that it carries to other cases",
}
"""Counts in a manifest."""
COUNTS = ("malicious", "others", MALICIOUS, OTHERS)
"""Counts among the figures: they stand beside each of them."""


def classifier_lines(manifest: Mapping[str, Any], width: int) -> list[Line]:
    """Training set, decision, figures on held-back labels, reliability."""
    made = (_made(manifest, name) for name in MADE)
    lines = [_given(manifest), *(line for line in made if line), *decision_lines(manifest, width)]
    return lines + reliability_lines(manifest.get("reliability"), width)


def decision_lines(manifest: Mapping[str, Any], width: int) -> list[Line]:
    """Taken, refused or not yet trusted, why, and the figures of both sides; none of them without its counts."""
    decision = manifest.get("decision")
    if not isinstance(decision, Mapping):
        return []
    trust = trust_of(manifest)
    if not trust.enough:
        head = (f"○ {trust.words()}: it moves nothing", "warning")
    else:
        head = ("✓ accepted", "good") if decision.get("accepted") is True else ("✗ refused", "error")
    lines: list[Line] = [[], [(text, head[1]) for text in wrap(head[0], width, 1)]]
    lines += [[("  ", ""), (text, "")] for text in wrap(visible(str(decision.get("sentence") or "")), max(width - 2, 8), 8)]
    if not any(trust.variants):
        return lines  # figures of nothing
    figures = {name: value for name, value in flat(decision.get("figures")).items() if name not in (*MADE, *COUNTS)}
    return lines + [_line(name.replace("_", " "), f"{value} {trust.counts()}") for name, value in list(figures.items())[:MOST]]


def reliability_lines(table: Any, width: int) -> list[Line]:
    """Of the chains that it gives a probability, how many really were malicious: equal where the probability means something."""
    rows = [row for row in (table if isinstance(table, Sequence) and not isinstance(table, str) else ()) if _is_row(row)][:MOST]
    if not rows:
        return []
    cells = max(4, min(WIDEST_BAR, width - 42))
    lines: list[Line] = [[], [("Reliability", "title"), ("   says, and is so, of how many labels", "dim")]]
    for low, high, said, true, count in rows:
        off = abs(said - true) > 0.2 and count >= 5
        lines.append(
            [
                (f"{low:>4.0%} – {high:<5.0%}", "dim"), (f" {said:>4.0%} ", ""),
                (f" {true:>4.0%} ", "warning" if off else "strong"),
                (f" {int(count):>5,}  ", "dim"), (bar(true, 1.0, cells).ljust(cells), "warning" if off else "accent"),
            ]
        )  # fmt: skip
    return lines


def flat(values: Any, before: str = "", depth: int = 0) -> dict[str, str]:
    """Figures as texts, nested ones with dots."""
    out: dict[str, str] = {}
    for name, value in list(values.items())[:MOST] if isinstance(values, Mapping) else ():
        if isinstance(value, Mapping) and depth < 2:
            out |= flat(value, f"{before}{name}.", depth + 1)
        elif isinstance(value, bool | int | float | str):
            out[f"{before}{name}"] = _figure(value)
    return out


def _figure(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if math.isfinite(value) else "–"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else visible(str(value))[:80]


def _is_row(row: Any) -> bool:
    return (
        isinstance(row, Sequence)
        and not isinstance(row, str)
        and len(row) == 5
        and all(isinstance(value, int | float) and math.isfinite(value) for value in row)
    )


def _given(manifest: Mapping[str, Any]) -> Line:
    given = manifest.get("labels")
    counts = {name: n for name, n in given.items() if isinstance(n, int)} if isinstance(given, Mapping) else {}
    told = labels_words({"labels": counts})
    return _line("taught with", told or "no verdicts")


def _made(manifest: Mapping[str, Any], name: str) -> Line:
    count = manifest.get(name)
    return _line("", f"{count:,} {MADE[name]}") if isinstance(count, int) and count else []


def _line(label: str, value: str) -> Line:
    return [(f"{visible(label)[:LABEL]:<{LABEL}} ", "dim"), (value, "")]
