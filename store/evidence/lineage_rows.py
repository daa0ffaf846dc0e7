"""One host's links into the database: placeholders, chains, and the derived columns of its records.

Records that were staged become rows here. A host that was linked before changes little when a log is added, so the columns are
compared first and only what differs is written; otherwise each small file would rewrite every record of its host.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import NO_TIME, Ints, told_by_clocks
from engine.domain.chains import ChainSet
from engine.domain.distinct import distinct
from engine.domain.lineage import HostEvents, Lineage
from engine.progress import Check, unasked
from store.base import ids
from store.base.blocks import insert_all
from store.base.clock import DAY_US, now_us
from store.base.interning import ImageTable, TextTable
from store.base.text import bindable
from store.evidence import chain_rows, end_rows, span_rows, staged_rows
from store.evidence.staged_rows import Staged
from store.narrow import resolved
from store.schema import host_account, witness
from store.schema.host_account import HostAccount

CHUNK = 2_000
"""Rows held as tuples at a time: few enough for the processor's cache."""

DERIVED = "parent_id, method, confidence, exec_of, chain_id, merged_into"
UPDATE = (
    "UPDATE process SET parent_id = nullif(?, -1), method = ?, confidence = ?, exec_of = nullif(?, -1),"
    " chain_id = nullif(?, -1), merged_into = nullif(?, -1) WHERE id = ?"
)
PLAIN = "UPDATE process SET parent_id = ?, method = ?, confidence = ?, chain_id = ? WHERE id = ?"
"""For rows that an oddkin before staging has left without links: with a parent and a chain, and nothing else to write."""
PLAIN_COLUMNS = [0, 1, 2, 4, 6]
LINKS = DERIVED.split(", ")
PLACEHOLDER = (
    f"INSERT INTO process (parent_id, method, confidence, exec_of, chain_id, merged_into, id, position, image_id,"
    f" pid, guid, time_us) VALUES (nullif(?, -1), ?, ?, nullif(?, -1), nullif(?, -1), nullif(?, -1), ?, 0,"
    f" nullif(?, -1), nullif(?, -1), CAST(? AS TEXT), nullif(?, {NO_TIME}))"
)


def write(
    connection: Connection,
    paths: TextTable,
    host_id: int,
    events: HostEvents,
    lineage: Lineage,
    chains: ChainSet,
    check: Check = unasked,
) -> Ints | None:
    """Replace everything derived of a host. Needs a write transaction; `check` is asked every CHUNK rows.

    Returns the ids of the chains whose totals are another host's too; None where the host had chains, which may have gone.
    """
    linked = connection.exec_driver_sql("SELECT linked_us FROM host WHERE id = ?", (host_id,)).scalar()
    connection.exec_driver_sql("DELETE FROM process WHERE id BETWEEN ? AND ?", ids.placeholders(host_id))
    account = HostAccount()
    chain_ids, met = chain_rows.upsert(connection, paths, host_id, events, chains, account)
    size = len(events.row)
    missing = ids.placeholders(host_id)[0] + np.arange(len(lineage.placeholder_pid), dtype=np.int64)
    derived = _derived(host_id, np.concatenate([events.row, missing]), lineage, chains, chain_ids)
    records = derived[:size]
    changed = None if linked is None else _changed(connection, host_id, records, check)
    before = _insert(connection, host_id, events.row, records, account, check)
    check()
    _insert_placeholders(connection, paths, derived[size:], events, lineage, account)
    records = records[:before] if changed is None else records[changed]
    for start in range(0, len(records), CHUNK):
        check()
        _update(connection, records[start : start + CHUNK], first=linked is None)
    if len(lineage.end_of):
        end_rows.write(
            connection, host_id, np.where(lineage.end_of >= 0, events.row[lineage.end_of], -1) if size else lineage.end_of
        )
    span_rows.write(connection, host_id, events)
    resolved.rebuild(connection, host_id)
    _note_linked(connection, host_id, events)
    # Where rows were there before, only they know what else they hold.
    witness.keep(connection, witness.PROCESSES, host_id, None if before else account.said())
    end_rows.keep(connection, host_id)
    return met if linked is None else None


