"""Digests of what is too large to be repeated, and comparing both accounts: what the doctor finds a damage by.

Nothing here defends against people: whoever can write the database can write both accounts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from store.base.blocks import blocks
from store.base.upsert import replace_into
from store.schema import host_account
from store.schema.witness_tables import WATCHED, quoted

PROCESSES, ENDS, SCORES, LEARNT = "processes", "ends", "scores", "learnt"
"""Kinds whose key is a host or a score set."""
_SHORT = 16
"""MessagePack: a list of fewer has a header of one byte, one of fewer than 65,536 a header of three."""
PARTS = {
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


class RowsAccount:
    """A digest of rows as they are written, part by part in the order of PARTS: equal to `digest`, and nothing is read again."""

    def __init__(self) -> None:
        self._made = hashlib.blake2b(digest_size=16)

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Further rows of a part, in the order and with the columns of its query; fewer than 65,536."""
        # Without the header of the list, which tells how many there are: a digest is of rows and not of pieces of them.
        self._made.update(_encode(rows)[1 if len(rows) < _SHORT else 3 :])

    def end(self) -> None:
        """Of a part."""
        self._made.update(b"\xff")

    def read(self, connection: Connection, query: str, values: tuple[int, ...]) -> None:
        """A part as it stands in the database."""
        for rows in blocks(connection, query, values, small=True):
            self.add(rows)
        self.end()

    def copy(self) -> RowsAccount:
        """One that goes on from here."""
        made = RowsAccount()
        made._made = self._made.copy()
        return made

    @property
    def said(self) -> str:
        """32 hex digits."""
        return self._made.hexdigest()


class ScoresAccount:
    """Of a score set: up to what ties its incidents, which is found after the scores were written, and as it was kept last."""

    def __init__(self, set_id: int, written: RowsAccount) -> None:
        self.set_id, self._written, self._said = set_id, written, ""

    def keep(self, connection: Connection) -> None:
        """Write down what the rows say, the last two parts of them read. Needs the transaction that wrote them."""
        whole = self._written.copy()
        for query in PARTS[SCORES][-2:]:
            whole.read(connection, query, (self.set_id,))
        self._said = whole.said
        _write(connection, SCORES, self.set_id, self._said)

    def holds(self, connection: Connection) -> bool:
        """Whether nobody has written another account of the set since."""
        query = "SELECT said FROM witness WHERE kind = ? AND key = ?"
        return bool(self._said) and connection.exec_driver_sql(query, (SCORES, str(self.set_id))).scalar() == self._said


def keep(connection: Connection, kind: str, number: int, said: str | None = None) -> None:
    """Write down what a host's or a scoring's rows say now: their digest `said`, else what they hold. Needs the transaction that
    wrote them.
    """
    _write(connection, kind, number, digest(connection, kind, number) if said is None else said)


def _write(connection: Connection, kind: str, number: int, said: str) -> None:
    statement = replace_into("witness", ("kind", "key", "said"), ("kind", "key"))
    connection.exec_driver_sql(statement, (kind, str(number), said))


def forget(connection: Connection, kind: str, number: int) -> None:
    """Nothing is to be said of them: they will be written anew, or there are none."""
    connection.exec_driver_sql("DELETE FROM witness WHERE kind = ? AND key = ?", (kind, str(number)))


def digest(connection: Connection, kind: str, number: int) -> str:
    """32 hex digits over the rows in the order of their keys; "" for rows that hold what was never written."""
    if kind == PROCESSES:
        return host_account.stored(connection, number)
    found = RowsAccount()
    try:
        for query in PARTS[kind]:
            found.read(connection, query, (number,))
    except (UnicodeError, OverflowError):
        return ""  # a text where a number was
    return found.said


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
