"""Moving the threshold of a score set: which chains are flagged and to which finding each belongs.

The model is immutable. What a responder can read is a matter of this case, so the threshold that counts is the score set's,
and it is stated as a budget: a fused score is a place inside this queue, so the same number means something else in the next
one, and after the case has grown. Only the budget is remembered. Scores and ranks never change here.

Two kinds of budget: how many chains somebody can read, counted from the top of this queue, and how many clean processes may be
flagged, which is a score (engine.detector.promise) whatever the queue holds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Connection

from engine.domain.budgets import MOST_PER_HOST_DAY, PER_THOUSAND, SETTLED, beyond
from engine.errors import UsageError
from engine.findings.without_processes import group_findings
from store.base.packed import stored_json
from store.chains import corpus
from store.schema import witness
from store.scores import above

if TYPE_CHECKING:
    from engine.detector.promise import Promise

BUDGET = "moved_per_host_day"
"""Key in score_set.metrics: the budget that somebody chose for this score set; absent while it is the model's own."""
RATE = "moved_per_1000"
"""Beside it where that was chosen as a rate of clean processes: the budget is what the rate came to."""
ALL = (1 << 63) - 1
"""Rows of all of a queue."""
TOP = """
SELECT s.rank, s.score, c.steps, c.count, s.member_of FROM score s CROSS JOIN chain c ON c.id = s.chain_id
WHERE s.set_id = ? ORDER BY s.rank LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Flagging:
    """What a threshold flags in a case."""

    threshold: float
    """inf where there is no chain."""
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


@dataclass(frozen=True, slots=True)
class Moved:
    """The budget that somebody chose."""

    per_host_day: float
    per_thousand: float | None
    """Clean processes, where it was chosen so."""


def flag(connection: Connection, set_id: int, allowed: int) -> Flagging:
    """What would be flagged if at most `allowed` chains may be.

    Equal scores are flagged together, and the highest in any case but that of no chain at all.
    """
    return _plan(connection, set_id, allowed).flagging


def move(connection: Connection, case: int, set_id: int, per_host_day: float) -> Flagging:
    """Make the budget the score set's own. Needs a write transaction; all or nothing. Raises UsageError for no number."""
    if not 0 <= per_host_day <= MOST_PER_HOST_DAY:  # nor is NaN
        raise UsageError(f"{per_host_day} chains per host-day are no budget.", remedy=f"Use 0 to {MOST_PER_HOST_DAY:,.0f}.")
    allowed = chains_of(per_host_day, corpus.host_days(connection, case))
    return _make(connection, set_id, _plan(connection, set_id, allowed), Moved(per_host_day, None))


def move_to_rate(connection: Connection, case: int, set_id: int, per_thousand: float) -> Flagging:
    """The same for a budget of 1,000 clean processes. Of scores that promise nothing about those (engine.detector.promise), it is
    spent on the queue itself. Raises UsageError for what is no share.
    """
    if not 0 <= per_thousand <= PER_THOUSAND:
        raise UsageError(f"{per_thousand} of 1,000 processes are no share of them.", remedy="Use 0 to 1,000.")
    promise = promised(connection, set_id)
    days = max(corpus.host_days(connection, case), 1e-9)
    if promise is None:
        plan = _plan(connection, set_id, max(chains_within(connection, set_id, per_thousand), 1))
    else:
        plan = _above(connection, set_id, promise.of_rate(per_thousand))
    return _make(connection, set_id, plan, Moved(min(plan.flagging.chains / days, MOST_PER_HOST_DAY), per_thousand))


def move_again(connection: Connection, case: int, set_id: int, moved: Moved) -> None:
    """The budget of scores that were replaced, for the new ones."""
    if moved.per_thousand is not None:
        move_to_rate(connection, case, set_id, moved.per_thousand)
    else:
        move(connection, case, set_id, moved.per_host_day)


def promised(connection: Connection, set_id: int) -> Promise | None:
    """What these scores' thresholds promise; None of a model that knows no clean host-days."""
    from engine.detector.promise import Promise  # needs the detector's package, which opening a case does not

    return Promise.read(_metrics(connection, set_id))


def _metrics(connection: Connection, set_id: int) -> dict[str, Any]:
    stored = connection.exec_driver_sql("SELECT metrics FROM score_set WHERE id = ?", (set_id,)).scalar_one()
    found: dict[str, Any] = stored_json(stored)
    return found


