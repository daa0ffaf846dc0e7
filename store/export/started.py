"""All recorded processes of a case as a rule over process creations sees them: image, parent, command line; verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from engine.handover.material import Started
from store.base import ids
from store.base.database import Database
from store.base.interning import in_chunks, texts_of
from store.evidence.cases import read_case
from store.scope.rules import of_each

HOSTS = "SELECT id, name FROM host WHERE case_id = ? AND same_as IS NULL AND records > 0 ORDER BY name, id"
QUERY = (
    "SELECT p.id, coalesce(p.image_id, 0), coalesce(p.parent_image_id, q.image_id, 0), coalesce(p.command, 0)"
    " FROM process p LEFT JOIN process q ON q.id = p.parent_id"
    " WHERE p.id BETWEEN ? AND ? AND p.merged_into IS NULL ORDER BY p.id"
)
IMAGES = "SELECT i.id, i.string_id FROM image i WHERE i.id IN ({})"


def started(database: Database, case: str) -> Iterator[Started]:
    """Host by host, what looks the same together. Second records of a process are left out. One read transaction.

    Memory: one host's processes. Raises NotFound for a case that is none.
    """
    with read_case(database, case) as (connection, number):
        for host, name in connection.exec_driver_sql(HOSTS, (number,)).all():
            yield from _of_host(connection, host, name)


def verdicts(database: Database, case: str, processes: Sequence[int]) -> dict[int, str]:
    """Process -> the verdict that counts for it, of those that have one."""
    with read_case(database, case) as (connection, number):
        return {process: label.verdict for process, label in of_each(connection, number, processes).items()}


def _of_host(connection: Connection, host: int, name: str) -> Iterator[Started]:
    alike: dict[tuple[int, int, int], list[int]] = {}
    for process, image, parent, command in connection.exec_driver_sql(QUERY, ids.records(host)):
        alike.setdefault((image, parent, command), []).append(process)
    images = dict(in_chunks(connection, IMAGES, sorted({one for key in alike for one in key[:2]} - {0})))
    texts = texts_of(connection, "string", {*images.values(), *(key[2] for key in alike)} - {0})
    texts[0] = ""
    for (image, parent, command), processes in alike.items():
        own, above = images.get(image, 0), images.get(parent, 0)
        yield Started(texts[own], texts[above], texts[command], name, tuple(processes))
