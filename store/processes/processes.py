"""Processes: details, the forest in keyset pages, and finding one by what is known of it."""

from __future__ import annotations

import array
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from engine.domain.records import MAX_STEPS
from store.base import ids
from store.base.blocks import blocks
from store.base.database import Topic
from store.base.errors import not_found
from store.base.text import bindable, like_pattern
from store.base.views import ProcessView
from store.evidence.cases import read_case
from store.evidence.circles import until_seen
from store.processes.rows import COLUMNS, views

PAGE = 500
"""Processes read at a time."""
MAX_ANCESTORS = 1000
"""Nobody reads further; a hostile log can make a branch of any depth."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page of children ended."""

    time_us: int
    id: int


START = Cursor(-(2**63), 0)


class Processes(Topic):
    """Processes with all that is known of them, one by one or in pages: by id, by parent, by chain."""

    def get(self, process_id: int) -> ProcessView:
        """One process or record. Raises NotFound."""
        with self._database.read() as connection:
            found = _select(connection, "p.id = ?", (process_id,))
        if not found:
            raise not_found("process", str(process_id))
        return found[0]

    def of_ids(self, numbers: Sequence[int]) -> tuple[ProcessView, ...]:
        """Some processes, in this order; those that are gone are left out."""
        with self._database.read() as connection:
            pages = (by_ids(connection, numbers[start : start + PAGE]) for start in range(0, len(numbers), PAGE))
            return tuple(view for page in pages for view in page)

    def roots(self, host_id: int, after: Cursor = START, limit: int = 256) -> tuple[ProcessView, ...]:
        """A page of the host's processes without known parent, oldest first."""
        return self.children(ids.base(host_id), after, limit)

    def children(self, parent_id: int, after: Cursor = START, limit: int = 256) -> tuple[ProcessView, ...]:
        """A page of children, oldest first; those without a time come before all others."""
        # The first bound is for the index: from the pair alone SQLite begins at the first child each time.
        where = "p.parent_id = ? AND coalesce(p.time_us, 0) >= ? AND (coalesce(p.time_us, 0), p.id) > (?, ?)"
        values = (parent_id, after.time_us, after.time_us, after.id)
        with self._database.read() as connection:
            return _select(connection, where, values, "coalesce(p.time_us, 0), p.id", limit)

    def child_counts(self, parents: Sequence[int]) -> dict[int, int]:
        """How many children each has; those without are left out."""
        counts: dict[int, int] = {}
        with self._database.read() as connection:
            for parent in parents:
                query = "SELECT count(*) FROM process WHERE parent_id = ?"
                number = int(connection.exec_driver_sql(query, (parent,)).scalar_one())
                if number:
                    counts[parent] = number
        return counts

    def ancestors(self, process_id: int, limit: int = MAX_STEPS) -> tuple[ProcessView, ...]:
        """The line from the oldest known ancestor (at most `limit` above) down to the process itself."""
        query = (
            "WITH RECURSIVE line (id, parent_id, depth) AS ("
            " SELECT id, parent_id, 0 FROM process WHERE id = ?1"
            " UNION ALL SELECT p.id, p.parent_id, depth + 1 FROM line JOIN process p ON p.id = line.parent_id"
            " WHERE depth < ?2) SELECT id FROM line ORDER BY depth"
        )
        with self._database.read() as connection:
            above = connection.exec_driver_sql(query, (process_id, min(limit, MAX_ANCESTORS))).scalars().all()
            line = [*until_seen(zip(above, above, strict=True))][::-1]
            if not line:
                raise not_found("process", str(process_id))
            marks = ",".join(str(int(number)) for number in line)
            found = {view.id: view for view in _select(connection, f"p.id IN ({marks})", ())}
        return tuple(found[number] for number in line)

    def records(self, process_id: int, limit: int = 100_000) -> tuple[ProcessView, ...]:
        """Further records of the same process: the 4688 twin, repeats from copies of the log."""
        with self._database.read() as connection:
            return _select(connection, "p.merged_into = ?", (process_id,), limit=limit)

    def of_chain(self, chain_id: int, *, host_id: int | None = None, after: int = 0, limit: int = 256) -> tuple[ProcessView, ...]:
        """A page of the recorded processes that end in a chain, by id."""
        with self._database.read() as connection:
            return chain_page(connection, chain_id, host_id, after, limit)

    def find(
        self,
        case: str,
        *,
        guid: str | None = None,
        pid: int | None = None,
        host_id: int | None = None,
        text: str | None = None,
        user: str | None = None,
        since_us: int | None = None,
        until_us: int | None = None,
        after: int = 0,
        limit: int = 256,
    ) -> tuple[ProcessView, ...]:
        """A page of processes (no second records) for which all given conditions hold, by id.

        Reads the records of the host, or of the case. `text` is looked for in command line and image.
        """
        conditions: list[str] = ["p.merged_into IS NULL", "p.id > ?"]
        values: list[object] = [after]
        with read_case(self._database, case) as (connection, number):
            if guid is not None:
                conditions += ["p.source_id IN (SELECT id FROM source WHERE case_id = ?)", "p.guid = CAST(? AS TEXT)"]
                values += [number, bindable(guid)]
            if host_id is not None:
                conditions.append("p.id BETWEEN ? AND ?")
                values += [ids.base(host_id), ids.base(host_id + 1) - 1]
            elif guid is None:
                conditions.append("p.id >> 32 IN (SELECT id FROM host WHERE case_id = ?)")
                values.append(number)
            for column, value in (("p.pid = ?", pid), ("p.time_us >= ?", since_us), ("p.time_us <= ?", until_us)):
                if value is not None:
                    conditions.append(column)
                    values.append(value)
            matching = "(SELECT id FROM string WHERE text LIKE CAST(? AS TEXT) ESCAPE '!')"
            if text:
                conditions.append(
                    f"(p.command IN {matching} OR p.image_id IN (SELECT id FROM image WHERE string_id IN {matching}))"
                )
                values += [bindable(like_pattern(text))] * 2
            if user:
                conditions.append(f"p.user IN {matching}")
                values.append(bindable(like_pattern(user)))
            return _select(connection, " AND ".join(conditions), tuple(values), "p.id", limit)