def _make(connection: Connection, set_id: int, plan: _Plan, moved: Moved) -> Flagging:
    connection.exec_driver_sql("UPDATE score SET finding = 0 WHERE set_id = ? AND finding > 0", (set_id,))
    if plan.ranks:
        connection.exec_driver_sql(
            "UPDATE score SET finding = ? WHERE set_id = ? AND rank = ?",
            [(finding, set_id, rank) for rank, finding in zip(plan.ranks, plan.finding, strict=True)],
        )
    metrics = {name: value for name, value in _metrics(connection, set_id).items() if name != RATE} | {
        BUDGET: moved.per_host_day,
        **({} if moved.per_thousand is None else {RATE: moved.per_thousand}),
        "flagged": plan.flagging.chains,
        "findings": plan.flagging.findings,
    }
    connection.exec_driver_sql(
        "UPDATE score_set SET threshold = ?, metrics = ? WHERE id = ?", (plan.flagging.threshold, json.dumps(metrics), set_id)
    )
    witness.keep(connection, witness.SCORES, set_id)
    return plan.flagging


def moved_budget(connection: Connection, case: int, model_id: str) -> Moved | None:
    """The budget that somebody chose for the scores of a model, None while the model's own holds."""
    query = "SELECT metrics FROM score_set WHERE case_id = ? AND model_id = ?"
    stored = connection.exec_driver_sql(query, (case, model_id)).scalar()
    metrics = stored_json(stored) if stored else {}
    chosen, rate = metrics.get(BUDGET), metrics.get(RATE)
    if not isinstance(chosen, int | float) or not 0 <= chosen <= MOST_PER_HOST_DAY:
        return None
    return Moved(float(chosen), float(rate) if isinstance(rate, int | float) and 0 <= rate <= PER_THOUSAND else None)


def chains_of(per_host_day: float, host_days: float) -> int:
    """Whole chains that a budget allows. The small addition undoes the rounding of chains / host-days × host-days."""
    return int(per_host_day * host_days + 1e-6)


def chains_within(connection: Connection, set_id: int, per_thousand: float) -> int:
    """How many chains from the top together keep within a share of the processes; equal scores are in together or not at all."""
    total = "SELECT coalesce(sum(c.count), 0) FROM score s CROSS JOIN chain c ON c.id = s.chain_id WHERE s.set_id = ?"
    left = per_thousand / 1000 * connection.exec_driver_sql(total, (set_id,)).scalar_one() + 1e-9
    tied = allowed = 0
    last: float | None = None
    for _rank, score, _steps, count, _member in connection.exec_driver_sql(TOP, (set_id, ALL)):
        if score != last:
            last, allowed = score, allowed + tied
            tied = 0
        left -= count
        if left < 0:
            return allowed
        tied += 1
    return allowed + tied


def _plan(connection: Connection, set_id: int, allowed: int) -> _Plan:
    """So many chains; what is settled (engine.detector.certain) is above every threshold, and above this one too."""
    plan = _allowed(connection, set_id, allowed)
    settled = _metrics(connection, set_id).get(SETTLED)
    if isinstance(settled, int | float) and settled < plan.flagging.threshold:
        return _above(connection, set_id, float(settled))
    return plan


def _allowed(connection: Connection, set_id: int, allowed: int) -> _Plan:
    rows = list(connection.exec_driver_sql(TOP, (set_id, max(allowed, 0) + 1)).all())
    if not rows:
        return _Plan(Flagging(float("inf"), 0, 0, 0), [], [])
    highest = float(rows[0][1])
    if allowed <= 0:
        return _Plan(Flagging(beyond(highest), 0, 0, 0), [], [])
    if len(rows) > allowed:  # one row more than allowed was asked for: ties with it are over the budget too
        rows = [row for row in rows if row[1] > rows[-1][1]]
    if not rows:
        return _above(connection, set_id, highest)
    return _planned(connection, set_id, rows, float(rows[-1][1]))


def _above(connection: Connection, set_id: int, threshold: float) -> _Plan:
    """What has a score, wherever in the queue that ends."""
    rows = []
    for row in connection.exec_driver_sql(TOP, (set_id, ALL)):
        if row[1] < threshold:
            break
        rows.append(row)
    return _planned(connection, set_id, rows, threshold)


def _planned(connection: Connection, set_id: int, rows: Sequence[Any], threshold: float) -> _Plan:
    if total := above.total(connection, set_id):
        # What only processes end in that are gone since has no finding, and is flagged all the same.
        finding = [row[4] or total + 1 for row in rows]
        findings = above.count(connection, set_id, threshold)
    else:  # scored before there were findings of incidents, or without the processes
        steps, lengths, _used = corpus.unpacked([row[2] for row in rows])
        score = np.array([row[1] for row in rows], dtype=np.float64)
        finding = group_findings(steps, lengths, score, threshold).tolist() if rows else []
        findings = len(set(finding))
    flagging = Flagging(threshold, len(rows), findings, sum(row[3] for row in rows))
    return _Plan(flagging, [row[0] for row in rows], finding)