def _note_linked(connection: Connection, host_id: int, events: HostEvents) -> None:
    """When, and what is known of all records now; where more were staged meanwhile, they are counted already."""
    timed = events.time_us[events.time_us != NO_TIME]
    believed = timed[told_by_clocks(timed)]
    first, last = (int(believed.min()), int(believed.max())) if len(believed) else (None, None)
    connection.exec_driver_sql(
        "UPDATE host SET unlinked = waits.some, linked_us = max(?2, coalesce(linked_us, 0) + 1), active_days = ?3,"
        " records = CASE WHEN waits.some = 1 THEN records ELSE ?4 END,"
        " first_us = CASE WHEN waits.some = 1 THEN first_us ELSE ?5 END,"
        " last_us = CASE WHEN waits.some = 1 THEN last_us ELSE ?6 END"
        " FROM (SELECT count(*) AS some FROM (SELECT 1 FROM staged WHERE host_id = ?1 LIMIT 1)) waits WHERE id = ?1",
        (host_id, now_us(), len(distinct(timed // DAY_US)), len(events.row), first, last),
    )


def _insert(connection: Connection, host_id: int, row: Ints, records: Ints, account: HostAccount, check: Check) -> int:
    """Turn staged records into rows with their links. Returns how many of `records` were rows before: the others follow
    them. What another process has staged since the host was read stays for the next linking.
    """
    before, last = len(records), None
    block: list[Staged] = []
    done = 0
    for staged in staged_rows.of_host(connection, host_id):
        check()
        size, first = len(staged.numbers), int(staged.numbers[0, 0])
        place = int(np.searchsorted(row, first))
        if place + size > len(row) or row[place] != first:
            break
        if last is None:
            before = done = place
        last = staged.number
        block.append(staged)
        if place + size - done >= CHUNK:
            _insert_block(connection, block, records[done : place + size], account)
            block, done = [], place + size
    if block:
        _insert_block(connection, block, records[done : done + sum(len(staged.numbers) for staged in block)], account)
    if last is not None:
        staged_rows.forget(connection, host_id, last)
    return before


def _insert_block(connection: Connection, block: list[Staged], records: Ints, account: HostAccount) -> None:
    """`records`: the derived columns. What all rows have in common is written into the statement: to bind a value is
    a good part of the cost of storing it, and in the records of one host many of the 27 columns are empty or the same.
    """
    missing = staged_rows.MISSING
    numbers = np.concatenate([np.concatenate([staged.numbers for staged in block]), records[:, :-1]], axis=1)
    links = numbers[:, len(staged_rows.NUMBERS) :]
    links[links < 0] = missing
    names, values, bound = [], [], []
    for name, column in zip((*staged_rows.NUMBERS, *LINKS), numbers.T, strict=True):
        names.append(name)
        if name != "id" and (column == column[0]).all():
            values.append("NULL" if column[0] == missing else str(int(column[0])))
        else:
            values.append("?")
            bound.append(_nullable(column, missing))
    columns = [[text for staged in block for text in staged.texts[place]] for place in range(len(staged_rows.TEXTS))]
    account.processes(numbers, columns)
    for name, texts in zip(staged_rows.TEXTS, columns, strict=True):
        if texts.count(None) < len(texts):
            names.append(name)
            values.append("CAST(? AS TEXT)" if bytes in set(map(type, texts)) else "?")
            bound.append(texts)
    cursor = connection.connection.cursor()
    cursor.executemany(f"INSERT INTO process ({', '.join(names)}) VALUES ({', '.join(values)})", list(zip(*bound, strict=True)))
    cursor.close()


def _nullable(column: Ints, missing: int) -> list[Any]:
    absent = column == missing
    values: list[Any] = column.tolist()
    for place in np.flatnonzero(absent).tolist():
        values[place] = None
    return values


def _update(connection: Connection, records: Ints, first: bool) -> None:
    """Write the derived columns; `first` where all of them are NULL so far."""
    parent, _method, _confidence, exec_of, chain, merged, _row = records.T
    plain = (parent >= 0) & (chain >= 0) & (exec_of < 0) & (merged < 0) & first
    for statement, rows in ((PLAIN, records[plain][:, PLAIN_COLUMNS]), (UPDATE, records[~plain])):
        if len(rows):
            connection.exec_driver_sql(statement, list(map(tuple, rows.tolist())))


def _derived(host_id: int, nodes: Ints, lineage: Lineage, chains: ChainSet, chain_ids: Ints) -> Ints:
    """[n+m, 7] the columns of UPDATE in their order, -1 for NULL, the row's own id last."""

    def refer(targets: Ints) -> Ints:
        return np.where(targets >= 0, nodes[targets], -1) if len(nodes) else targets.copy()

    merged = np.full(len(nodes), -1, dtype=np.int64)
    merged[: len(lineage.merged_into)] = lineage.merged_into
    parent = refer(lineage.parent)
    parent[(parent < 0) & (merged < 0)] = ids.base(host_id)
    ends = np.where(chains.of_node >= 0, chain_ids[chains.of_node], -1) if len(chain_ids) else np.full(len(nodes), -1)
    return np.stack(
        [
            parent,
            lineage.method.astype(np.int64),
            np.rint(np.clip(lineage.confidence.astype(np.float64), 0, 1) * 1000).astype(np.int64),
            refer(lineage.exec_of),
            ends,
            refer(merged),
            nodes,
        ],
        axis=1,
    )


def _changed(connection: Connection, host_id: int, records: Ints, check: Check) -> Ints:
    """Indices of the rows of `records` that differ from what is stored."""
    columns = ", ".join(f"coalesce({name}, -1)" for name in DERIVED.split(", "))
    cursor = connection.connection.cursor()
    cursor.execute(f"SELECT {columns}, id FROM process WHERE id BETWEEN ? AND ? ORDER BY id", ids.records(host_id))
    differing: list[Any] = []
    start = 0
    while rows := cursor.fetchmany(CHUNK):
        check()
        stored = np.array(rows, dtype=np.int64)
        wanted = records[start : start + len(rows)]
        differing.append(start + np.flatnonzero((stored != wanted).any(axis=1)))
        start += len(rows)
    cursor.close()
    return np.concatenate(differing) if differing else np.zeros(0, np.int64)


def _insert_placeholders(
    connection: Connection, paths: TextTable, derived: Ints, events: HostEvents, lineage: Lineage, account: HostAccount
) -> None:
    if not len(derived):
        return
    # The placeholder's image is a normalised path and no recorded text; folding is idempotent, so it can pass as one.
    images = ImageTable(TextTable("string"), paths, lambda raw, os: raw)
    named = [events.paths[place] for place in distinct(lineage.placeholder_image) if place >= 0]
    image_ids = images.ids(connection, {(path, "") for path in named})
    image = np.array([-1 if at < 0 else image_ids[events.paths[at], ""] for at in lineage.placeholder_image.tolist()], np.int64)
    guids = [None if guid is None else bindable(guid) for guid in lineage.placeholder_guid]
    columns = dict(zip((*LINKS, "id"), derived.T, strict=True))
    columns |= {"position": np.zeros(len(derived), np.int64), "image_id": image, "pid": lineage.placeholder_pid}
    numbers = np.full((len(derived), len(host_account.NUMBERS)), -1, np.int64)
    for name, column in columns.items():
        numbers[:, host_account.NUMBERS.index(name)] = column
    numbers[numbers < 0] = host_account.MISSING
    numbers[:, host_account.NUMBERS.index("time_us")] = lineage.placeholder_time_us
    nothing = [None] * len(derived)
    account.processes(numbers, [guids if name == "guid" else nothing for name in host_account.TEXTS])
    pids, times = lineage.placeholder_pid.tolist(), lineage.placeholder_time_us.tolist()
    rows = zip(*derived.T.tolist(), image.tolist(), pids, guids, times, strict=True)
    insert_all(connection, PLACEHOLDER, rows)
