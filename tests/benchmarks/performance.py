"""How fast an ingest is, stage by stage, as a page: docs/performance.md.

    python -m tests.benchmarks.performance [--events 200000 --events 1000000] [--no-rank]    # measures, minutes
    python -m tests.benchmarks.performance --page    # the page anew, of the figures that are kept

Both kinds of `tests.benchmarks.events`, each size in a process of its own, once with one worker and once with two. Figures are
CPU seconds and, beside them, `json.loads` of the same lines in the same run: that compares over machines, wall time on a busy one
does not. They are kept in performance.json; a test holds the page to them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.ingest_stages import READ, measured

KEPT = Path(__file__).with_name("performance.json")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
SIZES = (200_000, 1_000_000)
STAGES = {
    "read and map": (READ,),
    "rows of records": ("append", "begin_source", "finish_source"),
    "link": ("load_host", "link", "settle_hosts", "unlinked_hosts"),
    "chains": ("chains",),
    "rows of processes and chains": ("write_lineage", "finish_lineage"),
}
"""Stage of the page -> what is timed of it."""
HEAD = """# Performance

Made by `python -m tests.benchmarks.performance`, which measures both kinds of made-up events (`tests.benchmarks.events`): *sim*
is a simulated fleet, half of whose lines are nested ECS, with few different chains; *var* is flat Sysmon lines with the share of
different paths that the first paper counted, and hardly a chain twice, which is hostile on purpose. Real estates lie between.

Seconds are of CPU time. The ratio is against `json.loads` of the same lines in the same run, which is what any reader in Python
costs at least; it compares over machines, and events a second do not. Peak memory is of the process up to the end of a stage.
"""
BUSY = "The machine was busy with other work: a figure of CPU time may be half as large again as on an idle one."


def main(arguments: list[str] | None = None) -> None:
    """Measure and write the page, or only write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, action="append")
    parser.add_argument("--page", action="store_true", help="measure nothing")
    parser.add_argument("--no-rank", action="store_true", help="leave the first queue out")
    asked = parser.parse_args(arguments)
    if not asked.page:
        keep([measured(kind, size, rank=not asked.no_rank and workers == 1, workers=workers)
              for kind in ("sim", "var") for size in asked.events or SIZES for workers in (1, 2)])  # fmt: skip
    PAGE.write_text(page(json.loads(KEPT.read_text(encoding="utf-8"))), encoding="utf-8")


def keep(results: list[dict[str, Any]]) -> None:
    """Write the figures down, with where and when."""
    load = os.getloadavg()[1] if hasattr(os, "getloadavg") else 0.0
    told = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": round(load, 1),
        "results": results,
    }
    KEPT.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def page(told: dict[str, Any]) -> str:
    """docs/performance.md."""
    one = [result for result in told["results"] if result["workers"] == 1]
    lines = [HEAD, f"{told['date']}, {told['cores']} cores, Python {told['python']}, load average {told['load']}."]
    lines += [BUSY] if told["load"] > told["cores"] else []
    lines += [
        "\n## Stages, one process\n",
        "| stage | kind | events | CPU s | events/s | × json.loads | peak MiB |",
        "|---" * 7 + "|",
    ]
    for result in one:
        lines += list(map("| {} |".format, map(" | ".join, stage_rows(result))))
    lines += [
        "\n## What is stored\n",
        "| kind | events | different chains | paths | texts | log MB | database MB |",
        "|---" * 7 + "|",
    ]
    for result in one:
        counts = (f"{result['counts'][table]:,}" for table in ("chain", "path", "string"))
        sizes = (f"{result[name] / 1e6:,.0f}" for name in ("bytes", "database"))
        lines.append(f"| {' | '.join((result['kind'], format(result['events'], ','), *counts, *sizes))} |")
    lines += ["\n## Two processes: one reads, one writes\n", TWO, "| kind | events | one | writes | reads | one ÷ the longer |"]
    lines.append("|---" * 6 + "|")
    for first in one:
        lines += two_rows(first, told["results"])
    return "\n".join(lines) + "\n"


TWO = """CPU seconds of an ingest without the first queue. Both share the reading, then the linking: on two idle cores it takes
little more than the longer of both. Wall time is not told, since a shared machine gives none that is worth it.
"""


def stage_rows(result: dict[str, Any]) -> list[tuple[str, ...]]:
    """Cells of the first table for one run."""
    spent = result["stages"]
    timed = {stage: sum(spent.get(name, 0.0) for name in names) for stage, names in STAGES.items()}
    held = {stage: max((result["peaks"].get(name, 0.0) for name in names), default=0.0) for stage, names in STAGES.items()}
    timed["**ingest**"], held["**ingest**"] = result["cpu"], result["peak_mib"]
    if "rank" in spent:
        timed["first queue"], held["first queue"] = spent["rank"], result["peaks"]["rank"]
    floor = result["plain"]["json.loads"] * result["events"] / 1e6
    return [
        (stage, result["kind"], f"{result['events']:,}", f"{seconds:,.1f}", f"{result['events'] / max(seconds, 1e-9):,.0f}",
         f"{seconds / floor:.2f}", f"{held[stage]:,.0f}" if held[stage] else "")
        for stage, seconds in timed.items()
    ]  # fmt: skip


def two_rows(first: dict[str, Any], results: list[dict[str, Any]]) -> list[str]:
    """The row that compares a run with the one of two workers; none where that was not measured."""
    same = (result for result in results if (result["kind"], result["events"]) == (first["kind"], first["events"]))
    return [
        f"| {first['kind']} | {first['events']:,} | {first['cpu']:,.1f} | {two['cpu']:,.1f} | {two['elsewhere']:,.1f}"
        f" | {first['cpu'] / max(two['cpu'], two['elsewhere']):.2f} |"
        for two in same
        if two["workers"] == 2
    ]


if __name__ == "__main__":
    main()
