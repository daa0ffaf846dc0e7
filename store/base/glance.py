"""A quick look at the names in a workspace, for a shell that completes a word: nothing is made, migrated or waited for.

Plain sqlite3 and no topic of the store: loading SQLAlchemy takes longer than anybody waits for a completion.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

FILE = "oddkin.sqlite"
"""store.base.database.DATABASE, which is not imported here."""
MOST = 200
"""Names that are offered."""
TIMEOUT_S = 0.2
IN_CASE = "(SELECT id FROM cases WHERE name = CAST(:case AS TEXT) OR :case IS NULL ORDER BY created_us DESC, id DESC LIMIT 1)"
"""The named case, or the newest."""
QUERIES = {
    "case": "SELECT name FROM cases ORDER BY created_us DESC, id DESC",
    "model": "SELECT id FROM model ORDER BY created_us DESC",
    "rule": "SELECT id FROM rule ORDER BY id",
    "host": f"SELECT name FROM host WHERE case_id = {IN_CASE} AND same_as IS NULL AND records > 0 ORDER BY name",
    "finding": (
        "SELECT 'F' || f.rank FROM finding f JOIN score_set s ON s.id = f.set_id JOIN model_use u ON u.case_id = s.case_id"
        f" AND u.model_id = s.model_id AND u.kind = 'detector' WHERE s.case_id = {IN_CASE} ORDER BY f.rank"
    ),
}
"""By what is asked for, the likeliest first."""


def names(folder: Path, kind: str, case: str | None = None) -> list[str]:
    """At most MOST names of a kind, of a case where the kind has one; [] for whatever stands in the way."""
    file = folder / FILE
    try:
        if not file.is_file():
            return []
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=TIMEOUT_S)) as connection:
            rows = connection.execute(f"{QUERIES[kind]} LIMIT {MOST}", {"case": case} if ":case" in QUERIES[kind] else {})
            return [str(name) for (name,) in rows]
    except (OSError, ValueError, sqlite3.Error):
        return []
