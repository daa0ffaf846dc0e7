"""Which verdicts taught a classifier, and which classifier a case uses by them.

A case uses the newest of the classifiers it was given whose every teaching verdict still holds, and none where there is no such
one. That is a function of the verdicts that are effective and of nothing before: taking a verdict back retires what was taught
with it and puts back what was in use before; giving it again brings the newer one back. Whatever changes verdicts calls
`verdicts_changed` in its own transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from sqlalchemy import Connection

from engine.classifier.trust import WHOLE
from store.base.clock import now_us
from store.base.interning import in_chunks
from store.base.upsert import replace_into
from store.scope import told
from store.scope.rules import EFFECTIVE
from store.scores import rows as score_rows

CLASSIFIER = "classifier"
Taught = Mapping[tuple[str, int], tuple[str, float | None]]
"""Chain key and shape of the command line -> verdict that taught, and what a learner that did not see it said (log odds; None:
not known)."""
LOST_CHAINS = f"""
SELECT count(*) FROM taught_verdict t LEFT JOIN chain c ON c.case_id = t.case_id AND c.key = t.chain_key
WHERE t.model_id = ? AND t.shape = {WHOLE} AND t.verdict <> coalesce({EFFECTIVE}, (
    SELECT g.verdict FROM label_current g WHERE c.id IS NULL AND g.case_id = t.case_id AND g.chain_key = t.chain_key
    AND g.scope = ''), '')
"""
"""A chain that a later ingest has taken away keeps its own verdict: nobody took that back."""
VARIANTS = (
    f"SELECT case_id, chain_key, shape, verdict FROM taught_verdict WHERE model_id = ? AND shape <> {WHOLE} ORDER BY case_id"
)
GONE = (
    "SELECT l.chain_key, l.verdict FROM label_current l WHERE l.case_id = {case} AND l.chain_key IN ({{}})"
    " AND NOT EXISTS (SELECT 1 FROM chain c WHERE c.case_id = l.case_id AND c.key = l.chain_key)"
)
GIVEN = "SELECT model_id FROM classifier_use WHERE case_id = ? GROUP BY model_id ORDER BY max(id) DESC"
IN_USE = "SELECT model_id FROM model_use WHERE case_id = ? AND kind = 'classifier'"


def write(connection: Connection, case: int, model_id: str, taught: Taught) -> None:
    """Keep what taught a classifier. Needs a write transaction."""
    rows = [(model_id, case, key, shape, verdict, held_out) for (key, shape), (verdict, held_out) in taught.items()]
    if rows:
        key = ("model_id", "case_id", "chain_key", "shape")
        connection.exec_driver_sql(replace_into("taught_verdict", (*key, "verdict", "held_out"), key), rows)


def read(connection: Connection, case: int, model_id: str) -> dict[tuple[str, int], tuple[str, float | None]]:
    """The verdicts of a case that taught a classifier; {} where it was taught elsewhere."""
    query = "SELECT chain_key, shape, verdict, held_out FROM taught_verdict WHERE model_id = ? AND case_id = ?"
    rows = connection.exec_driver_sql(query, (model_id, case))
    return {(key, int(shape)): (verdict, held_out) for key, shape, verdict, held_out in rows}


def lost(connection: Connection, model_id: str) -> int:
    """How many of the verdicts that taught a classifier, in whatever case, do not hold any more."""
    count = int(connection.exec_driver_sql(LOST_CHAINS, (model_id,)).scalar_one())
    rows = connection.exec_driver_sql(VARIANTS, (model_id,)).all()
    for case, group in groupby(rows, key=lambda row: row.case_id):
        taught = [(row.chain_key, int(row.shape), row.verdict) for row in group]
        keys = sorted({key for key, _, _ in taught})
        now = told.said(connection, case, keys)
        gone = {tuple(row) for row in in_chunks(connection, GONE.format(case=int(case)), keys)}
        count += sum(now.of(key, shape) != verdict and (key, verdict) not in gone for key, shape, verdict in taught)
    return count


def give(connection: Connection, case: int, model_id: str) -> bool:
    """Give a case a classifier. Needs a write transaction. False when it is not the one in use: see `lost`."""
    query = "INSERT INTO classifier_use (case_id, model_id, at_us) VALUES (?, ?, ?)"
    connection.exec_driver_sql(query, (case, model_id, now_us()))
    return settle(connection, case) == model_id


def settle(connection: Connection, case: int) -> str | None:
    """Point a case to the classifier that it should use, and return it. Needs a write transaction."""
    wanted = None
    for (model_id,) in connection.exec_driver_sql(GIVEN, (case,)).all():
        if not lost(connection, model_id):
            wanted = str(model_id)
            break
    present = connection.exec_driver_sql(IN_USE, (case,)).scalar()
    if wanted is None:
        connection.exec_driver_sql("DELETE FROM model_use WHERE case_id = ? AND kind = 'classifier'", (case,))
    elif wanted != present:
        score_rows.point(connection, case, CLASSIFIER, wanted)
    return wanted


def verdicts_changed(connection: Connection, case: int, keys: Sequence[str], *, wide: bool) -> None:
    """Verdicts on these chains of a case, or on some of their processes, changed; `wide`: and on others that begin like them.
    Needs a write transaction.

    Only cases that were given a classifier which one of the chains taught are looked at: the first verdict on a chain, which is
    nearly every one, costs a look into an index.
    """
    found = "SELECT DISTINCT u.case_id FROM taught_verdict t CROSS JOIN classifier_use u ON u.model_id = t.model_id"
    where = f"WHERE t.case_id = {int(case)}"
    if wide:
        cases = {int(row[0]) for row in connection.exec_driver_sql(f"{found} {where}")}
    else:
        cases = {int(row[0]) for row in in_chunks(connection, f"{found} {where} AND t.chain_key IN ({{}})", keys)}
    for number in sorted(cases):
        settle(connection, number)
