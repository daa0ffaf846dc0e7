"""The audit: an append-only chain of hashes of what is done with the workspace. Its first entry, which says what was there, is
written when the migrations are through (store/migrations/migrate.py). And what colleagues said of the same evidence.
"""

from __future__ import annotations

from alembic import op

revision = "0018_custody"
down_revision = "0017_no_chain_steps"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE audit (
    number INTEGER NOT NULL,
    entry VARCHAR NOT NULL,
    hash VARCHAR NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (number)
)
    """,
    """
CREATE TABLE merged_event (
    id INTEGER NOT NULL,
    case_id INTEGER NOT NULL,
    digest VARCHAR NOT NULL,
    event VARCHAR NOT NULL,
    CONSTRAINT pk_merged_event PRIMARY KEY (id),
    CONSTRAINT uq_merged_event_case_id_digest UNIQUE (case_id, digest),
    CONSTRAINT fk_merged_event_case_id FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE
)
    """,
    "CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'entries of the audit are not changed'); END",
    "CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'entries of the audit are not removed'); END",
    "CREATE TRIGGER audit_appended BEFORE INSERT ON audit"
    " WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM audit)"
    " BEGIN SELECT RAISE(ABORT, 'entries of the audit are added at its end'); END",
)


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Not offered: the copy made before a migration is the way back."""
    raise NotImplementedError
