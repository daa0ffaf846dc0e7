"""A finding keeps how much each signal has of its score; those of before keep none until the case is scored anew."""

from __future__ import annotations

from alembic import op

revision = "0014_parts"
down_revision = "0013_incidents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate."""
    op.execute("ALTER TABLE finding ADD COLUMN parts BLOB")


def downgrade() -> None:
    """Not offered: the copy made before a migration is the way back."""
    raise NotImplementedError
