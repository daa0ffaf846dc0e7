"""A workspace with a million scored chains, written straight into the tables: training on them is not the subject."""

from __future__ import annotations

import hashlib
import random
import struct
from collections.abc import Callable
from pathlib import Path

from store.base import ids
from store.workspace import Workspace, open_workspace
from tests.store.samples import publish

CASE = "big"
PER_FINDING = 4
"""Chains of a finding on average: the best of each, and the others drawn."""
HOSTS = 500
NAMES = 4_000
START_US = 1_700_000_000_000_000
CHUNK = 50_000


def build(folder: Path, chains: int = 1_000_000, labelled: int = 2_000) -> Workspace:
    """Made once per folder: some two minutes for a million."""
    ready = folder / f"ready-{chains}"
    workspace = open_workspace(folder)
    if ready.exists():
        return workspace
    draw = random.Random(1)
    model = publish(workspace, texts="{}")
    with workspace.write() as connection:
        execute = connection.exec_driver_sql
        execute("INSERT INTO cases (id, name, created_us) VALUES (1, ?, ?)", (CASE, START_US))
        execute(
            "INSERT INTO host (id, case_id, key, name, records, unlinked) VALUES (?, 1, ?, ?, 0, 0)",
            [(number, f"name:host{number}", f"HOST{number}") for number in range(1, HOSTS + 1)],
        )
        texts = [f"c:\\programs\\part{number % 97}\\tool{number}.exe" for number in range(1, NAMES + 1)]
        named = [
            (place, hashlib.blake2b(text.encode(), digest_size=16).digest(), text) for place, text in enumerate(texts, start=1)
        ]
        for table in ("path", "string"):
            execute(f"INSERT INTO {table} (id, digest, text) VALUES (?, ?, ?)", named)
        execute("INSERT INTO image SELECT id, id, 'windows', id FROM path")
        execute("INSERT INTO model_use VALUES (1, 'detector', ?, ?)", (model, START_US))
        execute(
            "INSERT INTO score_set (id, case_id, model_id, created_us, threshold, chains, signals, metrics)"
            " VALUES (1, 1, ?, ?, 4.5, ?, '[\"pair_rarity\", \"reconstruction\"]', '{}')",
            (model, START_US, chains),
        )
        execute(
            "INSERT INTO source (id, case_id, path, sha256, size, format, state, started_us) VALUES (1, 1, 'big', '', 0, 'json',"
            " 'done', ?)",
            (START_US,),
        )
        for first in range(1, chains + 1, CHUNK):
            _chunk(execute, draw, range(first, min(first + CHUNK, chains + 1)), chains)
        execute(
            "INSERT INTO finding (set_id, rank, key, score, top_rank, chains, processes, hosts, first_us, last_us)"
            " SELECT 1, m.member_of, printf('%032x', m.member_of), 6.0 - 1e-6 * m.member_of, min(m.rank),"
            " count(*), sum(h.count), count(DISTINCT h.host_id), min(h.first_us), max(h.last_us)"
            " FROM score m JOIN chain_host h ON h.chain_id = m.chain_id WHERE m.member_of > 0 GROUP BY m.member_of"
        )
        # One incident each, of the processes of its chains: filters ask what a finding covers.
        execute(
            "UPDATE finding SET odd = processes, lead = (SELECT p.id FROM score s JOIN process p ON p.chain_id = s.chain_id"
            " WHERE s.set_id = 1 AND s.rank = finding.top_rank)"
        )
        execute(
            f"INSERT INTO incident SELECT 1, rank, 1, rank, lead >> {ids.SHIFT}, lead, lead, score, processes, processes,"
            " first_us, last_us FROM finding"
        )
        execute(
            "INSERT INTO finding_chain SELECT 1, member_of, rank, 1, 1 FROM score WHERE member_of > 0 ORDER BY member_of, rank"
        )
        execute(
            "INSERT INTO label_current SELECT 1, key, '', 'benign', '', 'bench', ?, 0, NULL FROM chain ORDER BY id LIMIT ?",
            (START_US, labelled),
        )
        connection.commit()
    ready.touch()
    return workspace


def _chunk(execute: Callable[..., object], draw: random.Random, numbers: range, total: int) -> None:
    chain_rows, host_rows, score_rows, process_rows, covered_rows = [], [], [], [], []
    for number in numbers:
        # A few roots, more parents, many leaves, as on real hosts; the number makes each chain unique.
        steps = [1 + int(draw.random() ** 3 * 8), 10 + int(draw.random() ** 2 * 60), 80 + int(draw.random() * 900)]
        steps += [1000 + number % 3000, 1000 + number // 3000 % 3000][: 2 if number > 3000 else 1]
        packed = struct.pack(f"<{len(steps)}i", *steps)
        seen = max(1, int(draw.paretovariate(1)) % 5_000)
        first_us = START_US + draw.randrange(10**12)
        key = hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest()
        chain_rows.append((number, key, packed, len(steps), seen, 1, first_us, first_us + 10**9))
        host = draw.randrange(1, HOSTS + 1)
        host_rows.append((host, number, seen, first_us, first_us + 10**9))
        process = ids.base(host) + number
        process_rows.append((process, number, first_us, number % 30_000, steps[-1], ids.base(host), number))
        # Ranks in an order that has nothing to do with ids: 611,953 is a prime and shares no divisor with a million.
        rank = (number * 611_953) % total + 1
        score = 5.0 * (1 - rank / total)
        errors = struct.pack(f"<{len(steps)}f", *(draw.random() for _ in steps))
        signals = struct.pack("<4d", 9.0, rank / total, 0.3, 0.5)
        findings = total // PER_FINDING
        member_of = rank if rank <= findings else 1 + (rank * 7_919) % findings
        flagged = member_of if rank <= total // 1000 else 0
        covered_rows.append((process, member_of, score))
        score_rows.append((rank, number, score, flagged, rank % len(steps), errors, signals, member_of))
    execute(
        "INSERT INTO chain (id, case_id, key, steps, length, count, host_count, first_us, last_us)"
        " VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?)",
        chain_rows,
    )
    execute("INSERT INTO chain_host (host_id, chain_id, count, first_us, last_us) VALUES (?, ?, ?, ?, ?)", host_rows)
    execute(
        "INSERT INTO process (id, source_id, position, time_us, pid, image_id, parent_id, chain_id)"
        " VALUES (?, 1, ?, ?, ?, ?, ?, ?)",
        process_rows,
    )
    execute("INSERT INTO covered (set_id, process_id, incident, odd, score) VALUES (1, ?, ?, 1, ?)", covered_rows)
    execute(
        "INSERT INTO score (set_id, rank, chain_id, score, finding, worst_step, step_errors, signals, member_of)"
        " VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)",
        score_rows,
    )
