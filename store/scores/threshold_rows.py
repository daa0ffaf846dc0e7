"""Moving the threshold of a score set: which chains are flagged and to which finding each belongs.

The model is immutable. What a responder can read is a matter of this case, so the threshold that counts is the score set's,
and it is stated as a budget: a fused score is a place inside this queue, so the same number means something else in the next
one, and after the case has grown. Only the budget is remembered. Scores and ranks never change here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from engine.domain.budgets import MOST_PER_HOST_DAY, PER_THOUSAND
from engine.errors import UsageError
from engine.findings.without_processes import group_findings
from store.base.packed import stored_json
from store.chains import corpus
from store.schema import witness
from store.scores import above

BUDGET = "moved_per_host_day"
"""Key in score_set.metrics: the budget that somebody chose for this score set; absent while it is the model's own."""
TOP = """
SELECT s.rank, s.score, c.steps, c.count, s.member_of FROM score s CROSS JOIN chain c ON c.id = s.chain_id
WHERE s.set_id = ? ORDER BY s.rank LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Flagging:
    """What a threshold flags in a case."""

    threshold: float
    """inf when not even the best chain fits into the budget."""
    chains: int
    findings: int
    """Those above the threshold (store.scores.above), of chains that are flagged or of others."""
    processes: int
    """Recorded processes that end in a flagged chain."""


@dataclass(frozen=True, slots=True)
class _Plan:
    flagging: Flagging
    ranks: list[int]
    finding: list[int]


def flag(connection: Connection, set_id: int, allowed: int) -> Flagging:
    """What would be flagged if at most `allowed` chains may be; equal scores are flagged together or not at all."""
    return _plan(connection, set_id, allowed).flagging


def move(connection: Connection, case: int, set_id: int, per_host_day: float) -> Flagging:
    """Make the budget the score set's own. Needs a write transaction; all or nothing. Raises UsageError for no number."""
    if not 0 <= per_host_day <= MOST_PER_HOST_DAY:  # nor is NaN
        raise UsageError(f"{per_host_day} chains per host-day are no budget.", remedy=f"Use 0 to {MOST_PER_HOST_DAY:,.0f}.")
    allowed = chains_of(per_host_day, corpus.host_days(connection, case))
    plan = _plan(connection, set_id, allowed)
    connection.exec_driver_sql("UPDATE score SET finding = 0 WHERE set_id = ? AND finding > 0", (set_id,))
    if plan.ranks:
        connection.exec_driver_sql(
            "UPDATE score SET finding = ? WHERE set_id = ? AND rank = ?",
            [(finding, set_id, rank) for rank, finding in zip(plan.ranks, plan.finding, strict=True)],
        )
    stored = connection.exec_driver_sql("SELECT metrics FROM score_set WHERE id = ?", (set_id,)).scalar_one()
    metrics = stored_json(stored) | {
        BUDGET: per_host_day,
        "flagged": plan.flagging.chains,
        "findings": plan.flagging.findings,
    }
    connection.exec_driver_sql(
        "UPDATE score_set SET threshold = ?, metrics = ? WHERE id = ?", (plan.flagging.threshold, json.dumps(metrics), set_id)
    )
    witness.keep(connection, witness.SCORES, set_id)
    return plan.flagging


def moved_budget(connection: Connection, case: int, model_id: str) -> float | None:
    """Chains per host-day that somebody chose for the scores of a model, None while the model's own budget holds."""
    query = "SELECT metrics FROM score_set WHERE case_id = ? AND model_id = ?"
    stored = connection.exec_driver_sql(query, (case, model_id)).scalar()
    chosen = stored_json(stored).get(BUDGET) if stored else None
    return float(chosen) if isinstance(chosen, int | float) and 0 <= chosen <= MOST_PER_HOST_DAY else None


def chains_of(per_host_day: float, host_days: float) -> int:
    """Whole chains that a budget allows. The small addition undoes the rounding of chains / host-days × host-days."""
    return int(per_host_day * host_days + 1e-6)


def chains_within(connection: Connection, set_id: int, per_thousand: float) -> int:
    """How many chains from the top together keep within a share of the processes; equal scores are in together or not at all.

    Raises UsageError for what is no share.
    """
    if not 0 <= per_thousand <= PER_THOUSAND:
        raise UsageError(f"{per_thousand} of 1,000 processes are no share of them.", remedy="Use 0 to 1,000.")
    total = "SELECT coalesce(sum(c.count), 0) FROM score s CROSS JOIN chain c ON c.id = s.chain_id WHERE s.set_id = ?"
    left = per_thousand / 1000 * connection.exec_driver_sql(total, (set_id,)).scalar_one() + 1e-9
    tied = allowed = 0
    last: float | None = None
    for _rank, score, _steps, count, _member in connection.exec_driver_sql(TOP, (set_id, -1)):
        if score != last:
            last, allowed = score, allowed + tied
            tied = 0
        left -= count
        if left < 0:
            return allowed
        tied += 1
    return allowed + tied


def _plan(connection: Connection, set_id: int, allowed: int) -> _Plan:

    rows = connection.exec_driver_sql(TOP, (set_id, max(allowed, 0) + 1)).all()
    if len(rows) > allowed:  # one row more than allowed was asked for: ties with it are over the budget too
        rows = [row for row in rows if row[1] > rows[-1][1]]
    if not rows:
        return _Plan(Flagging(float("inf"), 0, 0, 0), [], [])
    threshold = float(rows[-1][1])
    if total := above.total(connection, set_id):
        # What only processes end in that are gone since has no finding, and is flagged all the same.
        finding = [row[4] or total + 1 for row in rows]
        findings = above.count(connection, set_id, threshold)
    else:  # scored before there were findings of incidents, or without the processes
        steps, lengths, _used = corpus.unpacked([row[2] for row in rows])
        score = np.array([row[1] for row in rows], dtype=np.float64)
        finding = group_findings(steps, lengths, score, threshold).tolist()
        findings = len(set(finding))
    flagging = Flagging(threshold, len(rows), findings, sum(row[3] for row in rows))
    return _Plan(flagging, [row[0] for row in rows], finding)
