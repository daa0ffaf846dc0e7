"""Which files and folders were named to be ingested: no result replaces what lies there. Of earlier ingests nobody knows."""

from __future__ import annotations

from alembic import op

revision = "0015_ingested"
down_revision = "0014_parts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate."""
    op.execute(
        """
CREATE TABLE ingested (
    case_id INTEGER NOT NULL,
    path TEXT NOT NULL,
    CONSTRAINT pk_ingested PRIMARY KEY (case_id, path),
    CONSTRAINT fk_ingested_case_id FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE
) WITHOUT ROWID
        """
    )


def downgrade() -> None:
    """Not offered: the copy made before a migration is the way back."""
    raise NotImplementedError
