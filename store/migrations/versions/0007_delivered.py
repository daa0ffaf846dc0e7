"""What file a source was delivered in, and how many of its records stand where a checksum is wrong.

Nothing is computed here: sources of before tell neither, until they are ingested again from where they were (the container) or
anew (the checksums).
"""

from __future__ import annotations

from alembic import op

revision = "0007_delivered"
down_revision = "0006_circles"

STATEMENTS = (
    "ALTER TABLE source ADD COLUMN untrusted INTEGER DEFAULT '0' NOT NULL",
    "ALTER TABLE source ADD COLUMN container TEXT",
    "ALTER TABLE source ADD COLUMN container_sha256 VARCHAR",
)


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate."""
    for statement in STATEMENTS:
        op.execute(statement)
