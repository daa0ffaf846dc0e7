"""Findings are alike incidents of processes; verdicts can be on a process and on a variant.

Scores of before keep their chains and lose their findings, which covered processes that nobody had looked at: the case is scored
anew when it is next ranked. Verdicts stay what they were: those on chains are verdicts on chains. Rows that were what was written
are written down anew with their further columns; those that were not keep what was said of them.
"""

from __future__ import annotations

from alembic import op

revision = "0013_incidents"
down_revision = "0012_ends"
branch_labels = None
depends_on = None

STATEMENTS = (
    "DELETE FROM finding",
    "UPDATE score SET member_of = 0",
    "DELETE FROM witness WHERE kind IN ('scores', 'learnt')",
    "DELETE FROM learnt_queue",
    "ALTER TABLE finding ADD COLUMN incidents INTEGER DEFAULT '1' NOT NULL",
    "ALTER TABLE finding ADD COLUMN odd INTEGER DEFAULT '0' NOT NULL",
    "ALTER TABLE finding ADD COLUMN lead INTEGER DEFAULT '0' NOT NULL",
    "ALTER TABLE label_event ADD COLUMN about TEXT DEFAULT '' NOT NULL",
    """
CREATE TABLE incident (
    set_id INTEGER NOT NULL,
    finding INTEGER NOT NULL,
    place INTEGER NOT NULL,
    number INTEGER NOT NULL,
    host_id INTEGER NOT NULL,
    top INTEGER NOT NULL,
    lead INTEGER NOT NULL,
    score DOUBLE NOT NULL,
    processes INTEGER NOT NULL,
    odd INTEGER NOT NULL,
    first_us INTEGER,
    last_us INTEGER,
    CONSTRAINT pk_incident PRIMARY KEY (set_id, finding, place),
    CONSTRAINT fk_incident_set_id FOREIGN KEY(set_id) REFERENCES score_set (id) ON DELETE CASCADE
)
 WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX incident_number ON incident (set_id, number)",
    """
CREATE TABLE covered (
    set_id INTEGER NOT NULL,
    process_id INTEGER NOT NULL,
    incident INTEGER NOT NULL,
    odd INTEGER NOT NULL,
    score DOUBLE,
    CONSTRAINT pk_covered PRIMARY KEY (set_id, process_id),
    CONSTRAINT fk_covered_set_id FOREIGN KEY(set_id) REFERENCES score_set (id) ON DELETE CASCADE
)
 WITHOUT ROWID
    """,
    "CREATE INDEX covered_incident ON covered (set_id, incident)",
    """
CREATE TABLE finding_chain (
    set_id INTEGER NOT NULL,
    finding INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    processes INTEGER NOT NULL,
    odd INTEGER NOT NULL,
    CONSTRAINT pk_finding_chain PRIMARY KEY (set_id, finding, rank),
    CONSTRAINT fk_finding_chain_set_id FOREIGN KEY(set_id) REFERENCES score_set (id) ON DELETE CASCADE
)
 WITHOUT ROWID
    """,
    "CREATE INDEX finding_chain_rank ON finding_chain (set_id, rank)",
    """
CREATE TABLE variant (
    set_id INTEGER NOT NULL,
    chain_id INTEGER NOT NULL,
    shape INTEGER NOT NULL,
    processes INTEGER NOT NULL,
    hosts INTEGER NOT NULL,
    score DOUBLE,
    lead INTEGER NOT NULL,
    CONSTRAINT pk_variant PRIMARY KEY (set_id, chain_id, shape),
    CONSTRAINT fk_variant_set_id FOREIGN KEY(set_id) REFERENCES score_set (id) ON DELETE CASCADE
)
 WITHOUT ROWID
    """,
    """
CREATE TABLE related (
    set_id INTEGER NOT NULL,
    from_process INTEGER NOT NULL,
    to_process INTEGER NOT NULL,
    how VARCHAR NOT NULL,
    evidence TEXT NOT NULL,
    CONSTRAINT pk_related PRIMARY KEY (set_id, from_process, to_process),
    CONSTRAINT fk_related_set_id FOREIGN KEY(set_id) REFERENCES score_set (id) ON DELETE CASCADE
)
 WITHOUT ROWID
    """,
    """
CREATE TABLE process_verdict (
    process_id INTEGER NOT NULL,
    case_id INTEGER NOT NULL,
    chain_id INTEGER NOT NULL,
    verdict VARCHAR NOT NULL,
    event_id INTEGER NOT NULL,
    own INTEGER NOT NULL,
    CONSTRAINT pk_process_verdict PRIMARY KEY (process_id),
    CONSTRAINT fk_process_verdict_case_id FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_process_verdict_case_id ON process_verdict (case_id)",
    "CREATE INDEX process_verdict_chain ON process_verdict (chain_id)",
    "CREATE INDEX label_current_narrow ON label_current (case_id, scope) WHERE scope >= 'process:' AND scope < 'variant;'",
    "ALTER TABLE taught_verdict RENAME TO taught_by_chain",
    """
CREATE TABLE taught_verdict (
    model_id VARCHAR NOT NULL,
    case_id INTEGER NOT NULL,
    chain_key VARCHAR NOT NULL,
    shape INTEGER NOT NULL,
    verdict VARCHAR NOT NULL,
    held_out DOUBLE,
    CONSTRAINT pk_taught_verdict PRIMARY KEY (model_id, case_id, chain_key, shape),
    CONSTRAINT fk_taught_verdict_model_id FOREIGN KEY(model_id) REFERENCES model (id) ON DELETE CASCADE,
    CONSTRAINT fk_taught_verdict_case_id FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE
)
 WITHOUT ROWID
    """,
    "INSERT INTO taught_verdict SELECT model_id, case_id, chain_key, -1, verdict, held_out FROM taught_by_chain",
    "DROP TABLE taught_by_chain",
    "CREATE INDEX taught_verdict_chain ON taught_verdict (case_id, chain_key)",
)
BEFORE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "label_event": (
        ("id",), ("case_id", "batch", "action", "undoes", "chain_key", "scope", "old_verdict", "old_event", "verdict", "note",
                  "author", "at_us", "restores"),
    ),
    "taught_verdict": (("model_id", "case_id", "chain_key"), ("verdict", "held_out")),
}  # fmt: skip
WATCHED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "label_event": (
        ("id",), ("case_id", "batch", "action", "undoes", "chain_key", "scope", "old_verdict", "old_event", "verdict", "note",
                  "author", "at_us", "restores", "about"),
    ),
    "taught_verdict": (("model_id", "case_id", "chain_key", "shape"), ("verdict", "held_out")),
}  # fmt: skip
"""Tables of which more is repeated, as it was and as it is in this version of the schema."""


