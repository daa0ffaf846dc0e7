"""Removing what a case consists of, and then texts, images and paths that nothing refers to any more."""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection

from engine.domain.distinct import distinct
from engine.progress import Run, Step
from store.base import ids
from store.base.blocks import blocks
from store.base.packed import unpack_steps
from store.evidence import staged_rows

TEXT_COLUMNS = (
    "kind", "command", "parent_command", "user", "integrity", "cwd", "logon", "original_name", "hashes",
)  # fmt: skip


OF_SCORES = ("covered", "finding_chain", "incident", "finding", "variant", "related", "expectation", "score", "kept_part", "kept")
"""Tables of which a score set has a range of the primary key."""
STAGE = "remove"


def rows(connection: Connection, case: int, run: Run) -> None:
    """Remove the rows of a case that are many. Needs a write transaction; raises Cancelled between two tables.

    Deleting the case's own row would take them along one by one, half as slowly again, and nobody would see how far it is.
    """
    execute = connection.exec_driver_sql
    sets = execute("SELECT id FROM score_set WHERE case_id = ? ORDER BY id", (case,)).scalars().all()
    hosts = execute("SELECT id FROM host WHERE case_id = ? ORDER BY id", (case,)).scalars().all()
    parts: list[tuple[str, tuple[int, ...]]] = []
    parts += [(f"{table} WHERE set_id = ?", (number,)) for number in sets for table in OF_SCORES]
    parts += [("process WHERE id BETWEEN ? AND ?", (ids.base(host), ids.base(host + 1) - 1)) for host in hosts]
    parts += [("chain_host WHERE host_id = ?", (host,)) for host in hosts]
    parts.append(("chain WHERE case_id = ?", (case,)))
    total = sum(execute(f"SELECT count(*) FROM {part}", values).scalar_one() for part, values in parts)
    done = 0
    for part, values in parts:
        run.raise_if_cancelled()
        run.report(Step(STAGE, done, total, "rows"))
        done += execute(f"DELETE FROM {part}", values).rowcount
    run.report(Step(STAGE, done, total, "rows", last=True))


def texts(connection: Connection) -> None:
    """Reads every record once. Needs a write transaction; tells caches elsewhere that ids have vanished."""
    run = connection.exec_driver_sql
    for table in ("used_image", "used_text", "used_path"):
        run(f"CREATE TEMP TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY)")
        run(f"DELETE FROM {table}")
    for column in ("image_id", "parent_image_id"):
        run(f"INSERT INTO used_image SELECT {column} FROM process WHERE {column} IS NOT NULL ON CONFLICT DO NOTHING")
    rows = run("SELECT DISTINCT ancestors FROM process WHERE ancestors IS NOT NULL")
    above = {int(part) for row in rows for part in str(row[0]).split()}
    for staged in staged_rows.everywhere(connection):
        above.update(int(part) for chain in staged_rows.column(staged, "ancestors") if chain for part in chain.split())
        for table, columns in (("used_image", ("image_id", "parent_image_id")), ("used_text", TEXT_COLUMNS)):
            for number in staged_rows.values(staged, columns):
                run(f"INSERT INTO {table} VALUES (?) ON CONFLICT DO NOTHING", (number,))
    if above:
        run("INSERT INTO used_image VALUES (?) ON CONFLICT DO NOTHING", [(number,) for number in sorted(above)])
    run("DELETE FROM image WHERE id NOT IN (SELECT id FROM used_image)")
    run("INSERT INTO used_text SELECT string_id FROM image WHERE true ON CONFLICT DO NOTHING")
    for column in TEXT_COLUMNS:
        run(f"INSERT INTO used_text SELECT {column} FROM process WHERE {column} IS NOT NULL ON CONFLICT DO NOTHING")
    run("DELETE FROM string WHERE id NOT IN (SELECT id FROM used_text)")
    run("INSERT INTO used_path SELECT path_id FROM image WHERE true ON CONFLICT DO NOTHING")
    for chains in blocks(connection, "SELECT steps FROM chain"):
        steps = distinct(np.array(unpack_steps(b"".join([packed for (packed,) in chains])), np.int64))
        run("INSERT INTO used_path VALUES (?) ON CONFLICT DO NOTHING", [(number,) for number in steps.tolist()])
    run("DELETE FROM path WHERE id NOT IN (SELECT id FROM used_path)")
    run("INSERT INTO counter (name, value) VALUES ('sweep', 1) ON CONFLICT (name) DO UPDATE SET value = counter.value + 1")
