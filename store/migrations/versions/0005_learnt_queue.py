"""The queue as labels re-ordered it. Nothing is computed here: the first ranking of a labelled case does that."""

from __future__ import annotations

from alembic import op

revision = "0005_learnt_queue"
down_revision = "0004_staged"

STATEMENTS = (
    """
CREATE TABLE learnt_queue (
    set_id INTEGER NOT NULL,
    event INTEGER NOT NULL,
    elsewhere INTEGER NOT NULL,
    classifier VARCHAR,
    weight DOUBLE NOT NULL,
    abstains INTEGER NOT NULL,
    created_us INTEGER NOT NULL,
    ranks BLOB NOT NULL,
    score BLOB NOT NULL,
    probability BLOB,
    instant BLOB,
    sequence BLOB,
    effect BLOB NOT NULL,
    cause BLOB NOT NULL,
    findings BLOB NOT NULL,
    tops BLOB NOT NULL,
    finding_score BLOB NOT NULL,
    asks TEXT NOT NULL,
    ask_ranks BLOB NOT NULL,
    metrics TEXT NOT NULL,
    CONSTRAINT pk_learnt_queue PRIMARY KEY (set_id),
    CONSTRAINT fk_learnt_queue_set_id FOREIGN KEY(set_id) REFERENCES score_set (id) ON DELETE CASCADE
)
    """,
)


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate."""
    for statement in STATEMENTS:
        op.execute(statement)
