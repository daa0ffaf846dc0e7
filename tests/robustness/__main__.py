"""Run the attacks and print their tables.

python -m tests.robustness [NAME...] [--long] [--rounds NAME=N]... [--seed N] [--write FILE]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.robustness.attack import Attack, Report
from tests.robustness.registry import attacks

HEAD = """# Robustness

What was done to oddkin to break it, and what came of it. Made by `python -m tests.robustness --write docs/robustness.md` with the
rounds that each table names (`--long`, or `--rounds NAME=N`); short runs of the same attacks are part of the suite, the long ones
run with `-m slow`.
A cell counts outcomes; what must never happen (a traceback, a hang, something lost without a word) fails the test.
"""


def section(attack: Attack, report: Report, seed: int, rounds: int) -> str:
    """Markdown of one attack's table."""
    outcomes = sorted({outcome for cells in report.rows.values() for outcome in cells})
    lines = [f"## {attack.name}", "", attack.about, "", f"Seed {seed}, {rounds:,} rounds, {len(report.failures)} failures.", ""]
    lines.append("| | " + " | ".join(outcomes) + " |")
    lines.append("|---|" + "---:|" * len(outcomes))
    for row, cells in report.rows.items():
        lines.append(f"| {row} | " + " | ".join(f"{cells.get(outcome, 0):,}" for outcome in outcomes) + " |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Exit code 1 if an attack succeeded."""
    parser = argparse.ArgumentParser(prog="python -m tests.robustness", description=__doc__)
    known = attacks()
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(known)}; all without one")
    parser.add_argument("--long", action="store_true", help="the long runs (minutes)")
    parser.add_argument("--rounds", action="append", default=[], metavar="NAME=N", help="rounds of one attack")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help="write the page")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(known)
    if unknown:
        parser.error(f"no such attack: {', '.join(sorted(unknown))}")
    own = {name: int(number) for name, _, number in (one.partition("=") for one in asked.rounds)}
    page, failures = [HEAD], []
    for attack in (known[name] for name in asked.names or known):
        rounds = own.get(attack.name, attack.long if asked.long else attack.short)
        print(f"{attack.name}: {rounds:,} rounds", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            report = attack.run(Path(folder), asked.seed, rounds)
        page.append(section(attack, report, asked.seed, rounds))
        failures += [f"{attack.name}: {failure}" for failure in report.failures]
    print("\n".join(page))
    print("\n".join(failures), file=sys.stderr)
    if asked.write:
        asked.write.write_text("\n".join(page), encoding="utf-8")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
