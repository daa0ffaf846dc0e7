"""The tables of `oddkin evaluate`."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from engine.jobs.evaluate import Evaluation
from engine.jobs.label_curve import LabelCurve
from engine.measure.label_curve import NEXT, Compared
from engine.measure.whole import Whole
from engine.metrics.reading import Read
from engine.signals.registry import signals
from engine.untrusted import visible
from tui.render.tables import finite, table
from tui.words.signals import legend, title

SCORES = {
    "fused": "fused, all signals together",
    "published": "published, the mean reconstruction error of the first paper's network and nothing else",
}
TITLES = {
    "ap": "AP",
    "auc": "ROC AUC",
    "recall@10": "R@10",
    "recall@20": "R@20",
    "recall@50": "R@50",
    "first": "first attack",
    "alerts": "alerts/1000",
    "findings": "findings for 80 %",
    "in_10_findings": "in 10 findings",
}

CURVES = {"found": "read", "reach": f"with the next {NEXT}", "P20": f"P{NEXT}"}
"""Figures of a label curve and how they are headed."""


def parts(result: Evaluation, group: str) -> Iterator[RenderableType]:
    """Macro averages first, then each queue, then what could not be matched."""
    matched = result.labels - len(result.unmatched)
    share = matched / result.labels if result.labels else 0.0
    yield Text(f"{matched:,} of {result.labels:,} labelled processes matched ({share:.2%})")
    yield Text(f"The detector's order: {SCORES.get(result.score, visible(result.score) or 'unknown')}")
    yield from whole_parts(result)
    yield macro_table(f"All labels: mean over {len(result.queues)} queues (one per {group})", result.macro, result.score)
    if result.strong:
        heading = f"Only attacks labelled with strong confidence: {len(result.strong)} queues"
        yield macro_table(heading, result.strong_macro, result.score)
    yield queue_table(result)
    if result.whole is not None and result.whole.intrusions:
        yield intrusion_table(result.whole)
    for (file, problem), count in Counter((match.label.file, match.problem) for match in result.unmatched).items():
        yield Text(f"unmatched: {count:,} in {visible(file)}: {problem}")
    yield Text("Methods:\n" + legend(result.macro), style="dim")
    yield Text(
        "AP average precision; R@k attack chains among the first k / min(k, attack chains); first attack: expected rank; "
        "alerts/1000: chains without attack read per 1,000 background processes until 80 % of the attack processes are found. "
        "findings: to be read for 80 % of the attack processes, and the share of them in the first ten. "
        "Read AP beside the random row: it is the share of attack chains.",
        style="dim",
    )


def whole_parts(result: Evaluation) -> Iterator[RenderableType]:
    """The whole case as its responder reads it, or why there are no such figures."""
    whole = result.whole
    if whole is None:
        yield Text(f"The whole case in one queue of findings: no figures, {result.whole_missing}.")
        return
    figures = ("findings", "processes", "attack processes", "share", "purity")
    heading = f"The whole case in one queue: {whole.findings:,} findings, {whole.attacks:,} attack processes"
    out = table("read", *figures, right=figures, heading=heading)
    for name, seen in (
        ("until 80 % are found", whole.until),
        ("the first ten", whole.first),
        ("above the threshold", whole.above),
    ):
        out.add_row(name, *reading_cells(seen))
    yield out
    if whole.intrusions:
        yield Text(
            f"{len(whole.intrusions)} intrusions are known from the labels: fragmentation {number(whole.fragmentation, '')}, "
            f"completeness {number(whole.completeness, '')} (lowest {number(whole.lowest_completeness, '')})"
        )
    yield Text(
        "processes: recorded ones that the findings cover, twins once. purity: of the labelled processes in findings that hold "
        "an attack, the share of attacks; 1 where each process is a finding of its own, so read it beside the others. "
        "fragmentation: findings per intrusion; completeness: an intrusion's largest share in one finding.",
        style="dim",
    )


def reading_cells(seen: Read | None) -> list[str]:
    """Findings, processes, attack processes, their share, purity; dashes for what is never reached."""
    if seen is None:
        return ["–"] * 5
    return [f"{seen.findings:,}", f"{seen.processes:,}", f"{seen.attacks:,}", number(seen.share, ""), number(seen.purity, "")]


def intrusion_table(whole: Whole) -> Table:
    """A row for each intrusion that the labels' reasons name, by its first finding."""
    figures = ("processes", "findings", "largest share", "first", "trees", "lowest of a tree")
    out = table("intrusion", "host", *figures, right=figures, heading="Intrusions in findings")
    for one in whole.intrusions:
        out.add_row(
            visible(one.name),
            visible(one.host),
            f"{one.processes:,}",
            f"{one.findings:,}",
            number(one.largest_share, ""),
            f"F{one.first_finding}" if one.first_finding else "–",
            f"{one.trees:,}",
            number(one.lowest_tree_share, ""),
        )
    return out


