"""What writing the findings of a scoring takes beside the scores: seconds and bytes per process, by the number of processes.

    python -m tests.benchmarks.finding_rows 1000000

Processes and chains are made up and written straight into the tables; every third process is the top of an incident.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import Ints, Ints32
from engine.domain.processes import CommandWords, ProcessTable
from engine.domain.scores import FindingSet, ScoreSet
from store.base import ids
from store.schema.witness import RowsAccount
from store.scores import finding_rows, incident_rows, variant_rows
from store.workspace import Workspace, open_workspace
from tests.store.samples import publish

HOSTS, CHAINS, COMMANDS, SIZE, ALIKE = 50, 20_000, 50_000, 3, 5
START_US = 1_700_000_000_000_000


def main(processes: int) -> None:
    """Print the figures of each part."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Path(folder) / "w")
        scores = made(processes)
        model = written(workspace, scores)
        with workspace.write() as connection:
            query = (
                "INSERT INTO score_set (case_id, model_id, created_us, threshold, chains, signals, metrics)"
                " VALUES (1, ?, 1, 1, ?, '[]', '{}')"
            )
            connection.exec_driver_sql(query, (model, CHAINS))
            rank = np.append(np.arange(1, CHAINS + 1), 0).astype(np.int32)
            tracemalloc.start()
            begun = time.perf_counter()
            for name, part in parts(connection, scores, rank):
                tracemalloc.reset_peak()
                before = tracemalloc.get_traced_memory()[0]
                done = part()
                seconds, begun = time.perf_counter() - begun, time.perf_counter()
                peak = tracemalloc.get_traced_memory()[1]
                print(f"{name:10} {seconds:6.1f} s  {peak / processes:6.1f} bytes per process at most,"
                      f" {(tracemalloc.get_traced_memory()[0] - before) / processes:6.1f} of them stay")  # fmt: skip
                assert done is not None
            connection.commit()
        workspace.close()


def parts(connection: Connection, scores: ScoreSet, rank: Ints32) -> Iterator[tuple[str, Callable[[], object]]]:
    """Name and function of each part, in order."""
    held: dict[str, Any] = {}

    def keep(name: str, value: object) -> bool:
        held[name] = value
        return True

    yield "kept", lambda: keep("left", finding_rows.kept(connection, 1, scores, rank))
    yield "pairs", lambda: keep("pairs", finding_rows.pairs(held["left"]))
    yield "incidents", lambda: keep("", incident_rows.write(connection, 1, held["left"], held["pairs"], RowsAccount()))
    yield "chains", lambda: keep("", finding_rows.best_of(held.pop("pairs"), len(scores.ids)))
    yield "variants", lambda: keep("", variant_rows.write(connection, 1, held["left"], scores.ids, RowsAccount()))


def made(processes: int) -> ScoreSet:
    """Scores, processes and findings of one corpus."""
    draw = np.random.default_rng(1)
    host = np.sort(draw.integers(0, HOSTS, processes)).astype(np.int32)
    begin = np.searchsorted(host, np.arange(HOSTS))
    row = ((host.astype(np.int64) + 1) << ids.SHIFT) + np.arange(processes) - begin[host] + 1
    incident = (np.arange(processes) // SIZE).astype(np.int32)
    count = int(incident[-1]) + 1
    own: Ints = np.arange(0, count * SIZE, SIZE)
    # Alike incidents have the same chains, and a chain a few command lines.
    chain = ((incident // ALIKE * SIZE + np.arange(processes) % SIZE) % CHAINS).astype(np.int32)
    command = (chain * 3 + draw.integers(0, 3, processes)) % COMMANDS
    table = ProcessTable(
        row=row, chain=chain, image=np.zeros(processes, np.int32),
        parent=np.full(processes, -1, np.int32), host=host, time_us=START_US + draw.integers(0, 10**12, processes),
        command=command.astype(np.int32), privilege=np.zeros(processes, np.int8),
        recorded=np.ones(processes, np.int8),
        commands=CommandWords(np.zeros(COMMANDS + 1, np.int64), np.zeros(0, np.int32), draw.integers(1, 5_000, COMMANDS)),
    )  # fmt: skip
    finding: Ints32 = (np.arange(count) // ALIKE + 1).astype(np.int32)
    total = int(finding[-1])
    findings = FindingSet(
        incident=incident, odd=np.arange(processes) % SIZE == 0, finding=finding,
        place=(np.arange(count) % ALIKE + 1).astype(np.int32), top=own.astype(np.int32), lead=own.astype(np.int32),
        score=np.linspace(5, 1, total), keys=tuple(f"{number:032x}" for number in range(total)),
        of_chain=np.ones(CHAINS, np.int64),
    )  # fmt: skip
    one = np.linspace(5, 1, CHAINS)
    return ScoreSet(
        np.arange(1, CHAINS + 1), one, np.zeros((CHAINS, 10), np.float32), np.zeros(CHAINS, np.int32), (), {}, 4.0,
        np.zeros(CHAINS, np.int64), {}, findings, table, draw.random(processes).astype(np.float32),
    )  # fmt: skip


def written(workspace: Workspace, scores: ScoreSet) -> str:
    """The case with its hosts, chains and processes; the id of a model."""
    assert scores.processes is not None
    rows = scores.processes.row
    model = publish(workspace)
    with workspace.write() as connection:
        execute = connection.exec_driver_sql
        execute("INSERT INTO cases (id, name, created_us) VALUES (1, 'big', 1)")
        execute(
            "INSERT INTO host (id, case_id, key, name) VALUES (?, 1, ?, ?)",
            [(n, f"name:h{n}", f"h{n}") for n in range(1, HOSTS + 1)],
        )
        keys = [hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest() for number in range(CHAINS)]
        execute(
            "INSERT INTO chain (id, case_id, key, steps, length, count) VALUES (?, 1, ?, x'01000000', 1, 1)",
            list(enumerate(keys, 1)),
        )
        for begin in range(0, len(rows), 100_000):
            execute(
                "INSERT INTO process (id, position) VALUES (?, 0)", [(row,) for row in rows[begin : begin + 100_000].tolist()]
            )
        connection.commit()
    return model


if __name__ == "__main__":
    main(int(sys.argv[1]))
