"""Findings as incidents: which finding each chain belongs to, the findings themselves, what is told of a chain's signals.

Nothing is grouped here: a case scored before has no findings until it is scored again, and its chains are listed meanwhile.
"""

from __future__ import annotations

from alembic import op

revision = "0003_incidents"
down_revision = "0002"

STATEMENTS = (
    "ALTER TABLE score ADD COLUMN member_of INTEGER DEFAULT '0' NOT NULL",
    "CREATE INDEX score_member ON score (set_id, member_of)",
    "ALTER TABLE expectation ADD COLUMN reasons TEXT DEFAULT '{}' NOT NULL",
    """
CREATE TABLE finding (
    set_id INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    top_rank INTEGER NOT NULL,
    chains INTEGER NOT NULL,
    processes INTEGER NOT NULL,
    hosts INTEGER NOT NULL,
    first_us INTEGER,
    last_us INTEGER,
    CONSTRAINT pk_finding PRIMARY KEY (set_id, rank),
    CONSTRAINT fk_finding_set_id FOREIGN KEY(set_id) REFERENCES score_set (id) ON DELETE CASCADE
)
 WITHOUT ROWID
    """,
)


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate."""
    for statement in STATEMENTS:
        op.execute(statement)
