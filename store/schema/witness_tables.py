"""A second account of what an export is made of, so that a damage that SQLite cannot see is found (store/schema/witness.py).

Small tables are repeated row by row, by triggers: whichever code writes, the account is kept. Large ones have a digest per host
and per scoring instead, written where they are. Rejected: a digest per row in a function of our own, which no other program that
opens the database has, and digests of all small tables at every change, which would read them again.
"""

from __future__ import annotations

from sqlalchemy import DDL, Column, String, Table, event

from store.schema.base import Base, required

WATCHED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "cases": (("id",), ("name", "created_us")),
    "source": (
        ("id",), ("case_id", "path", "sha256", "size", "format", "state", "items", "kept", "rejected", "merged", "error",
                  "started_us", "finished_us", "untrusted", "container", "container_sha256", "notes", "unknown", "collection"),
    ),
    "source_copy": (("source_id", "path"), ("path",)),
    "host": (("id",), ("case_id", "key", "name", "first_us", "last_us", "active_days", "same_as")),
    "host_fact": (("id",), ("host_id", "source_id", "position", "code", "text", "time_us")),
    "host_span": (("host_id", "source_id", "kind"), ("records", "first_us", "last_us", "first_id", "last_id")),
    "host_part": (("host_id", "first"), ("last", "of_host", "of_first")),
    "image": (("id",), ("string_id", "os", "path_id")),
    "model": (("id",), ("kind", "created_us", "manifest_sha256", "manifest", "size")),
    "model_use": (("case_id", "kind"), ("model_id", "at_us")),
    "score_set": (("id",), ("case_id", "model_id", "created_us", "threshold", "chains", "signals", "metrics")),
    "rule_set": (("id",), ("created_us", "fingerprint")),
    "rule": (("id",), ("pattern", "replacement", "state", "version", "support", "cluster", "created_us", "decided_us")),
    "rule_set_member": (("set_id", "place"), ("rule_id",)),
    "label_event": (
        ("id",), ("case_id", "batch", "action", "undoes", "chain_key", "scope", "old_verdict", "old_event", "verdict", "note",
                  "author", "at_us", "restores", "about"),
    ),
    "label_current": (("case_id", "chain_key", "scope"), ("verdict", "note", "author", "at_us", "event_id", "steps")),
    "taught_verdict": (("model_id", "case_id", "chain_key", "shape"), ("verdict", "held_out")),
    "classifier_use": (("id",), ("case_id", "model_id", "at_us")),
    "exception": (
        ("id",), ("key", "image", "ancestors", "root", "host", "command", "alone", "verdict", "reason", "owner", "note",
                  "created_us", "expires_us"),
    ),
}  # fmt: skip
"""Table -> its key, and what of a row is repeated. What is in no account is listed, with the reason, in a test of the doctor."""

WITNESS = Table(
    "witness",
    Base.metadata,
    # A table of WATCHED, or one of the kinds of store/schema/witness.py.
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    required("said", String),
    sqlite_with_rowid=False,
)
"""What a row, or all rows of a host or a scoring, said when they were written."""


def quoted(columns: tuple[str, ...], of: str) -> str:
    """SQL: the columns of a row as one text that tells NULL, numbers and texts apart."""
    return " || ',' || ".join(f"quote({of}{column})" for column in columns)


def triggers() -> dict[str, str]:
    """Name of each trigger -> the statement that makes it."""
    found = {}
    for table, (key, columns) in WATCHED.items():
        forget = f"DELETE FROM witness WHERE kind = '{table}' AND key = {quoted(key, 'OLD.')};"
        new = f"'{table}', {quoted(key, 'NEW.')}, {quoted(columns, 'NEW.')}"
        say = f"INSERT OR REPLACE INTO witness (kind, key, said) VALUES ({new});"
        more = {
            "host": " DELETE FROM witness WHERE kind IN ('processes', 'ends') AND key = quote(OLD.id);",
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


for _statement in triggers().values():
    event.listen(Base.metadata, "after_create", DDL(_statement.replace("%", "%%")))  # type: ignore[no-untyped-call]