def macro_table(heading: str, macro: Mapping[str, Mapping[str, float]], score: str = "") -> Table:
    """Methods × metrics. score: what the detector sorts by, beside its name."""
    out = table("method", *TITLES.values(), right=TITLES.values(), heading=heading)
    for method, metrics in macro.items():
        out.add_row(
            f"{title(method)}, {visible(score)}" if method == "detector" and score else title(method),
            *(number(metrics.get(key, math.nan), key) for key in TITLES),
            style="bold" if method == "detector" else "",
        )
    return out


def queue_table(result: Evaluation) -> Table:
    """One row per queue: its size, AP by method, and the detector's first attack."""
    shown = per_queue()
    figures = ("chains", "attack", *map(title, shown), "R@10", "first")
    out = table("queue", *figures, right=figures, heading="AP per queue")
    for queue in result.queues:
        detector = queue.methods["detector"]
        cells = [number(queue.methods[method]["ap"], "ap") if method in queue.methods else "" for method in shown]
        cells += [number(detector["recall@10"], "recall@10"), number(detector["first"], "first")]
        out.add_row(visible(queue.name), f"{queue.chains:,}", f"{queue.attack_chains:,}", *cells)
    return out


def per_queue() -> tuple[str, ...]:
    """Methods whose AP is shown for each queue: of the signals the first of each family that is fused. JSON has all."""
    first: dict[str, str] = {}
    for signal in signals():
        if signal.family is not None:
            first.setdefault(signal.family.name, signal.name)
    return ("random", *first.values(), "detector")


def number(value: float, metric: str) -> str:
    """A metric with as many digits as it deserves."""
    if math.isnan(value):
        return "–"
    return f"{value:,.1f}" if metric in {"first", "alerts", "findings"} else f"{value:.3f}"


def not_a_measurement(seen: Sequence[str]) -> str:
    """What stands above figures of a case that the starter was made of."""
    return (
        f"NOT A MEASUREMENT: the starter of this model was made of files of this case ({visible(', '.join(seen))})."
        " Measure with --leave-source-out, or with a model of `oddkin train` on this very case."
    )


def as_json(result: Evaluation, seen: Sequence[str] = ()) -> str:
    """Everything; NaN becomes null. `seen`: sources of the starter that the case has files of."""
    plain = {
        "seen_by_starter": list(seen),
        "score": result.score,
        "labels": result.labels,
        "matched": result.labels - len(result.unmatched),
        "unmatched": [
            {"file": match.label.file, "record_id": match.label.record_id, "why": match.problem} for match in result.unmatched
        ],
        "whole": None if result.whole is None else whole_as_json(result.whole),
        "whole_missing": result.whole_missing or None,
        "macro": result.macro,
        "strong_macro": result.strong_macro,
        "queues": [asdict(queue) for queue in result.queues],
        "strong": [asdict(queue) for queue in result.strong],
    }
    return json.dumps(finite(plain), indent=1)


def whole_as_json(whole: Whole) -> dict[str, object]:
    """The figures of the whole case by their names; null for 80 % that are never reached."""
    until = whole.until
    return {
        "findings": whole.findings,
        "attacks": whole.attacks,
        "background": whole.background,
        "findings_read": until and until.findings,
        "processes_read": until and until.processes,
        "processes_per_attack": until and until.processes / whole.attacks,
        "purity": until and until.purity,
        "in_10_findings": whole.first.share,
        "processes_in_10_findings": whole.first.processes,
        "purity_in_10_findings": whole.first.purity,
        "purity_above": whole.above.purity,
        "findings_above": whole.above.findings,
        "processes_above": whole.above.processes,
        "attacks_above": whole.above.attacks,
        "fragmentation": whole.fragmentation,
        "completeness": whole.completeness,
        "lowest_completeness": whole.lowest_completeness,
        "intrusions": [asdict(one) for one in whole.intrusions],
    }


def curve_table(found: LabelCurve) -> RenderableType:
    """A row for each number of verdicts: each figure of both orders, and where their difference lies."""
    share = f", {found.wrong:.0%} of the verdicts wrong" if found.wrong else ""
    seeds = "1 seed" if found.seeds == 1 else f"{found.seeds} seeds"
    rows = table("verdicts", *CURVES.values(), right=("verdicts",))
    for verdicts, figures in found.figures.items():
        rows.add_row(f"{verdicts}", *(_compared(figures.get(kind)) for kind in CURVES))
    return Group(
        Text(f"{found.units:,} {found.unit}s with known labels, {found.attacks:,} with an attack; {seeds}{share}"),
        rows,
        Text(
            "Each figure: the detector's own order → the learnt one (their difference, where its mean lies nine times of ten). "
            f"read: share of the attacks in what was judged so far; with the next {NEXT}: in that and the next {NEXT} unread; "
            f"P{NEXT}: attacks among these, of what is possible with those left, where both orders have some: of an order that "
            "has found more, those are fewer and harder.",
            style="dim",
        ),
    )


def _compared(one: Compared | None) -> str:
    if one is None:
        return "–"
    told = f"{one.detector:.2f} → {one.learnt:.2f}"
    return told if math.isnan(one.low) else f"{told} ({one.low:+.2f} … {one.high:+.2f})"


def curve_json(found: LabelCurve) -> str:
    """Every figure; null for an interval of one seed."""
    return json.dumps(finite(asdict(found)), indent=1)
