"""Which verdicts taught a classifier, so that taking one back retires it. Older classifiers are traced through the history.

A classifier that an earlier version taught says up to which label event; what the chains' verdicts were then is replayed from
the events. Where one of them was taken back or changed since, the classifier has been in use on verdicts that nobody holds any
more, and is retired here.
"""

from __future__ import annotations

from alembic import op

revision = "0008_taught_verdicts"
down_revision = "0007_delivered"

STATEMENTS = (
    """
CREATE TABLE classifier_use (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    case_id INTEGER NOT NULL,
    model_id VARCHAR NOT NULL,
    at_us INTEGER NOT NULL,
    CONSTRAINT fk_classifier_use_case_id FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE,
    CONSTRAINT fk_classifier_use_model_id FOREIGN KEY(model_id) REFERENCES model (id) ON DELETE CASCADE
)
    """,
    "CREATE INDEX classifier_use_case ON classifier_use (case_id, model_id)",
    "CREATE INDEX ix_classifier_use_model_id ON classifier_use (model_id)",
    """
CREATE TABLE taught_verdict (
    model_id VARCHAR NOT NULL,
    case_id INTEGER NOT NULL,
    chain_key VARCHAR NOT NULL,
    verdict VARCHAR NOT NULL,
    held_out DOUBLE,
    CONSTRAINT pk_taught_verdict PRIMARY KEY (model_id, case_id, chain_key),
    CONSTRAINT fk_taught_verdict_model_id FOREIGN KEY(model_id) REFERENCES model (id) ON DELETE CASCADE,
    CONSTRAINT fk_taught_verdict_case_id FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE
)
 WITHOUT ROWID
    """,
    "CREATE INDEX taught_verdict_chain ON taught_verdict (case_id, chain_key)",
    "INSERT INTO classifier_use (case_id, model_id, at_us)"
    " SELECT case_id, model_id, at_us FROM model_use WHERE kind = 'classifier' ORDER BY at_us",
    # A bare column beside max() is of the row with the maximum. Only verdicts on whole chains: what a prefix or a host covered
    # then is not known any more.
    """
INSERT INTO taught_verdict (model_id, case_id, chain_key, verdict)
SELECT model_id, case_id, chain_key, verdict FROM (
    SELECT m.id AS model_id, e.case_id AS case_id, e.chain_key AS chain_key, e.verdict AS verdict, max(e.id)
    FROM model_use u JOIN model m ON m.id = u.model_id JOIN cases o ON o.id = u.case_id
    JOIN label_event e ON e.case_id = u.case_id
    WHERE u.kind = 'classifier' AND e.scope = ''
        AND CASE WHEN json_valid(m.manifest) THEN
            json_extract(m.manifest, '$.cases') = json_array(o.name) AND e.id <= json_extract(m.manifest, '$.label_event')
        ELSE 0 END
    GROUP BY m.id, e.case_id, e.chain_key)
WHERE verdict IN ('malicious', 'benign', 'false_positive')
    """,
    """
DELETE FROM model_use WHERE kind = 'classifier' AND model_id IN (
    SELECT t.model_id FROM taught_verdict t LEFT JOIN label_current l
        ON l.case_id = t.case_id AND l.chain_key = t.chain_key AND l.scope = ''
    WHERE l.verdict IS NULL OR l.verdict <> t.verdict)
    """,
)


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate."""
    for statement in STATEMENTS:
        op.execute(statement)
