"""Ends of processes, what logs say of their hosts, spans of hosts and sources, and hosts that are one.

Sources and hosts of before keep what they have: a source without a collection keeps the host that is named after it. Spans are
made when a host is next linked. Rows of `source` and `host` that were what was written are written down anew with their further
columns; those that were not keep what was said of them.
"""

from __future__ import annotations

from alembic import op

revision = "0012_ends"
down_revision = "0011_accounts"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE source ADD COLUMN notes TEXT DEFAULT '[]' NOT NULL",
    "ALTER TABLE source ADD COLUMN unknown INTEGER DEFAULT '0' NOT NULL",
    "ALTER TABLE source ADD COLUMN collection TEXT",
    "ALTER TABLE host ADD COLUMN given INTEGER DEFAULT '0' NOT NULL",
    "ALTER TABLE host ADD COLUMN same_as INTEGER",
    "UPDATE host SET given = records",
    """
CREATE TABLE process_end (
    id INTEGER NOT NULL,
    host_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    numbers BLOB NOT NULL,
    guids BLOB NOT NULL,
    CONSTRAINT pk_process_end PRIMARY KEY (id),
    CONSTRAINT fk_process_end_host_id FOREIGN KEY(host_id) REFERENCES host (id) ON DELETE CASCADE,
    CONSTRAINT fk_process_end_source_id FOREIGN KEY(source_id) REFERENCES source (id) ON DELETE CASCADE
)
    """,
    "CREATE INDEX process_end_host ON process_end (host_id)",
    "CREATE INDEX process_end_source ON process_end (source_id)",
    """
CREATE TABLE host_fact (
    id INTEGER NOT NULL,
    host_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    code TEXT NOT NULL,
    text TEXT NOT NULL,
    time_us INTEGER,
    CONSTRAINT pk_host_fact PRIMARY KEY (id),
    CONSTRAINT fk_host_fact_host_id FOREIGN KEY(host_id) REFERENCES host (id) ON DELETE CASCADE,
    CONSTRAINT fk_host_fact_source_id FOREIGN KEY(source_id) REFERENCES source (id) ON DELETE CASCADE
)
    """,
    "CREATE INDEX host_fact_host ON host_fact (host_id)",
    "CREATE INDEX host_fact_source ON host_fact (source_id)",
    """
CREATE TABLE host_span (
    host_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    records INTEGER NOT NULL,
    first_us INTEGER,
    last_us INTEGER,
    first_id INTEGER,
    last_id INTEGER,
    CONSTRAINT pk_host_span PRIMARY KEY (host_id, source_id, kind),
    CONSTRAINT fk_host_span_host_id FOREIGN KEY(host_id) REFERENCES host (id) ON DELETE CASCADE,
    CONSTRAINT fk_host_span_source_id FOREIGN KEY(source_id) REFERENCES source (id) ON DELETE CASCADE
)
 WITHOUT ROWID
    """,
    "CREATE INDEX host_span_source ON host_span (source_id)",
    """
CREATE TABLE host_part (
    host_id INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    of_host INTEGER NOT NULL,
    of_first INTEGER NOT NULL,
    CONSTRAINT pk_host_part PRIMARY KEY (host_id, first),
    CONSTRAINT fk_host_part_host_id FOREIGN KEY(host_id) REFERENCES host (id) ON DELETE CASCADE
)
 WITHOUT ROWID
    """,
)

BEFORE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "source": (
        ("id",), ("case_id", "path", "sha256", "size", "format", "state", "items", "kept", "rejected", "merged", "error",
                  "started_us", "finished_us", "untrusted", "container", "container_sha256"),
    ),
    "host": (("id",), ("case_id", "key", "name", "first_us", "last_us", "active_days")),
}  # fmt: skip

WATCHED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "source": (
        ("id",), ("case_id", "path", "sha256", "size", "format", "state", "items", "kept", "rejected", "merged", "error",
                  "started_us", "finished_us", "untrusted", "container", "container_sha256", "notes", "unknown", "collection"),
    ),
    "host": (("id",), ("case_id", "key", "name", "first_us", "last_us", "active_days", "same_as")),
    "host_fact": (("id",), ("host_id", "source_id", "position", "code", "text", "time_us")),
    "host_span": (("host_id", "source_id", "kind"), ("records", "first_us", "last_us", "first_id", "last_id")),
    "host_part": (("host_id", "first"), ("last", "of_host", "of_first")),
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
        more = {"host": " DELETE FROM witness WHERE kind IN ('processes', 'ends') AND key = quote(OLD.id);"}.get(table, "")
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
    for statement in (*STATEMENTS, *triggers().values()):
        op.execute(statement)
    for table, (key, columns) in BEFORE.items():
        now = WATCHED[table][1]
        said = f"SELECT {quoted(key, '')} AS key, {quoted(columns, '')} AS before, {quoted(now, '')} AS now"
        op.execute(
            f"UPDATE witness SET said = o.now FROM ({said} FROM {table}) o"
            f" WHERE witness.kind = '{table}' AND witness.key = o.key AND witness.said = o.before"
        )


def downgrade() -> None:
    """Not offered: the copy made before a migration is the way back."""
    raise NotImplementedError
