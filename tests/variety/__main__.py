"""`python -m tests.variety`: paths of the paper's variety, for measuring rules.

--form tsv       path, zone, pattern of each word (tab, then blank-free JSON), hosts
--form ndjson    oddkin's own records, one process per path and host: `oddkin ingest` reads them
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import count

from engine.domain.records import LINUX, WINDOWS, ProcessEvent
from engine.readers.records.own import to_own_json
from tests.variety.paths import SimPath, paper_paths

START_US = 1_767_225_600_000_000
"""2026-01-01; a second passes between two processes."""


def main(arguments: list[str] | None = None) -> None:
    """Write paths to stdout."""
    parser = argparse.ArgumentParser(prog="python -m tests.variety", description="Simulated paths with ground truth.")
    parser.add_argument("--size", type=float, default=0.01, help="1 is 745,379 paths (default 0.01)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--form", choices=["tsv", "ndjson"], default="tsv")
    chosen = parser.parse_args(arguments)
    lines = tsv if chosen.form == "tsv" else ndjson
    for line in lines(paper_paths(chosen.size, chosen.seed)):
        sys.stdout.write(line + "\n")


def tsv(paths: Iterator[SimPath]) -> Iterator[str]:
    """A line per path: path, zone, patterns as JSON, hosts; apart by tabs."""
    for one in paths:
        patterns = json.dumps(one.patterns, separators=(",", ":"))
        yield "\t".join((one.path, one.zone, patterns, ",".join(map(str, one.hosts))))


def ndjson(paths: Iterator[SimPath]) -> Iterator[str]:
    """A record per path and host."""
    number = count(1)
    for one in paths:
        system = LINUX if one.path.startswith("/") else WINDOWS
        for host in one.hosts:
            at = next(number)
            event = ProcessEvent(
                kind="oddkin", image=one.path, os=system, host=f"host{host:03d}-{system}", time_us=START_US + at * 1_000_000,
                pid=1000 + at % 60_000, record_id=str(at),
            )  # fmt: skip
            yield to_own_json(event).decode("ascii", "backslashreplace")


if __name__ == "__main__":
    main()
