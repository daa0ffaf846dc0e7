"""Looking records up by what others call them: the index behind `evaluate` and the demo's report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from engine.measure.known_labels import RecordKeys
from store.base.text import bindable

if TYPE_CHECKING:
    from store.base.database import Database

SOURCES = """
    SELECT s.id, s.path FROM source s JOIN cases c ON c.id = s.case_id WHERE c.name = CAST(?1 AS TEXT)
    UNION ALL
    SELECT p.source_id, p.path FROM source_copy p JOIN source s ON s.id = p.source_id JOIN cases c ON c.id = s.case_id
    WHERE c.name = CAST(?1 AS TEXT) ORDER BY 1
"""
# A merged record (the 4688 twin of a Sysmon event) stands for the process that it was merged into.
RECORDS = """
    SELECT p.record_id, p.guid, p.pid, p.time_us, k.text, coalesce(r.chain_id, p.chain_id, -1),
        coalesce(p.merged_into, p.id)
    FROM process p LEFT JOIN process r ON r.id = p.merged_into LEFT JOIN string k ON k.id = p.kind
    WHERE p.source_id = ? ORDER BY p.id
"""
# A file without processes (an empty one, say) identifies nobody.
DIGESTS = """
    SELECT s.path, s.sha256 FROM source s JOIN cases c ON c.id = s.case_id WHERE c.name = CAST(?1 AS TEXT) AND s.kept > 0
    UNION
    SELECT p.path, s.sha256 FROM source_copy p JOIN source s ON s.id = p.source_id JOIN cases c ON c.id = s.case_id
    WHERE c.name = CAST(?1 AS TEXT) AND s.kept > 0 ORDER BY 1, 2
"""


class Evidence:
    """engine.jobs.ports.evaluate.EvidenceIndex over the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def source_paths(self, case: str) -> Sequence[tuple[int, str]]:
        """Key and path of every source of the case; further paths of the same content too."""
        with self._database.read() as connection:
            return [(int(key), str(path)) for key, path in connection.exec_driver_sql(SOURCES, (bindable(case),))]

    def source_digests(self, cases: Sequence[str]) -> Sequence[tuple[str, str]]:
        """Path and SHA-256 of the unpacked content of every source that processes came from; further paths of one too."""
        with self._database.read() as connection:
            return digests(connection, cases)

    def record_keys(self, source_id: int) -> Sequence[RecordKeys]:
        """Record id, guid, pid, time, kind and chain of every record of a source, in order."""
        with self._database.read() as connection:
            return [RecordKeys(*row) for row in connection.exec_driver_sql(RECORDS, (source_id,))]


def digests(connection: Connection, cases: Sequence[str]) -> list[tuple[str, str]]:
    """Path and SHA-256 of the sources of some cases, by name of the case."""
    found = [row for case in cases for row in connection.exec_driver_sql(DIGESTS, (bindable(case),))]
    return [(str(path), str(digest)) for path, digest in found]
