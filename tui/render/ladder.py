"""The ladder as Markdown, the tables of docs/detection.md, with what they do not show."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from engine.measure.ladder import MOST_PUBLISHED, Rung
from engine.measure.settings import SETTINGS
from engine.metrics.intervals import LEVEL, interval
from engine.untrusted import visible, visible_cell

LIMITS = """## What this does not show

- One labelled Linux recording; its figure is one number and not an average.
- Many labels are of medium confidence and partly derived by rules, which share wording with the command-line signal and the
  supervised prior: see the rows for strong attacks apart. None of the Windows background is strong.
- The tables of roles, locations and names, and the list of build tools, were written by people who know attack tools.
- Small recordings with many attack chains are easy: read AP beside the random row. A recording with one attack chain moves a
  mean over twelve by up to .08.
- The background of attack recordings is the easy kind: laboratories, hardly any administration, few users.
- The published method was trained as published (engine/detector/presets.py), but for at most {batches:,} batches, on the estate's
  chains (in C on the starter's), their paths {paths}, with one seed.
- Few hosts: host prevalence is shown and carries nothing here.
"""


ROLEFRAC = "signal rolefrac"
COUNTERS = ("signal pair_rarity", "signal window_rarity", "signal starter_rarity", "signal chain_frequency",
            "signal host_prevalence", "value frequency")  # fmt: skip
"""Rows of the table that count and know nothing else."""
SOON = 5
LONGEST = 80
"""Characters of a name in a cell."""

COLUMNS = (("AP", "ap", 3), ("spread", "", 3), ("R@10", "recall@10", 3), ("alerts/1000", "alerts", 1),
           ("findings for 80 %", "findings", 1), ("in 10 findings", "in_10_findings", 3))  # fmt: skip
"""Title, metric, digits; the spread is that of the AP, highest less lowest seed."""


def lines(rungs: Sequence[Rung], rules: int = 0) -> Iterator[str]:
    """The document, line by line. rules: how many normalised the paths of the published method."""
    order = [*SETTINGS, *sorted({rung.setting for rung in rungs} - set(SETTINGS))]
    rungs = sorted(rungs, key=lambda rung: (order.index(rung.setting), rung.case, rung.seed))
    everything = rungs
    rungs = [rung for rung in rungs if rung.setting in SETTINGS]
    names = [name for name in SETTINGS if any(rung.setting == name for rung in rungs)]
    seeds = sorted({rung.seed for rung in everything})
    yield "# Detection, measured"
    yield ""
    yield f"Made by `oddkin evaluate --ladder --labels labels.csv.gz`, seeds {', '.join(map(str, seeds))}. Settings and units:"
    yield "engine/measure/settings.py. Whatever is fitted on labels never saw the source it is judged on."
    yield from _sure(everything)
    yield ""
    done = {(rung.setting, rung.case, rung.seed) for rung in everything}
    missing = [(name, case, seed) for name, case in {place[:2] for place in done} for seed in seeds]
    missing = sorted(set(missing) - done)
    if missing:
        told = ", ".join(f"{visible(name)} {visible(case)} (seed {seed})" for name, case, seed in missing)
        yield f"**Stopped before its end**, these are missing: {told}."
    if not names:
        return
    yield f"Every cell below is {' / '.join(names)}. Means over recordings, then over seeds; the spread is the AP of the best"
    yield "seed less that of the worst."
    for title, strong in (("All labels", False), ("Strong attacks only", True)):
        yield from _table(title, names, rungs, strong=strong)
    yield from _per_case(names, rungs)
    yield ""
    paths = f"normalised by {rules} accepted rules" if rules else "as recorded, as no rules are accepted"
    yield from LIMITS.format(batches=MOST_PUBLISHED, paths=paths).splitlines()


def _sure(rungs: Sequence[Rung]) -> Iterator[str]:
    """The fusion in each setting and system, with intervals, beside what costs nothing."""
    yield from ("", "## How sure", "")
    yield f"Mean AP of the fusion over queues, and over the seeds of each; {LEVEL:.0%} intervals over queues (needles: over"
    yield "needles), paired where two methods are compared. The best counter is the one with the highest mean in that row."
    yield ""
    yield "| setting | system | queues | AP | over rolefrac | best counter | over it | first attack within 5 |"
    yield "|---|---|---|---|---|---|---|---|"
    parts: dict[tuple[str, bool], list[Rung]] = {}
    for rung in rungs:
        parts.setdefault((rung.setting, rung.windows), []).append(rung)
    for (setting, windows), found in parts.items():
        yield _sure_row(setting, windows, found)


def _sure_row(setting: str, windows: bool, rungs: Sequence[Rung]) -> str:
    queues: dict[str, list[Rung]] = {}
    for rung in rungs:
        queues.setdefault(rung.case, []).append(rung)
    needle = [case.partition(" in ")[0] for case in queues]

    def over_seeds(method: str, metric: str = "ap") -> list[float]:
        return [float(np.mean([rung.methods.get(method, {}).get(metric, math.nan) for rung in same])) for same in queues.values()]

    def less(method: str) -> str:
        return _interval([one - other for one, other in zip(fusion, over_seeds(method), strict=True)], needle, sign="+")

    fusion = over_seeds("fusion")
    counter = max(COUNTERS, key=lambda name: np.nan_to_num(np.nanmean([*over_seeds(name), -1.0])))
    soon = np.mean([rank <= SOON for rank in over_seeds("fusion", "first")])
    best = f"{counter.removeprefix('signal ')} {_cell(float(np.mean(over_seeds(counter))), 3)}"
    about = [visible_cell(setting, LONGEST), "Windows" if windows else "Linux", f"{len(queues):,}"]
    return f"| {' | '.join([*about, _interval(fusion, needle), less(ROLEFRAC), best, less(counter), f'{soon:.0%}'])} |"


def _interval(values: Sequence[float], group: Sequence[str], sign: str = "") -> str:
    found = interval(values, group)
    if len(set(group)) == 1:  # one queue has no interval
        return f"{found.mean:{sign}.3f}"
    return f"{found.mean:{sign}.3f} ({found.low:{sign}.3f} … {found.high:{sign}.3f})"


def _table(title: str, names: Sequence[str], rungs: Sequence[Rung], *, strong: bool) -> Iterator[str]:
    cells = {name: _rows([rung for rung in rungs if rung.setting == name], strong=strong) for name in names}
    if not any(cells.values()):
        return
    counts = [len({rung.case for rung in rungs if rung.setting == name and (rung.strong or not strong)}) for name in names]
    yield from ("", f"## {title} ({' / '.join(map(str, counts))} recordings)", "")
    yield f"| method | {' | '.join(title for title, _, _ in COLUMNS)} |"
    yield "|---" * (len(COLUMNS) + 1) + "|"
    for method in dict.fromkeys(method for rows in cells.values() for method in rows):
        parts = [cells[name].get(method, [""] * len(COLUMNS)) for name in names]
        columns = [" / ".join(part[column] or "–" for part in parts) for column in range(len(COLUMNS))]
        yield f"| {method} | " + " | ".join(text if text.strip("–/ ") else "" for text in columns) + " |"


def _rows(rungs: Sequence[Rung], *, strong: bool) -> dict[str, list[str]]:
    """Method -> cells of one setting."""
    from engine.metrics.ranking import macro_average

    by_seed: dict[int, list[Mapping[str, Mapping[str, float]]]] = {}
    for rung in rungs:
        methods = rung.strong if strong else rung.methods
        if methods:
            by_seed.setdefault(rung.seed, []).append(methods)
    out = {}
    for method in dict.fromkeys(name for queues in by_seed.values() for methods in queues for name in methods):
        found = [macro_average([methods[method] for methods in queues if method in methods]) for queues in by_seed.values()]
        found = [average for average in found if average]
        total, aps = macro_average(found), [average["ap"] for average in found]
        total[""] = max(aps) - min(aps) if len(aps) > 1 else math.nan
        out[method] = [_cell(total.get(metric, math.nan), digits) for _, metric, digits in COLUMNS]
    return out


def _cell(value: float, digits: int) -> str:
    return "" if math.isnan(value) else f"{value:.{digits}f}".removeprefix("0" if digits == 3 and value < 1 else "")


def _per_case(names: Sequence[str], rungs: Sequence[Rung]) -> Iterator[str]:
    yield from ("", "## The fusion's AP by recording, seed by seed", "")
    yield f"| recording | system | chains | attack chains | rolefrac | {' | '.join(names)} |"
    yield "|---" * (5 + len(names)) + "|"
    for case in sorted({rung.case for rung in rungs}):
        same = [rung for rung in rungs if rung.case == case]
        first, system = same[0], "Windows" if same[0].windows else "Linux"
        by_setting = [[f"{rung.methods['fusion']['ap']:.2f}" for rung in same if rung.setting == name] for name in names]
        rolefrac = f"{first.methods['signal rolefrac']['ap']:.2f}"
        about = [
            visible_cell(case, LONGEST),
            system,
            str(first.chains),
            str(first.attack_chains),
            rolefrac,
            *map(", ".join, by_setting),
        ]
        yield f"| {' | '.join(about)} |"