def quoted(columns: tuple[str, ...], of: str) -> str:
    """SQL: the columns of a row as one text that tells NULL, numbers and texts apart."""
    return " || ',' || ".join(f"quote({of}{column})" for column in columns)


def triggers() -> dict[str, str]:
    """Name -> statement."""
    found = {}
    for table, (key, columns) in WATCHED.items():
        forget = f"DELETE FROM witness WHERE kind = '{table}' AND key = {quoted(key, 'OLD.')};"
        new = f"'{table}', {quoted(key, 'NEW.')}, {quoted(columns, 'NEW.')}"
        say = f"INSERT OR REPLACE INTO witness (kind, key, said) VALUES ({new});"
        watched = ", ".join((*key, *columns))
        for name, when, does in (
            ("added", "INSERT", say),
            ("changed", f"UPDATE OF {watched}", f"{forget} {say}"),
            ("gone", "DELETE", forget),
        ):
            trigger = f"witness_{table}_{name}"
            found[trigger] = f"CREATE TRIGGER {trigger} AFTER {when} ON {table} BEGIN {does} END"
    return found


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate."""
    for table in BEFORE:
        for when in ("added", "changed", "gone"):
            op.execute(f"DROP TRIGGER IF EXISTS witness_{table}_{when}")
    for statement in (*STATEMENTS, *triggers().values()):
        op.execute(statement)
    for table, (key, columns) in BEFORE.items():
        new_key, now = WATCHED[table]
        keys = f"{quoted(key, '')} AS old, {quoted(new_key, '')} AS key"
        said = f"SELECT {keys}, {quoted(columns, '')} AS before, {quoted(now, '')} AS now"
        op.execute(
            f"UPDATE witness SET key = o.key, said = o.now FROM ({said} FROM {table}) o"
            f" WHERE witness.kind = '{table}' AND witness.key = o.old AND witness.said = o.before"
        )


def downgrade() -> None:
    """Not offered: the copy made before a migration is the way back."""
    raise NotImplementedError
