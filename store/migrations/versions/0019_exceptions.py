"""Exceptions: verdicts that are kept for later cases, how much of each case they cover, and what of each scoring."""

from __future__ import annotations

from alembic import op

revision = "0019_exceptions"
down_revision = "0018_custody"
branch_labels = None
depends_on = None

WATCHED = (
    "key", "image", "ancestors", "root", "host", "command", "alone", "verdict", "reason", "owner", "note",
    "created_us", "expires_us",
)  # fmt: skip
"""What of an exception the second account repeats (store/schema/witness_tables.py), as it is in this version of the schema."""

STATEMENTS = (
    """
CREATE TABLE exception (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "key" VARCHAR NOT NULL,
    image TEXT NOT NULL,
    ancestors TEXT NOT NULL,
    root INTEGER NOT NULL,
    host TEXT NOT NULL,
    command TEXT NOT NULL,
    alone INTEGER NOT NULL,
    verdict VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    owner TEXT NOT NULL,
    note TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    expires_us INTEGER,
    CONSTRAINT uq_exception_key UNIQUE ("key")
)
    """,
    """
CREATE TABLE exception_use (
    exception_id INTEGER NOT NULL,
    case_id INTEGER NOT NULL,
    processes INTEGER NOT NULL,
    hosts INTEGER NOT NULL,
    first_us INTEGER,
    last_us INTEGER,
    CONSTRAINT pk_exception_use PRIMARY KEY (exception_id, case_id),
    CONSTRAINT fk_exception_use_exception_id FOREIGN KEY(exception_id) REFERENCES exception (id) ON DELETE CASCADE,
    CONSTRAINT fk_exception_use_case_id FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE
) WITHOUT ROWID
    """,
    "CREATE INDEX exception_use_case ON exception_use (case_id)",
    """
CREATE TABLE exception_covered (
    set_id INTEGER NOT NULL,
    process_id INTEGER NOT NULL,
    exception_id INTEGER NOT NULL,
    finding INTEGER NOT NULL,
    CONSTRAINT pk_exception_covered PRIMARY KEY (set_id, process_id, exception_id),
    CONSTRAINT fk_exception_covered_set_id FOREIGN KEY(set_id) REFERENCES score_set (id) ON DELETE CASCADE,
    CONSTRAINT fk_exception_covered_exception_id FOREIGN KEY(exception_id) REFERENCES exception (id) ON DELETE CASCADE
) WITHOUT ROWID
    """,
    "CREATE INDEX exception_covered_by ON exception_covered (exception_id, set_id)",
)


def triggers() -> list[str]:
    """Those of the second account."""
    said = " || ',' || ".join(f"quote(NEW.{column})" for column in WATCHED)
    forget = "DELETE FROM witness WHERE kind = 'exception' AND key = quote(OLD.id);"
    say = f"INSERT OR REPLACE INTO witness (kind, key, said) VALUES ('exception', quote(NEW.id), {said});"
    moments = (
        ("added", "INSERT", say), ("changed", f"UPDATE OF {', '.join(('id', *WATCHED))}", f"{forget} {say}"),
        ("gone", "DELETE", forget),
    )  # fmt: skip
    return [f"CREATE TRIGGER witness_exception_{name} AFTER {when} ON exception BEGIN {does} END" for name, when, does in moments]


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate."""
    for statement in (*STATEMENTS, *triggers()):
        op.execute(statement)


def downgrade() -> None:
    """Not offered: the copy made before a migration is the way back."""
    raise NotImplementedError
