"""A quick look at the names in a workspace, for a shell that completes a word: nothing is made, migrated or waited for.

Plain sqlite3 and no topic of the store: loading SQLAlchemy takes longer than anybody waits for a completion.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import islice
from pathlib import Path

FILE = "oddkin.sqlite"
"""store.base.database.DATABASE, which is not imported here."""
MOST = 200
"""Names that are offered."""
TIMEOUT_S = 0.2
IN_CASE = "(SELECT id FROM cases WHERE name = CAST(:case AS TEXT) OR :case IS NULL ORDER BY created_us DESC, id DESC LIMIT 1)"
"""The named case, or the newest."""
IN_USE = (
    "JOIN score_set s ON s.id = f.set_id JOIN model_use u ON u.case_id = s.case_id AND u.model_id = s.model_id"
    f" AND u.kind = 'detector' WHERE s.case_id = {IN_CASE}"
)
"""Rows `f` of the scoring in use."""
QUERIES = {
    "case": "SELECT name FROM cases ORDER BY created_us DESC, id DESC",
    "model": "SELECT id FROM model ORDER BY created_us DESC",
    "rule": "SELECT id FROM rule ORDER BY id",
    "host": f"SELECT name FROM host WHERE case_id = {IN_CASE} AND same_as IS NULL AND records > 0 ORDER BY name",
    "finding": f"SELECT 'F' || f.rank FROM finding f {IN_USE} ORDER BY f.rank",
    "incident": f"SELECT 'F' || f.finding || '/' || f.place FROM incident f {IN_USE} ORDER BY f.finding, f.place",
}
"""By what is asked for, the likeliest first."""


def names(folder: Path, kind: str, case: str | None = None, wanted: Callable[[str], bool] = bool) -> list[str]:
    """The first MOST names of a kind that are `wanted`, of a case where the kind has one; [] for whatever stands in the way."""
    file = folder / FILE
    try:
        if not file.is_file():
            return []
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=TIMEOUT_S)) as connection:
            # One host's name in no encoding (store/base/text.py) must not hide the others.
            connection.text_factory = lambda stored: stored.decode(errors="replace")
            rows = connection.execute(QUERIES[kind], {"case": case} if ":case" in QUERIES[kind] else {})
            return list(islice(filter(wanted, (str(name) for (name,) in rows)), MOST))
    except (OSError, ValueError, sqlite3.Error):
        return []
