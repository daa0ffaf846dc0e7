"""Processes as a rule over process creations sees them: what a record tells; what it does not of its parent, the parent's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from engine.domain.records import WINDOWS
from engine.paths import looks_windows
from store.base import ids
from store.base.blocks import blocks
from store.base.interning import in_chunks, texts_of

HOSTS = "SELECT id, name FROM host WHERE case_id = ? AND same_as IS NULL AND records > 0 ORDER BY name, id"
IMAGES = {"Image": "p.image_id", "ParentImage": "coalesce(p.parent_image_id, q.image_id)"}
"""Field of a rule -> SQL for the id of an image."""
STRINGS = {
    "OriginalFileName": "p.original_name",
    "CommandLine": "p.command",
    "CurrentDirectory": "p.cwd",
    "User": "p.user",
    "IntegrityLevel": "p.integrity",
    "LogonId": "p.logon",
    "Hashes": "p.hashes",
    "ParentCommandLine": "coalesce(p.parent_command, q.command)",
    "ParentUser": "q.user",
}
"""Field of a rule -> SQL for the id of a text."""
IMAGE = "SELECT id, string_id, os FROM image WHERE id IN ({})"


class StartedLook(NamedTuple):
    """What some processes have in common, all that rules ask of them."""

    system: str
    """engine.domain.records.WINDOWS or LINUX; "" where neither record nor path tells."""
    texts: tuple[str | None, ...]
    """By field; None where no record tells."""


def rows_of(connection: Connection, host: int, fields: Sequence[str]) -> Iterator[Sequence[tuple[int, ...]]]:
    """Id of a process and one id a field, 0 for none, of a host's; second records of one left out. Some at a time."""
    columns = ", ".join(f"coalesce({(IMAGES | STRINGS)[field]}, 0)" for field in fields)
    query = (
        f"SELECT p.id, {columns} FROM process p LEFT JOIN process q ON q.id = p.parent_id"
        " WHERE p.id BETWEEN ? AND ? AND p.merged_into IS NULL ORDER BY p.id"
    )
    return blocks(connection, query, ids.records(host))


def looks(
    connection: Connection, keys: Iterable[tuple[int, ...]], fields: Sequence[str]
) -> Iterator[tuple[tuple[int, ...], StartedLook]]:
    """What ids of texts and images mean, in order. The first field is Image, which tells the system."""
    keys = [*keys]
    of_image = [place for place, field in enumerate(fields) if field in IMAGES]
    wanted = sorted({key[place] for key in keys for place in of_image} - {0})
    images = {row[0]: (row[1], row[2]) for row in in_chunks(connection, IMAGE, wanted)}
    numbers = {key[place] for key in keys for place in range(len(fields)) if place not in of_image}
    texts = texts_of(connection, "string", {*numbers, *(string for string, _ in images.values())} - {0})
    for key in keys:
        strings = [images.get(one, (0, ""))[0] if place in of_image else one for place, one in enumerate(key)]
        found = tuple(texts[one] if one else None for one in strings)
        told = images.get(key[0], (0, ""))[1]
        yield key, StartedLook(told or (WINDOWS if looks_windows(found[0] or "") else ""), found)
