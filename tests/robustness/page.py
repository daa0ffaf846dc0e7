"""The page that tells what came of the attacks, docs/robustness.md: a section for each, and in it a table."""

from __future__ import annotations

import re

from tests.robustness.attack import FAILED, Attack, Report

HEAD = """# Robustness

What was done to oddkin to break it, and what came of it. Made by `python -m tests.robustness --write docs/robustness.md` with the
rounds that each table names (`--long`, `--rounds NAME=N`, or `--seconds S`: so much CPU for each format); short runs of the same
attacks are part of the suite, the long ones and `kill` run with `-m slow`. A run writes the tables of its attacks only;
with `--only` it adds to a row of one, and makes it anew when it told failures, which are mended. One table, in a second or so:
`python -m tests.robustness containers --rounds containers=500`.
A cell counts outcomes; what must never happen (a traceback, a hang, something lost without a word) fails the test.
"""
_SECTION = re.compile(r"^(?=## )", re.MULTILINE)
_SEEDS = re.compile(r"^Seeds? ([\d, ]+), [\d,]+ rounds", re.MULTILINE)
_CPU = "CPU s"


def section(attack: Attack, report: Report, seed: int, rounds: int, spent: float) -> str:
    """Markdown of one attack's table. `spent`: CPU seconds."""
    return _section(attack, report, f"Seed {seed}, {rounds:,} rounds, {spent:,.0f} s of CPU, {len(report.failures)} failures.")


def _section(attack: Attack, report: Report, run: str) -> str:
    outcomes = sorted({outcome for cells in report.rows.values() for outcome in cells})
    lines = [f"## {attack.name}", "", attack.about, "", run, ""]
    columns = [*outcomes, *[_CPU] * bool(report.seconds)]
    lines.append("| | " + " | ".join(columns) + " |")
    lines.append("|---|" + "---:|" * len(columns))
    for row, cells in report.rows.items():
        numbers = [f"{cells.get(outcome, 0):,}" for outcome in outcomes]
        numbers += [f"{report.seconds.get(row, 0.0):,.0f}"] * bool(report.seconds)
        lines.append(f"| {row} | " + " | ".join(numbers) + " |")
    return "\n".join(lines) + "\n"


def _sections(written: str) -> dict[str, str]:
    _, *parts = _SECTION.split(written)
    return {part.partition("\n")[0].removeprefix("## "): part.rstrip("\n") + "\n" for part in parts}


def page(written: str, made: dict[str, str], known: list[str]) -> str:
    """The page with the sections `made`, by their attacks' names, and of the one that was `written` those of other attacks."""
    sections = _sections(written) | made
    return "\n".join([HEAD, *(sections[name] for name in known if name in sections)])


def with_rows(written: str, attack: Attack, made: str) -> str:
    """The section that was written with the rows of `made` added to its own; a row that told failures is made anew: who runs it
    again has mended them. Its figures are the sums of its rows.
    """
    before = _sections(written).get(attack.name, "")
    both, new = _report(before), _report(made)
    for row, cells in new.rows.items():
        if any(outcome.startswith(FAILED) for outcome in both.rows.get(row, ())):
            del both.rows[row], both.seconds[row]
        for outcome, number in cells.items():
            both.count(row, outcome, number)
        both.seconds[row] = both.seconds.get(row, 0.0) + new.seconds.get(row, 0.0)
    seeds = dict.fromkeys(seed for text in (before, made) for seed in _seeds(text))
    told = [(outcome, number) for row in both.rows.values() for outcome, number in row.items()]
    failed = sum(number for outcome, number in told if outcome.startswith(FAILED))
    rounds, spent = sum(number for _, number in told), sum(both.seconds.values())
    word = "Seed" if len(seeds) == 1 else "Seeds"
    run = f"{word} {', '.join(seeds)}, {rounds:,} rounds, {spent:,.0f} s of CPU, {failed} failures."
    return _section(attack, both, run)


def _seeds(text: str) -> list[str]:
    found = _SEEDS.search(text)
    return found.group(1).split(", ") if found else []


def _report(text: str) -> Report:
    """The rows of a section's table."""
    report = Report()
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    for name, *numbers in lines[2:]:
        row = name.strip()
        cells = dict(
            zip((column.strip() for column in lines[0][1:]), (int(one.replace(",", "")) for one in numbers), strict=True)
        )
        if _CPU in cells:
            report.seconds[row] = float(cells.pop(_CPU))
        report.rows[row] = {outcome: number for outcome, number in cells.items() if number}
    return report