def chain_page(connection: Connection, chain_id: int, host_id: int | None, after: int, limit: int) -> tuple[ProcessView, ...]:
    """`Processes.of_chain` on an open connection."""
    low, high = after + 1, 2**63 - 1
    if host_id is not None:
        low, high = max(low, ids.base(host_id)), ids.base(host_id + 1) - 1
    where = f"p.chain_id = ? AND p.id BETWEEN ? AND ? AND p.id & {ids.FIRST_PLACEHOLDER} = 0"
    return _select(connection, where, (chain_id, low, high), "p.id", limit)


def chain_order(connection: Connection, chain_id: int) -> Sequence[int]:
    """Ids of the recorded processes that end in a chain, by host, time and content: the same whatever was ingested first.

    Ids alone, eight bytes each: sorted by SQLite, which spills to its temporary store, a chain of a million costs 8 MB here.
    """
    query = (
        "SELECT p.id FROM process p JOIN host h ON h.id = p.id >> 32 JOIN source s ON s.id = p.source_id WHERE p.chain_id = ?"
        f" AND p.id & {ids.FIRST_PLACEHOLDER} = 0 ORDER BY h.name, p.time_us NULLS FIRST, s.sha256, p.position, p.id"
    )
    return array.array("q", (number for rows in blocks(connection, query, (chain_id,)) for (number,) in rows))


def by_ids(connection: Connection, numbers: Sequence[int]) -> tuple[ProcessView, ...]:
    """Some processes, in this order; those that are gone are left out."""
    marks = ",".join(str(int(number)) for number in numbers)
    found = {view.id: view for view in _select(connection, f"p.id IN ({marks})", ())}
    return tuple(found[number] for number in numbers if number in found)


def _select(
    connection: Connection, where: str, values: tuple[object, ...], order: str = "p.id", limit: int = 100_000
) -> tuple[ProcessView, ...]:
    query = f"SELECT {COLUMNS} FROM process p WHERE {where} ORDER BY {order} LIMIT {int(limit)}"
    rows = connection.exec_driver_sql(query, values).all()
    return views(connection, [tuple(row) for row in rows])
