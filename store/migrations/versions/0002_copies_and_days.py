"""Where else the same content was found, and on how many days a host was active (the unit of alert budgets)."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    """
CREATE TABLE source_copy (
    source_id INTEGER NOT NULL,
    path TEXT NOT NULL,
    CONSTRAINT pk_source_copy PRIMARY KEY (source_id, path),
    CONSTRAINT fk_source_copy_source_id FOREIGN KEY(source_id) REFERENCES source (id) ON DELETE CASCADE
)
 WITHOUT ROWID
    """,
    "ALTER TABLE host ADD COLUMN active_days INTEGER DEFAULT '0' NOT NULL",
    "DROP INDEX process_source",
    "CREATE INDEX process_source ON process (source_id) WHERE source_id IS NOT NULL",
    # Filled by linking, which the next ingest into the case does again.
    "UPDATE host SET unlinked = 1",
)


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate."""
    for statement in STATEMENTS:
        op.execute(statement)
