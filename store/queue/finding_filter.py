"""Filters of the queue of findings as SQL: a finding stays when what it covers meets the conditions.

verdicts            one of its odd processes (of all, where none is odd) has such a verdict
host, times         one of its incidents is on the host, within the times
threshold           its oddest process's own score (store.scores.above)
finding             it has the number
where               as store/where/rows.py tells
without             it has none of the numbers
"""

from __future__ import annotations

import json
from typing import Any

from store.queue.filter import QueueFilter
from store.queue.judged import COVERED, PROCESS
from store.schema.models import ScoreSetRow
from store.scope.rules import OF_PROCESS
from store.scores import above
from store.scores.ranking import Ranking
from store.where.keys import UNDECIDED
from store.where.members import LABELLED_CHAINS
from store.where.rows import of_findings

EVERYTHING = QueueFilter()
WITH_VERDICT = (
    f"EXISTS (SELECT 1 FROM ({COVERED.format(which='i.set_id = f.set_id AND i.finding = f.rank')}) v{PROCESS}"
    f" WHERE (v.odd = 1 OR f.odd = 0) AND coalesce({OF_PROCESS}, '{UNDECIDED}') IN ({{}}))"
)
DECIDED = (
    "f.rank IN (SELECT i.finding FROM process_verdict d CROSS JOIN covered v ON v.set_id = ? AND v.process_id = d.process_id"
    " CROSS JOIN incident i INDEXED BY incident_number ON i.set_id = v.set_id AND i.number = v.incident WHERE d.case_id = ?"
    f" UNION SELECT m.finding FROM ({LABELLED_CHAINS}) k CROSS JOIN score s INDEXED BY score_chain"
    " ON s.chain_id = k.chain_id AND s.set_id = ? CROSS JOIN finding_chain m INDEXED BY finding_chain_rank"
    " ON m.set_id = s.set_id AND m.rank = s.rank)"
)
"""Findings in which some process may have a verdict: asking each of the others would be asking all."""
LEAD = "f.rank <= ? AND EXISTS (SELECT 1 FROM covered v WHERE v.set_id = f.set_id AND v.process_id = f.lead AND v.score >= ?)"


def conditions(ranking: Ranking, wanted: QueueFilter) -> tuple[str, tuple[Any, ...]]:
    """Conditions on finding `f` with their parameters; the set is one of them."""
    parts: list[tuple[str, tuple[Any, ...]]] = [("f.set_id = ?", (ranking.set,))]
    if wanted.finding is not None:
        parts.append(("f.rank = ?", (wanted.finding,)))
    if wanted.without:
        parts.append(("f.rank NOT IN (SELECT value FROM json_each(?))", (json.dumps(wanted.without),)))
    if wanted.flagged:
        query = f"SELECT threshold FROM {ScoreSetRow.__tablename__} WHERE id = ?"
        parts.append(_lead(ranking, above.level(ranking.connection.exec_driver_sql(query, (ranking.set,)).scalar_one())))
    if wanted.host_id is not None or wanted.since_us is not None or wanted.until_us is not None:
        parts.append(_occurrence(wanted))
    if wanted.verdicts:
        if UNDECIDED not in wanted.verdicts:
            parts.append((DECIDED, (ranking.set, *(ranking.case,) * 4, ranking.set)))
        parts.append((WITH_VERDICT.format(",".join("?" * len(wanted.verdicts))), wanted.verdicts))
    if wanted.where:
        parts += [(part.sql, part.values) for part in of_findings(ranking, wanted.where)]
    return " AND ".join(sql for sql, _ in parts), tuple(value for _, values in parts for value in values)


def _lead(ranking: Ranking, score: float) -> tuple[str, tuple[Any, ...]]:
    return LEAD, (above.last(ranking.connection, ranking.set, score), score)


def _occurrence(wanted: QueueFilter) -> tuple[str, tuple[Any, ...]]:
    bounds = ((wanted.host_id, "i.host_id = ?"), (wanted.since_us, "i.last_us >= ?"), (wanted.until_us, "i.first_us <= ?"))
    given = [(value, sql) for value, sql in bounds if value is not None]
    on_it = " AND ".join(["i.set_id = f.set_id", "i.finding = f.rank", *(sql for _, sql in given)])
    return f"EXISTS (SELECT 1 FROM incident i WHERE {on_it})", tuple(value for value, _ in given)
