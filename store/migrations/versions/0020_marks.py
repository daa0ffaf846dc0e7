"""Marks that rules of others leave on processes: Sigma, Hayabusa, Chainsaw. No case has any yet."""

from __future__ import annotations

from alembic import op

revision = "0020_marks"
down_revision = "0019_exceptions"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE mark_set (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    case_id INTEGER NOT NULL,
    origin VARCHAR NOT NULL,
    path TEXT NOT NULL,
    sha256 VARCHAR NOT NULL,
    asked INTEGER NOT NULL,
    lost INTEGER NOT NULL,
    processes INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    CONSTRAINT fk_mark_set_case_id FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE
)
    """,
    """
CREATE TABLE mark_rule (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    set_id INTEGER NOT NULL,
    title TEXT NOT NULL,
    level VARCHAR NOT NULL,
    rule TEXT NOT NULL,
    techniques VARCHAR NOT NULL,
    CONSTRAINT fk_mark_rule_set_id FOREIGN KEY(set_id) REFERENCES mark_set (id) ON DELETE CASCADE
)
    """,
    """
CREATE TABLE mark (
    process_id INTEGER NOT NULL,
    rule_id INTEGER NOT NULL,
    CONSTRAINT pk_mark PRIMARY KEY (process_id, rule_id),
    CONSTRAINT fk_mark_rule_id FOREIGN KEY(rule_id) REFERENCES mark_rule (id) ON DELETE CASCADE
) WITHOUT ROWID
    """,
    "CREATE INDEX mark_set_case ON mark_set (case_id)",
    "CREATE INDEX mark_rule_set ON mark_rule (set_id)",
    "CREATE INDEX mark_of_rule ON mark (rule_id)",
)


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Not offered: the copy made before a migration is the way back."""
    raise NotImplementedError
