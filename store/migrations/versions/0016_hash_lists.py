"""Lists of known-good and known-bad hashes that a case was compared with. No case has any yet, so each queue stays."""

from __future__ import annotations

from alembic import op

revision = "0016_hash_lists"
down_revision = "0015_ingested"
branch_labels = None
depends_on = None

TABLES = (
    """
CREATE TABLE hash_list (
    id INTEGER NOT NULL,
    case_id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    path TEXT NOT NULL,
    sha256 VARCHAR NOT NULL,
    hashes INTEGER NOT NULL,
    strange INTEGER NOT NULL,
    unread INTEGER NOT NULL,
    compared INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    CONSTRAINT pk_hash_list PRIMARY KEY (id),
    CONSTRAINT fk_hash_list_case_id FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE
)
    """,
    """
CREATE TABLE hash_listed (
    list_id INTEGER NOT NULL,
    string_id INTEGER NOT NULL,
    CONSTRAINT pk_hash_listed PRIMARY KEY (list_id, string_id),
    CONSTRAINT fk_hash_listed_list_id FOREIGN KEY(list_id) REFERENCES hash_list (id) ON DELETE CASCADE
) WITHOUT ROWID
    """,
    "CREATE INDEX hash_list_case ON hash_list (case_id)",
    "ALTER TABLE cases ADD COLUMN lists_us INTEGER DEFAULT '0' NOT NULL",
)


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate."""
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    """Not offered: the copy made before a migration is the way back."""
    raise NotImplementedError
