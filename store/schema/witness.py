"""Digests of what is too large to be repeated, and comparing both accounts: what the doctor finds a damage by.

Nothing here defends against people: whoever can write the database can write both accounts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import msgspec
from sqlalchemy import Connection

from store.base import ids
from store.base.blocks import blocks
from store.base.upsert import replace_into
from store.schema.witness_tables import WATCHED, quoted

PROCESSES, ENDS, SCORES, LEARNT = "processes", "ends", "scores", "learnt"
"""Kinds whose key is a host or a score set."""
_SHORT = 16
"""MessagePack: a list of fewer has a header of one byte, one of fewer than 65,536 a header of three."""
PROCESS = (
    "SELECT id, source_id, position, CAST(record_id AS BLOB), kind, time_us, pid, ppid, CAST(guid AS BLOB),"
    " CAST(parent_guid AS BLOB), image_id, parent_image_id, CAST(ancestors AS BLOB), command, parent_command, user, integrity,"
    " cwd, logon, original_name, hashes, parent_id, method, confidence, exec_of, chain_id, merged_into"
    " FROM process WHERE id BETWEEN ? AND ? ORDER BY id"
)
PARTS = {
    PROCESSES: ("SELECT chain_id, count, first_us, last_us FROM chain_host WHERE host_id = ? ORDER BY chain_id",),
    ENDS: ("SELECT id, source_id, numbers, guids FROM process_end WHERE host_id = ? ORDER BY id",),
    SCORES: (
        "SELECT rank, chain_id, score, finding, worst_step, step_errors, signals, member_of FROM score WHERE set_id = ?"
        " ORDER BY rank",
        "SELECT rank, key, score, top_rank, chains, processes, hosts, first_us, last_us, incidents, odd, lead FROM finding"
        " WHERE set_id = ? ORDER BY rank",
        "SELECT finding, place, number, host_id, top, lead, score, processes, odd, first_us, last_us FROM incident"
        " WHERE set_id = ? ORDER BY finding, place",
        "SELECT process_id, incident, odd, score FROM covered WHERE set_id = ? ORDER BY process_id",
        "SELECT finding, rank, processes, odd FROM finding_chain WHERE set_id = ? ORDER BY finding, rank",
        "SELECT chain_id, shape, processes, hosts, score, lead FROM variant WHERE set_id = ? ORDER BY chain_id, shape",
        "SELECT from_process, to_process, how, CAST(evidence AS BLOB) FROM related WHERE set_id = ?"
        " ORDER BY from_process, to_process",
        "SELECT chain_id, step, CAST(alternatives AS BLOB), CAST(sentence AS BLOB), CAST(reasons AS BLOB) FROM expectation"
        " WHERE set_id = ? ORDER BY chain_id",
    ),
    LEARNT: (
        "SELECT event, elsewhere, classifier, weight, abstains, created_us, ranks, score, probability, instant, sequence, effect,"
        " cause, findings, tops, finding_score, CAST(asks AS BLOB), ask_ranks, CAST(metrics AS BLOB) FROM learnt_queue"
        " WHERE set_id = ?",
    ),
}
_encode = msgspec.msgpack.Encoder().encode


def keep(connection: Connection, kind: str, number: int) -> None:
    """Write down what a host's or a scoring's rows say now. Needs the transaction that wrote them."""
    connection.exec_driver_sql(
        replace_into("witness", ("kind", "key", "said"), ("kind", "key")),
        (kind, str(number), digest(connection, kind, number)),
    )


def forget(connection: Connection, kind: str, number: int) -> None:
    """Nothing is to be said of them: they will be written anew, or there are none."""
    connection.exec_driver_sql("DELETE FROM witness WHERE kind = ? AND key = ?", (kind, str(number)))


def digest(connection: Connection, kind: str, number: int) -> str:
    """32 hex digits over the rows in the order of their keys; "" for rows that hold what was never written."""
    found = hashlib.blake2b(digest_size=16)
    parts: list[tuple[str, tuple[int, ...]]] = [(query, (number,)) for query in PARTS[kind]]
    if kind == PROCESSES:
        parts.append((PROCESS, (ids.base(number), ids.base(number + 1) - 1)))
    try:
        for query, values in parts:
            for rows in blocks(connection, query, values, small=True):
                # Without the header of the list, which tells how many there are: a digest is of rows and not of pieces of them.
                found.update(_encode(rows)[1 if len(rows) < _SHORT else 3 :])
            found.update(b"\xff")
    except (UnicodeError, OverflowError):
        return ""  # a text where a number was
    return found.hexdigest()


def small(connection: Connection) -> Iterator[tuple[str, int]]:
    """Table -> how many of its rows are not what was written, or gone, or never written."""
    for table, (key, columns) in WATCHED.items():
        own = f"SELECT {quoted(key, '')} AS key, {quoted(columns, '')} AS said FROM {table}"
        query = (
            f"SELECT count(*) FROM (SELECT o.key FROM ({own}) o LEFT JOIN witness w ON w.kind = ?1 AND w.key = o.key"
            " WHERE w.said IS NOT o.said"
            f" UNION ALL SELECT w.key FROM witness w WHERE w.kind = ?1 AND w.key NOT IN (SELECT key FROM ({own})))"
        )
        wrong = int(connection.exec_driver_sql(query, (table,)).scalar_one())
        if wrong:
            yield table, wrong


def large(connection: Connection, kind: str, numbers: list[int], seen: Callable[[], None]) -> tuple[list[int], list[int]]:
    """Of these hosts or score sets: those whose rows are not what was written, and those of which nothing was kept."""
    query = "SELECT key, said FROM witness WHERE kind = ?"
    kept = {row[0]: row[1] for row in connection.exec_driver_sql(query, (kind,))}
    wrong, unknown = [], []
    for number in numbers:
        said = kept.pop(str(number), None)
        if said is None:
            unknown.append(number)
        elif said != digest(connection, kind, number):
            wrong.append(number)
        seen()
    if kind == LEARNT:
        wrong += [int(key) for key in kept if key.isdecimal()]  # a row that is gone, and not with its scores
    return wrong, unknown
