"""What no result replaces: evidence, and the workspace's own files."""

from __future__ import annotations

from pathlib import Path

from store.base.database import DATABASE, MODELS, Database
from store.evidence.unread import SEPARATOR

ALL_PATHS = "SELECT path FROM source UNION SELECT path FROM source_copy UNION SELECT path FROM ingested"


def spared(database: Database) -> list[Path]:
    """The sources of every case, the files and folders that they were ingested from, and the workspace's own files."""
    home = database.folder
    found = {home / (DATABASE + suffix) for suffix in ("", "-wal", "-shm")}
    found.update((home / MODELS).glob("*/*"))
    with database.read() as connection:
        paths = [str(path) for path in connection.exec_driver_sql(ALL_PATHS).scalars()]
    for path in paths:
        parts = path.split(SEPARATOR)
        # A member of an archive is "archive!member", and the name of a file may hold a "!" itself.
        found.update(Path(SEPARATOR.join(parts[:count])) for count in range(1, len(parts) + 1))
    return sorted(found)
