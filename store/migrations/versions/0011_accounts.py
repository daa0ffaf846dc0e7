"""The second account is of every column that a person or another program is told (store/schema/witness_tables.py).

Rows that were what was written are written down anew, with the further columns as they are. Those that were not keep what was
said of them, and so are found still.
"""

from __future__ import annotations

from alembic import op

revision = "0011_accounts"
down_revision = "0010_witness"

BEFORE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "source": (("id",), ("case_id", "path", "sha256", "size", "format", "state", "kept", "rejected")),
    "host": (("id",), ("case_id", "key", "name", "active_days")),
    "model": (("id",), ("kind", "manifest_sha256", "manifest")),
    "model_use": (("case_id", "kind"), ("model_id",)),
    "score_set": (("id",), ("case_id", "model_id", "threshold", "chains", "signals", "metrics")),
    "label_event": (
        ("id",), ("case_id", "batch", "action", "undoes", "chain_key", "scope", "verdict", "note", "author", "at_us", "restores"),
    ),
}  # fmt: skip

WATCHED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "source": (
        ("id",), ("case_id", "path", "sha256", "size", "format", "state", "items", "kept", "rejected", "merged", "error",
                  "started_us", "finished_us", "untrusted", "container", "container_sha256"),
    ),
    "source_copy": (("source_id", "path"), ("path",)),
    "host": (("id",), ("case_id", "key", "name", "first_us", "last_us", "active_days")),
    "model": (("id",), ("kind", "created_us", "manifest_sha256", "manifest", "size")),
    "model_use": (("case_id", "kind"), ("model_id", "at_us")),
    "score_set": (("id",), ("case_id", "model_id", "created_us", "threshold", "chains", "signals", "metrics")),
    "rule_set": (("id",), ("created_us", "fingerprint")),
    "rule": (("id",), ("pattern", "replacement", "state", "version", "support", "cluster", "created_us", "decided_us")),
    "rule_set_member": (("set_id", "place"), ("rule_id",)),
    "label_event": (
        ("id",), ("case_id", "batch", "action", "undoes", "chain_key", "scope", "old_verdict", "old_event", "verdict", "note",
                  "author", "at_us", "restores"),
    ),
    "taught_verdict": (("model_id", "case_id", "chain_key"), ("verdict", "held_out")),
    "classifier_use": (("id",), ("case_id", "model_id", "at_us")),
}  # fmt: skip
"""Tables of which more is repeated, as it was and as it is in this version of the schema; the second has those that are new."""


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
    for table in BEFORE:
        for when in ("added", "changed", "gone"):
            op.execute(f"DROP TRIGGER IF EXISTS witness_{table}_{when}")
    for statement in triggers().values():
        op.execute(statement)
    for table, (key, columns) in WATCHED.items():
        if table in BEFORE:
            said = f"SELECT {quoted(key, '')} AS key, {quoted(BEFORE[table][1], '')} AS before, {quoted(columns, '')} AS now"
            op.execute(
                f"UPDATE witness SET said = o.now FROM ({said} FROM {table}) o"
                f" WHERE witness.kind = '{table}' AND witness.key = o.key AND witness.said = o.before"
            )
        else:
            op.execute(f"INSERT INTO witness SELECT '{table}', {quoted(key, '')}, {quoted(columns, '')} FROM {table}")
