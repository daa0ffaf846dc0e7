"""Stored links that go around in a circle, found and cut. Linking makes none; an older oddkin could, from forged records.

Whoever draws from the roots downwards never comes to a process in a circle, nor to anything below it: evidence is hidden.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from sqlalchemy import Connection

from engine.domain.distinct import distinct
from engine.domain.lineage import LinkMethod
from engine.lineage.cycles import cut_cycles
from store.base import ids

T = TypeVar("T")

FETCH = 20_000
NUMBER = (1 << ids.SHIFT) - 1
# Placeholders come before records, each before those that it is below (engine.lineage.link): on every circle there is
# a link that runs against this order. Ordinary hosts have few or none, and are not looked at more closely.
SUSPECTS = (
    f"SELECT DISTINCT id >> {ids.SHIFT} FROM process WHERE parent_id & {NUMBER} > 0 AND CASE"
    f" WHEN id & {ids.FIRST_PLACEHOLDER} = 0 THEN parent_id & {ids.FIRST_PLACEHOLDER} = 0 AND parent_id >= id"
    f" ELSE parent_id & {ids.FIRST_PLACEHOLDER} = 0 OR parent_id <= id END"
)
LINKS = f"SELECT id, parent_id, coalesce(confidence, 0) FROM process WHERE id BETWEEN ? AND ? AND parent_id & {NUMBER} > 0"


@dataclass(frozen=True, slots=True)
class Circle:
    """A link that closes a circle, the weakest one of it."""

    host_id: int
    process_id: int


def closing_links(connection: Connection) -> tuple[Circle, ...]:
    """One link of every circle in the workspace. Reads all processes once."""
    hosts = connection.exec_driver_sql(SUSPECTS).scalars().all()
    return tuple(Circle(host, number) for host in sorted(hosts) for number in _of_host(connection, host))


def _of_host(connection: Connection, host_id: int) -> list[int]:
    cursor = connection.connection.cursor()
    cursor.execute(LINKS, (ids.base(host_id), ids.base(host_id) + NUMBER))
    blocks = []
    while rows := cursor.fetchmany(FETCH):
        blocks.append(np.array(rows, dtype=np.int64))
    cursor.close()
    child, above, sure = np.concatenate(blocks).T  # there is one: the suspect
    node = distinct(child, above)
    place = np.searchsorted(node, child)
    parent = np.full(len(node), -1, np.int64)
    parent[place] = np.searchsorted(node, above)
    confidence = np.zeros(len(node), np.float32)
    confidence[place] = sure
    order = np.where(node & ids.FIRST_PLACEHOLDER, -node, node)
    linked = parent >= 0
    cut_cycles(order, parent, np.zeros(len(node), np.int8), confidence)
    return [int(number) for number in node[linked & (parent < 0)]]


def cut(connection: Connection) -> int:
    """Make roots of the processes that close a circle, and have their hosts linked again by the next ingest of the case.

    Returns how many hosts had one. Needs a write transaction.
    """
    found = closing_links(connection)
    for circle in found:
        connection.exec_driver_sql(
            "UPDATE process SET parent_id = ?, method = ?, confidence = 0 WHERE id = ?",
            (ids.base(circle.host_id), int(LinkMethod.NONE), circle.process_id),
        )
    hosts = {circle.host_id for circle in found}
    for host in hosts:
        connection.exec_driver_sql("UPDATE host SET unlinked = 1 WHERE id = ?", (host,))
    return len(hosts)


def until_seen(line: Iterable[tuple[Hashable, T]]) -> Iterator[T]:
    """What stands on a way upwards, up to where it would come to a place (the first of each pair) a second time."""
    seen: set[Hashable] = set()
    for place, what in line:
        if place in seen:
            return
        seen.add(place)
        yield what
