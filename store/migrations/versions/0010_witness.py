"""A second account of what an export is made of (store/schema/witness_tables.py).

What small tables hold now is taken for true. The digests of hosts and scorings are made when those are next written; until then
the doctor says that they cannot be checked.
"""

from __future__ import annotations

from alembic import op

revision = "0010_witness"
down_revision = "0009_kept"

TABLE = """
CREATE TABLE witness (
    kind VARCHAR NOT NULL,
    "key" VARCHAR NOT NULL,
    said VARCHAR NOT NULL,
    CONSTRAINT pk_witness PRIMARY KEY (kind, "key")
)
 WITHOUT ROWID
"""

WATCHED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "cases": (("id",), ("name", "created_us")),
    "source": (("id",), ("case_id", "path", "sha256", "size", "format", "state", "kept", "rejected")),
    "host": (("id",), ("case_id", "key", "name", "active_days")),
    "image": (("id",), ("string_id", "os", "path_id")),
    "model": (("id",), ("kind", "manifest_sha256", "manifest")),
    "model_use": (("case_id", "kind"), ("model_id",)),
    "score_set": (("id",), ("case_id", "model_id", "threshold", "chains", "signals", "metrics")),
    "label_event": (
        ("id",), ("case_id", "batch", "action", "undoes", "chain_key", "scope", "verdict", "note", "author", "at_us", "restores"),
    ),
    "label_current": (("case_id", "chain_key", "scope"), ("verdict", "note", "author", "at_us", "event_id", "steps")),
}  # fmt: skip
"""As it is in this version of the schema: later ones have migrations of their own."""


def quoted(columns: tuple[str, ...], of: str) -> str:
    """SQL: the columns of a row as one text that tells NULL, numbers and texts apart."""
    return " || ',' || ".join(f"quote({of}{column})" for column in columns)


def triggers() -> dict[str, str]:
    """Name -> statement."""
    found = {}
    for table, (key, columns) in WATCHED.items():
        forget = f"DELETE FROM witness WHERE kind = '{table}' AND key = {quoted(key, 'OLD.')};"
        new = f"'{table}', {quoted(key, 'NEW.')}, {quoted(columns, 'NEW.')}"
        say = f"INSERT OR REPLACE INTO witness (kind, key, said) VALUES ({new});"
        more = {
            "host": " DELETE FROM witness WHERE kind = 'processes' AND key = quote(OLD.id);",
            "score_set": " DELETE FROM witness WHERE kind IN ('scores', 'learnt') AND key = quote(OLD.id);",
        }.get(table, "")
        watched = ", ".join((*key, *columns))
        for name, when, does in (
            ("added", "INSERT", say),
            ("changed", f"UPDATE OF {watched}", f"{forget} {say}"),
            ("gone", "DELETE", forget + more),
        ):
            trigger = f"witness_{table}_{name}"
            found[trigger] = f"CREATE TRIGGER {trigger} AFTER {when} ON {table} BEGIN {does} END"
    return found


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate."""
    op.execute(TABLE)
    for statement in triggers().values():
        op.execute(statement)
    for table, (key, columns) in WATCHED.items():
        op.execute(f"INSERT INTO witness SELECT '{table}', {quoted(key, '')}, {quoted(columns, '')} FROM {table}")
