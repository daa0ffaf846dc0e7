"""What is derived over all hosts of a case: totals per chain and per source.

A chain that is on one host alone has its totals from there (chain_rows.py), and most are. So a run that knows all hosts that were
linked since the totals were right looks at the chains that it met again, which saved a tenth of linking 120,000 different ones.
"""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import Ints
from engine.domain.distinct import distinct
from store.base.blocks import insert_all

SOME = "AND chain.id IN (SELECT id FROM met_chain)"
CHAINS = """
UPDATE chain SET count = total.count, host_count = total.hosts, first_us = total.first_us, last_us = total.last_us
FROM (
    SELECT chain.id AS chain_id, coalesce(sum(chain_host.count), 0) AS count, count(chain_host.host_id) AS hosts,
           min(chain_host.first_us) AS first_us, max(chain_host.last_us) AS last_us
    FROM chain LEFT JOIN chain_host ON chain_host.chain_id = chain.id
    WHERE chain.case_id = ?1 {some} GROUP BY chain.id
) AS total
WHERE chain.id = total.chain_id AND (
    chain.count IS NOT total.count OR chain.host_count IS NOT total.hosts
    OR chain.first_us IS NOT total.first_us OR chain.last_us IS NOT total.last_us
)
"""
GONE = """
SELECT id FROM chain WHERE case_id = ?1 AND count = 0
AND NOT EXISTS (SELECT 1 FROM label_current WHERE case_id = ?1 AND chain_key = chain.key)
"""
MERGED_COUNTS = """
SELECT source_id, count(*) FROM process WHERE merged_into IS NOT NULL GROUP BY source_id
"""
LINKED = "UPDATE cases SET stale = stale + 1 WHERE id = (SELECT case_id FROM host WHERE id = ?) RETURNING id, stale"


class Met:
    """The chains that a run met again on the hosts that it linked.

    The column stale of a case counts the hosts that anybody has linked since totals were refreshed: where it is not what this run
    left there, another process has linked or refreshed meanwhile, or was killed before it refreshed, and all chains have to be
    looked at.
    """

    def __init__(self) -> None:
        self._stale: dict[int, int] = {}
        self._chains: dict[int, list[Ints] | None] = {}

    def note(self, connection: Connection, host_id: int, met: Ints | None) -> None:
        """A host was linked; None where it had chains that it may have lost. Needs the transaction that wrote its links."""
        case_id, stale = connection.exec_driver_sql(LINKED, (host_id,)).one()
        known = self._chains.setdefault(case_id, [])
        if known is not None and met is not None and stale == self._stale.get(case_id, 0) + 1:
            known.append(met)
        else:
            self._chains[case_id] = None
        self._stale[case_id] = stale

    def some(self, case_id: int) -> bool:
        """Whether a host of the case was linked."""
        return case_id in self._stale

    def of(self, case_id: int, stale: int) -> Ints | None:
        """The chains whose totals may be others, None where all may; `stale` is what the case says now."""
        found = self._chains.get(case_id)
        if found is None or stale != self._stale[case_id]:
            return None
        return distinct(np.concatenate([np.zeros(0, np.int64), *found]))


def refresh(connection: Connection, case_id: int, chains: Ints | None = None) -> None:
    """Bring the totals of some chains up to date, or of all, and drop chains that no longer occur; a labelled chain stays, its
    verdict may be needed again when the log comes back. Needs a write transaction; idempotent.
    """
    if chains is None:
        connection.exec_driver_sql(CHAINS.format(some=""), (case_id,))
        gone = [(row[0],) for row in connection.exec_driver_sql(GONE, (case_id,))]
        if gone:
            connection.exec_driver_sql("DELETE FROM chain WHERE id = ?", gone)
    elif len(chains):
        connection.exec_driver_sql("CREATE TEMP TABLE IF NOT EXISTS met_chain (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("DELETE FROM met_chain")
        insert_all(connection, "INSERT INTO met_chain VALUES (?)", zip(chains.tolist(), strict=True))
        connection.exec_driver_sql(CHAINS.format(some=SOME), (case_id,))
    counts = {row[0]: row[1] for row in connection.exec_driver_sql(MERGED_COUNTS)}
    sources = connection.exec_driver_sql("SELECT id FROM source WHERE case_id = ?", (case_id,)).scalars().all()
    rows = [(counts.get(source_id, 0), source_id) for source_id in sources]
    if rows:
        connection.exec_driver_sql("UPDATE source SET merged = ? WHERE id = ?", rows)
    connection.exec_driver_sql("UPDATE cases SET stale = 0 WHERE id = ?", (case_id,))
