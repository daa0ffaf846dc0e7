"""Run the attacks and print their tables.

python -m tests.robustness [NAME...] [--long] [--rounds NAME=N]... [--only SLUG] [--seconds S] [--seed N] [--write FILE]
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from os import times
from pathlib import Path

from tests.robustness.attack import Attack, Report
from tests.robustness.page import page, section, with_rows
from tests.robustness.registry import attacks


def main() -> int:
    """Exit code 1 if an attack succeeded."""
    parser = argparse.ArgumentParser(prog="python -m tests.robustness", description=__doc__)
    known = attacks()
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(known)}; all without one")
    parser.add_argument("--long", action="store_true", help="the long runs (minutes)")
    parser.add_argument("--rounds", action="append", default=[], metavar="NAME=N", help="rounds of one attack")
    parser.add_argument("--only", default="", metavar="SLUG", help="one format, of attacks on formats")
    parser.add_argument("--seconds", type=float, default=0.0, metavar="S", help="CPU seconds at least for each of the formats")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help="write the page")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    unknown = set(asked.names) - set(known)
    if unknown:
        parser.error(f"no such attack: {', '.join(sorted(unknown))}")
    chosen = [known[name] for name in asked.names or known]
    if asked.only and any(asked.only not in attack.formats for attack in chosen):
        parser.error(f"not every attack that was named has a format {asked.only}")
    own = {name: int(number) for name, _, number in (one.partition("=") for one in asked.rounds)}
    written = asked.write.read_text(encoding="utf-8") if asked.write and asked.write.exists() else ""
    made, failures = {}, 0
    for attack in chosen:
        rounds = own.get(attack.name, attack.long if asked.long else attack.short)
        print(f"{attack.name}: {rounds:,} rounds", file=sys.stderr, flush=True)
        report, spent = _timed(attack, asked, rounds)
        made[attack.name] = section(attack, report, asked.seed, report.rounds or rounds, spent)
        if asked.only:
            made[attack.name] = with_rows(written, attack, made[attack.name])
        failures += len(report.failures)
        print(made[attack.name], flush=True)
    if asked.write:
        asked.write.write_text(page(written, made, list(known)), encoding="utf-8")
    return 1 if failures else 0


def _timed(attack: Attack, asked: argparse.Namespace, rounds: int) -> tuple[Report, float]:
    """What came of an attack, and the CPU seconds of this process and its children."""
    parts = {"only": asked.only, "seconds": asked.seconds} if attack.formats else {}
    started = sum(times()[:4])
    with tempfile.TemporaryDirectory() as folder:
        report = attack.run(Path(folder), asked.seed, rounds, **parts)
    return report, sum(times()[:4]) - started


if __name__ == "__main__":
    sys.exit(main())
