"""No table of which chains contain a path: nothing searched it any more, and it was most of the rows that a new chain wrote."""

from __future__ import annotations

from alembic import op

revision = "0017_no_chain_steps"
down_revision = "0016_hash_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate."""
    op.execute("DROP TABLE chain_step")


def downgrade() -> None:
    """Not offered: the copy made before a migration is the way back."""
    raise NotImplementedError
