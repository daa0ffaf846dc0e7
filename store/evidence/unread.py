"""Inputs that could not be read at all, as failed sources: a case must tell what is missing from it.

There is no content to identify such a source by; its place is taken by the hash of a mark and the path. So it is one row
however often it is tried, and it goes when content from the path, or from inside of it, is ingested.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from store.base.clock import now_us
from store.base.text import bindable, encode
from store.schema.evidence import FAILED

SEPARATOR = "!"
"""Between a container and its member, as in engine.readers.containers.member."""
MARK = b"oddkin: not read\0"


def identity(path: str) -> str:
    """What stands for the content's hash."""
    return hashlib.sha256(MARK + encode(path)).hexdigest()


def note(connection: Connection, case_id: int, path: str, error: str, delivered: tuple[str, str] | None) -> None:
    """Add the row, or bring its reason up to date. `delivered`: the file on disk and its hash, where that can be read as bytes.

    Needs a write transaction.
    """
    now = now_us()
    container, digest = delivered or (None, None)
    connection.exec_driver_sql(
        "INSERT INTO source (case_id, path, sha256, size, format, state, error, started_us, finished_us, container,"
        " container_sha256) VALUES (?1, CAST(?2 AS TEXT), ?3, 0, '', ?4, CAST(?5 AS TEXT), ?6, ?6, CAST(?7 AS TEXT), ?8)"
        " ON CONFLICT (case_id, sha256) DO UPDATE SET error = excluded.error, finished_us = excluded.finished_us,"
        " container = excluded.container, container_sha256 = excluded.container_sha256",
        (
            case_id, bindable(path), identity(path), FAILED, bindable(error), now,
            None if container is None else bindable(container), digest,
        ),
    )  # fmt: skip


def forget(connection: Connection, case_id: int, paths: Iterable[str]) -> None:
    """Content has come from `paths`: these and the containers around them can be read. Needs a write transaction."""
    read = dict.fromkeys(around for path in paths for around in _with_containers(path))
    marks = [(case_id, identity(path)) for path in read]
    connection.exec_driver_sql("DELETE FROM source WHERE case_id = ? AND sha256 = ?", marks)


def _with_containers(path: str) -> Iterator[str]:
    parts = path.split(SEPARATOR)
    return (SEPARATOR.join(parts[:end]) for end in range(1, len(parts) + 1))
