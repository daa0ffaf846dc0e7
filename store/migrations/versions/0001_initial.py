"""The first schema: evidence, chains, models, scores, rules, labels.

Plain SQL, and not `metadata.create_all`: a migration says what the schema was when it was written.
"""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = (
    """
CREATE TABLE cases (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    stale INTEGER DEFAULT '0' NOT NULL,
    CONSTRAINT uq_cases_name UNIQUE (name)
)
    """,
    """
CREATE TABLE chain_step (
    path_id INTEGER NOT NULL,
    chain_id INTEGER NOT NULL,
    CONSTRAINT pk_chain_step PRIMARY KEY (path_id, chain_id)
)
 WITHOUT ROWID
    """,
    """
CREATE TABLE counter (
    name VARCHAR NOT NULL,
    value INTEGER NOT NULL,
    CONSTRAINT pk_counter PRIMARY KEY (name)
)
    """,
    """
CREATE TABLE image (
    id INTEGER NOT NULL,
    string_id INTEGER NOT NULL,
    os VARCHAR NOT NULL,
    path_id INTEGER NOT NULL,
    CONSTRAINT pk_image PRIMARY KEY (id),
    CONSTRAINT uq_image_string_id_os UNIQUE (string_id, os)
)
    """,
    """
CREATE TABLE model (
    id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    created_us INTEGER NOT NULL,
    manifest TEXT NOT NULL,
    manifest_sha256 VARCHAR NOT NULL,
    size INTEGER NOT NULL,
    CONSTRAINT pk_model PRIMARY KEY (id)
)
    """,
    """
CREATE TABLE path (
    id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    text TEXT NOT NULL,
    CONSTRAINT pk_path PRIMARY KEY (id),
    CONSTRAINT uq_path_digest UNIQUE (digest)
)
    """,
    """
CREATE TABLE rule (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    pattern TEXT NOT NULL,
    replacement TEXT NOT NULL,
    state VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    support INTEGER NOT NULL,
    cluster TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    decided_us INTEGER
)
    """,
    """
CREATE TABLE rule_set (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    created_us INTEGER NOT NULL,
    fingerprint VARCHAR NOT NULL
)
    """,
    """
CREATE TABLE string (
    id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    text TEXT NOT NULL,
    CONSTRAINT pk_string PRIMARY KEY (id),
    CONSTRAINT uq_string_digest UNIQUE (digest)
)
    """,
    """
CREATE TABLE chain (
    id INTEGER NOT NULL,
    case_id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    steps BLOB NOT NULL,
    length INTEGER NOT NULL,
    count INTEGER DEFAULT '0' NOT NULL,
    host_count INTEGER DEFAULT '0' NOT NULL,
    first_us INTEGER,
    last_us INTEGER,
    CONSTRAINT pk_chain PRIMARY KEY (id),
    CONSTRAINT uq_chain_case_id_key UNIQUE (case_id, "key"),
    CONSTRAINT fk_chain_case_id FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE
)
    """,
    """
CREATE INDEX chain_steps ON chain (case_id, steps)
    """,
    """
CREATE TABLE host (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    case_id INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    name TEXT NOT NULL,
    records INTEGER DEFAULT '0' NOT NULL,
    unlinked INTEGER DEFAULT '1' NOT NULL,
    linked_us INTEGER,
    first_us INTEGER,
    last_us INTEGER,
    CONSTRAINT uq_host_case_id_key UNIQUE (case_id, "key"),
    CONSTRAINT fk_host_case_id FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE
)
    """,
    """
CREATE TABLE label_current (
    case_id INTEGER NOT NULL,
    chain_key VARCHAR NOT NULL,
    scope TEXT NOT NULL,
    verdict VARCHAR NOT NULL,
    note TEXT NOT NULL,
    author TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    steps BLOB,
    CONSTRAINT pk_label_current PRIMARY KEY (case_id, chain_key, scope),
    CONSTRAINT fk_label_current_case_id FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE
)
 WITHOUT ROWID
    """,
    """
CREATE INDEX label_current_prefix ON label_current (case_id, steps) WHERE steps IS NOT NULL
    """,
    """
CREATE INDEX label_current_verdict ON label_current (case_id, verdict)
    """,
    """
CREATE TABLE label_event (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    case_id INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    action VARCHAR NOT NULL,
    undoes INTEGER,
    chain_key VARCHAR NOT NULL,
    scope TEXT NOT NULL,
    old_verdict VARCHAR,
    old_event INTEGER,
    verdict VARCHAR,
    note TEXT NOT NULL,
    author TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    restores INTEGER,
    CONSTRAINT fk_label_event_case_id FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE
)
    """,
    """
CREATE INDEX label_event_case ON label_event (case_id)
    """,
    """
CREATE TABLE model_use (
    case_id INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    at_us INTEGER NOT NULL,
    CONSTRAINT pk_model_use PRIMARY KEY (case_id, kind),
    CONSTRAINT fk_model_use_case_id FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE,
    CONSTRAINT fk_model_use_model_id FOREIGN KEY(model_id) REFERENCES model (id) ON DELETE CASCADE
)
    """,
    """
CREATE INDEX ix_model_use_model_id ON model_use (model_id)
    """,
    """
CREATE TABLE rule_set_member (
    set_id INTEGER NOT NULL,
    place INTEGER NOT NULL,
    rule_id INTEGER NOT NULL,
    CONSTRAINT pk_rule_set_member PRIMARY KEY (set_id, place),
    CONSTRAINT fk_rule_set_member_set_id FOREIGN KEY(set_id) REFERENCES rule_set (id) ON DELETE CASCADE,
    CONSTRAINT fk_rule_set_member_rule_id FOREIGN KEY(rule_id) REFERENCES rule (id)
)
 WITHOUT ROWID
    """,
    """
CREATE INDEX ix_rule_set_member_rule_id ON rule_set_member (rule_id)
    """,
    """
CREATE TABLE score_set (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    case_id INTEGER NOT NULL,
    model_id VARCHAR NOT NULL,
    created_us INTEGER NOT NULL,
    threshold DOUBLE NOT NULL,
    chains INTEGER NOT NULL,
    signals TEXT NOT NULL,
    metrics TEXT NOT NULL,
    CONSTRAINT uq_score_set_case_id_model_id UNIQUE (case_id, model_id),
    CONSTRAINT fk_score_set_case_id FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE,
    CONSTRAINT fk_score_set_model_id FOREIGN KEY(model_id) REFERENCES model (id) ON DELETE CASCADE
)
    """,
    """
CREATE INDEX ix_score_set_model_id ON score_set (model_id)
    """,
    """
CREATE TABLE source (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    case_id INTEGER NOT NULL,
    path TEXT NOT NULL,
    sha256 VARCHAR NOT NULL,
    size INTEGER NOT NULL,
    format TEXT NOT NULL,
    state VARCHAR NOT NULL,
    items INTEGER DEFAULT '0' NOT NULL,
    kept INTEGER DEFAULT '0' NOT NULL,
    rejected INTEGER DEFAULT '0' NOT NULL,
    merged INTEGER DEFAULT '0' NOT NULL,
    error TEXT,
    started_us INTEGER NOT NULL,
    finished_us INTEGER,
    CONSTRAINT uq_source_case_id_sha256 UNIQUE (case_id, sha256),
    CONSTRAINT fk_source_case_id FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE
)
    """,
    """
CREATE TABLE chain_host (
    host_id INTEGER NOT NULL,
    chain_id INTEGER NOT NULL,
    count INTEGER NOT NULL,
    first_us INTEGER,
    last_us INTEGER,
    CONSTRAINT pk_chain_host PRIMARY KEY (host_id, chain_id),
    CONSTRAINT fk_chain_host_host_id FOREIGN KEY(host_id) REFERENCES host (id) ON DELETE CASCADE,
    CONSTRAINT fk_chain_host_chain_id FOREIGN KEY(chain_id) REFERENCES chain (id) ON DELETE CASCADE
)
 WITHOUT ROWID
    """,
    """
CREATE INDEX chain_host_chain ON chain_host (chain_id)
    """,
    """
CREATE TABLE expectation (
    set_id INTEGER NOT NULL,
    chain_id INTEGER NOT NULL,
    step INTEGER NOT NULL,
    alternatives TEXT NOT NULL,
    sentence TEXT NOT NULL,
    CONSTRAINT pk_expectation PRIMARY KEY (set_id, chain_id),
    CONSTRAINT fk_expectation_set_id FOREIGN KEY(set_id) REFERENCES score_set (id) ON DELETE CASCADE,
    CONSTRAINT fk_expectation_chain_id FOREIGN KEY(chain_id) REFERENCES chain (id) ON DELETE CASCADE
)
 WITHOUT ROWID
    """,
    """
CREATE INDEX expectation_chain ON expectation (chain_id)
    """,
    """
CREATE TABLE process (
    id INTEGER NOT NULL,
    source_id INTEGER,
    position INTEGER NOT NULL,
    record_id TEXT,
    kind INTEGER,
    time_us INTEGER,
    pid INTEGER,
    ppid INTEGER,
    guid TEXT,
    parent_guid TEXT,
    image_id INTEGER,
    parent_image_id INTEGER,
    ancestors TEXT,
    command INTEGER,
    parent_command INTEGER,
    user INTEGER,
    integrity INTEGER,
    cwd INTEGER,
    logon INTEGER,
    original_name INTEGER,
    hashes INTEGER,
    parent_id INTEGER,
    method INTEGER,
    confidence INTEGER,
    exec_of INTEGER,
    chain_id INTEGER,
    merged_into INTEGER,
    CONSTRAINT pk_process PRIMARY KEY (id),
    CONSTRAINT fk_process_source_id FOREIGN KEY(source_id) REFERENCES source (id) ON DELETE CASCADE
)
    """,
    """
CREATE INDEX process_chain ON process (chain_id) WHERE chain_id IS NOT NULL
    """,
    """
CREATE INDEX process_merged ON process (merged_into) WHERE merged_into IS NOT NULL
    """,
    """
CREATE INDEX process_source ON process (source_id, guid) WHERE source_id IS NOT NULL
    """,
    """
CREATE INDEX process_tree ON process (parent_id, coalesce(time_us, 0)) WHERE parent_id IS NOT NULL
    """,
    """
CREATE TABLE reject (
    id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    record_id TEXT,
    sample BLOB,
    CONSTRAINT pk_reject PRIMARY KEY (id),
    CONSTRAINT fk_reject_source_id FOREIGN KEY(source_id) REFERENCES source (id) ON DELETE CASCADE
)
    """,
    """
CREATE INDEX reject_source ON reject (source_id)
    """,
    """
CREATE TABLE score (
    set_id INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    chain_id INTEGER NOT NULL,
    score DOUBLE NOT NULL,
    finding INTEGER NOT NULL,
    worst_step INTEGER NOT NULL,
    step_errors BLOB NOT NULL,
    signals BLOB NOT NULL,
    CONSTRAINT pk_score PRIMARY KEY (set_id, rank),
    CONSTRAINT fk_score_set_id FOREIGN KEY(set_id) REFERENCES score_set (id) ON DELETE CASCADE,
    CONSTRAINT fk_score_chain_id FOREIGN KEY(chain_id) REFERENCES chain (id) ON DELETE CASCADE
)
 WITHOUT ROWID
    """,
    """
CREATE INDEX score_chain ON score (chain_id, set_id)
    """,
    """
CREATE INDEX score_finding ON score (set_id, finding) WHERE finding > 0
    """,
)


def upgrade() -> None:
    """Create everything."""
    for statement in STATEMENTS:
        op.execute(statement)
