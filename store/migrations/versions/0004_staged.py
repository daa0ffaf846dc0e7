"""Records that wait for linking stand packed in a table of their own (store/evidence/staged_rows.py).

Rows of `process` that wait for it already stay there: linking reads both.
"""

from __future__ import annotations

from alembic import op

revision = "0004_staged"
down_revision = "0003_incidents"

STATEMENTS = (
    """
CREATE TABLE staged (
    id INTEGER NOT NULL,
    host_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    numbers BLOB NOT NULL,
    texts BLOB NOT NULL,
    CONSTRAINT pk_staged PRIMARY KEY (id),
    CONSTRAINT fk_staged_host_id FOREIGN KEY(host_id) REFERENCES host (id) ON DELETE CASCADE,
    CONSTRAINT fk_staged_source_id FOREIGN KEY(source_id) REFERENCES source (id) ON DELETE CASCADE
)
    """,
    "CREATE INDEX staged_host ON staged (host_id)",
    "CREATE INDEX staged_source ON staged (source_id)",
)


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate."""
    for statement in STATEMENTS:
        op.execute(statement)
