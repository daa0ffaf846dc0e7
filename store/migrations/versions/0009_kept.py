"""What verdicts do not change of a queue is kept. Nothing is computed here: the first re-ranking does that."""

from __future__ import annotations

from alembic import op

revision = "0009_kept"
down_revision = "0008_taught_verdicts"

STATEMENTS = (
    """
CREATE TABLE kept (
    set_id INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    made_from VARCHAR NOT NULL,
    head TEXT NOT NULL,
    digest VARCHAR NOT NULL,
    CONSTRAINT pk_kept PRIMARY KEY (set_id, name),
    CONSTRAINT fk_kept_set_id FOREIGN KEY(set_id) REFERENCES score_set (id) ON DELETE CASCADE
)
    """,
    """
CREATE TABLE kept_part (
    set_id INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    part INTEGER NOT NULL,
    data BLOB NOT NULL,
    CONSTRAINT pk_kept_part PRIMARY KEY (set_id, name, part),
    CONSTRAINT fk_kept_part_set_id_name FOREIGN KEY(set_id, name) REFERENCES kept (set_id, name) ON DELETE CASCADE
)
    """,
)


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate."""
    for statement in STATEMENTS:
        op.execute(statement)
