"""docs/detection.md: the ladder as Markdown, with what it does not show."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.jobs.ladder import Rung

LIMITS = """## What this does not show

- One labelled Linux recording; its figure is one number and not an average.
- Many labels are of medium confidence and partly derived by rules, which share wording with the command-line signal and the
  supervised prior: see the rows for strong attacks apart. None of the Windows background is strong.
- The tables of roles, locations and names, and the list of build tools, were written by people who know attack tools.
- Small recordings with many attack chains are easy: read AP beside the random row. A recording with one attack chain moves a
  mean over twelve by up to .08.
- The background of attack recordings is the easy kind: laboratories, hardly any administration, few users.
- The published method was trained for as many steps as the autoencoder.
- Few hosts: host prevalence is shown and carries nothing here.
"""


def lines(rungs: Sequence[Rung]) -> Iterator[str]:
    """The document, line by line."""
    seeds = sorted({rung.seed for rung in rungs})
    yield "# Detection, measured"
    yield ""
    yield f"Made by `oddkin evaluate --ladder --labels labels.csv.gz -o docs/detection.md`, seeds {', '.join(map(str, seeds))}."
    yield "Settings and units: engine/evaluate/settings.py. Whatever is fitted on labels never saw the source it is judged on."
    for setting in sorted({rung.setting for rung in rungs}):
        chosen = [rung for rung in rungs if rung.setting == setting]
        yield from _table(f"## {setting}: all labels", chosen, strong=False)
        yield from _table(f"### {setting}: strong attacks only", chosen, strong=True)
        yield from _per_case(chosen)
    yield ""
    yield from LIMITS.splitlines()


def _table(title: str, rungs: Sequence[Rung], *, strong: bool) -> Iterator[str]:
    from engine.evaluate.ranking import macro_average

    by_seed: dict[int, list[Mapping[str, Mapping[str, float]]]] = {}
    for rung in rungs:
        methods = rung.strong if strong else rung.methods
        if methods:
            by_seed.setdefault(rung.seed, []).append(methods)
    if not by_seed:
        return
    yield from ("", f"{title} ({len(next(iter(by_seed.values())))} recordings)", "")
    yield "| method | AP | spread | R@10 | alerts/1000 | findings for 80 % | in 10 findings |"
    yield "|---|---|---|---|---|---|---|"
    for name in dict.fromkeys(name for queues in by_seed.values() for methods in queues for name in methods):
        of_seed = [macro_average([methods[name] for methods in queues if name in methods]) for queues in by_seed.values()]
        of_seed = [average for average in of_seed if average]
        total = macro_average(of_seed)
        aps = [average["ap"] for average in of_seed]
        cells = [total["ap"], max(aps) - min(aps), total["recall@10"], total["alerts"]]
        cells += [total.get("findings", math.nan), total.get("in_10_findings", math.nan)]
        yield f"| {name} | " + " | ".join(_cell(value, place) for place, value in enumerate(cells)) + " |"


def _cell(value: float, place: int) -> str:
    if math.isnan(value):
        return ""
    return f"{value:.1f}" if place in {3, 4} else f"{value:.3f}"


def _per_case(rungs: Sequence[Rung]) -> Iterator[str]:
    yield ""
    yield "| recording | system | chains | attack chains | rolefrac AP | fusion AP, by seed |"
    yield "|---|---|---|---|---|---|"
    for case in dict.fromkeys(rung.case for rung in rungs):
        same = [rung for rung in rungs if rung.case == case]
        first, system = same[0], "Windows" if same[0].windows else "Linux"
        fusion = ", ".join(f"{rung.methods['fusion']['ap']:.2f}" for rung in same)
        rolefrac = first.methods["signal rolefrac"]["ap"]
        yield f"| {case} | {system} | {first.chains} | {first.attack_chains} | {rolefrac:.2f} | {fusion} |"
