"""An estate's logs, ranked on one machine and as a fleet; what both workspaces say, to be compared."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.jobs.fleet.engines import Engine
from engine.jobs.fleet.run import FleetReport, FleetRequest, fleet
from engine.jobs.ingest.request import IngestRequest
from engine.jobs.score import load_detector
from engine.progress import Run
from engine.simulator import FleetPlan, simulate
from engine.simulator.logs.write import write_logs
from store.workspace import Workspace
from tests.ndjson_log import Renderer, events_of_all
from tui.actions.ingest import ingest_and_rank, one_run

CASE = "estate"
ALL = {
    "chain": "SELECT key, length, count, host_count, first_us, last_us FROM chain ORDER BY key",
    "score": "SELECT rank, c.key, score, worst_step, step_errors, signals FROM score JOIN chain c ON c.id = chain_id"
    " ORDER BY rank",
    "set": "SELECT model_id, threshold, chains, signals, metrics FROM score_set",
    "host": "SELECT key, name, records, first_us, last_us, active_days FROM host ORDER BY key",
    "source": "SELECT path, sha256, size, items, kept, rejected, merged, unknown, error, notes FROM source ORDER BY path",
    "copy": "SELECT s.sha256, c.path FROM source_copy c JOIN source s ON s.id = c.source_id ORDER BY 1, 2",
    "reject": "SELECT s.path, r.position, code, reason, sample FROM reject r JOIN source s ON s.id = source_id ORDER BY 1, 2, 3",
    "expectation": "SELECT c.key, step, sentence, reasons FROM expectation JOIN chain c ON c.id = chain_id ORDER BY c.key",
}
"""What is of the whole estate in both workspaces."""
FIRST = {
    "finding": "SELECT rank, key, score, chains, processes, hosts, first_us, last_us, incidents, odd, parts FROM finding"
    " WHERE rank <= ? ORDER BY rank",
    "finding_chain": "SELECT finding, rank, processes, odd FROM finding_chain WHERE finding <= ? ORDER BY 1, 2",
    "incident": "SELECT finding, place, h.name, score, processes, odd, i.first_us, i.last_us FROM incident i JOIN host h"
    " ON h.id = i.host_id WHERE finding <= ? ORDER BY 1, 2",
    "process": "SELECT i.finding, i.place, h.name, s.sha256, p.position, p.record_id, p.time_us, p.pid, p.guid, p.method,"
    " p.confidence, c.key, t.text, u.text, v.odd, v.score, a.pid, a.position, m.text FROM covered v"
    " JOIN process p ON p.id = v.process_id JOIN incident i ON i.number = v.incident JOIN host h ON h.id = p.id >> 32"
    " LEFT JOIN source s ON s.id = p.source_id LEFT JOIN chain c ON c.id = p.chain_id LEFT JOIN string t ON t.id = p.command"
    " LEFT JOIN string u ON u.id = p.user LEFT JOIN process a ON a.id = p.parent_id LEFT JOIN image g ON g.id = p.image_id"
    " LEFT JOIN string m ON m.id = g.string_id WHERE i.finding <= ? ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13",
}
"""What is of the first findings."""
VARIANTS = "SELECT c.key, shape, processes, hosts FROM variant JOIN chain c ON c.id = chain_id"


def write_estate(folder: Path, hosts: int = 5) -> Path:
    """Logs of a simulated fleet in the formats of its hosts, and NDJSON of many hosts together; copies, damage of all kinds."""
    write_logs(simulate(FleetPlan(hosts=hosts, days=1, seed=7)), folder, Run())
    logs = folder / "logs"
    render, lines = Renderer(), []
    for host, batch in events_of_all(simulate(FleetPlan(hosts=4, days=1, seed=11))):
        lines += render(host, batch[:40])
    lake = logs / "lake"
    lake.mkdir()
    (lake / "a.json").write_bytes(b"\n".join(lines[::2]) + b"\n{broken\n")
    (lake / "b.json").write_bytes(b"\n".join(reversed(lines[1::2])) + b"\n")
    shutil.copy(lake / "b.json", lake / "b-again.json")
    packed = gzip.compress(b"\n".join(lines) + b"\n", mtime=0)
    (lake / "cut.json.gz").write_bytes(packed[: len(packed) // 2])
    (lake / "empty.json").write_bytes(b"")
    (lake / "readme.txt").write_text("no log at all, and longer than nothing\n" * 40, encoding="utf-8")
    return logs


def one_machine(workspace: Workspace, named: Sequence[Path]) -> None:
    ingest_and_rank(workspace, IngestRequest(named, CASE, workers=1), one_run(Run()))


def by_fleet(
    workspace: Workspace, named: Sequence[Path], workers: Callable[[int], Engine], first: int, most: int = 10**9
) -> FleetReport:
    model = workspace.vault.ready()
    asked = FleetRequest([str(path) for path in named], replace(IngestRequest((), CASE)), first, most)
    report = fleet(asked, workers, workspace.fleet, load_detector(workspace.vault, model), model, Run())
    workspace.chains.relate(CASE, model, Run())
    return report


def rows(workspace: Workspace, query: str, *values: int) -> list[tuple[Any, ...]]:
    with workspace.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query, values).all()]


def assert_same(one: Workspace, fleet: Workspace, findings: int) -> None:
    """Chains, counts, scores, hosts, sources, and the first so many findings with their processes."""
    for name, query in ALL.items():
        assert rows(fleet, query) == rows(one, query), name
    for name, query in FIRST.items():
        wanted = rows(one, query, findings)
        assert wanted, name
        assert rows(fleet, query, findings) == wanted, name
    assert rows(fleet, "SELECT count(*) FROM finding") == [(findings,)]
    variants = rows(fleet, VARIANTS)
    assert variants
    assert set(variants) <= set(rows(one, VARIANTS))
