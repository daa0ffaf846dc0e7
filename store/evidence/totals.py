"""What is derived over all hosts of a case: totals per chain and per source."""

from __future__ import annotations

from sqlalchemy import Connection

CHAINS = """
UPDATE chain SET count = total.count, host_count = total.hosts, first_us = total.first_us, last_us = total.last_us
FROM (
    SELECT chain.id AS chain_id, coalesce(sum(chain_host.count), 0) AS count, count(chain_host.host_id) AS hosts,
           min(chain_host.first_us) AS first_us, max(chain_host.last_us) AS last_us
    FROM chain LEFT JOIN chain_host ON chain_host.chain_id = chain.id
    WHERE chain.case_id = ?1 GROUP BY chain.id
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


def refresh(connection: Connection, case_id: int) -> None:
    """Bring totals up to date and drop chains that no longer occur; a labelled chain stays, its verdict may be needed
    again when the log comes back. Needs a write transaction; idempotent.
    """
    connection.exec_driver_sql(CHAINS, (case_id,))
    gone = [(row[0],) for row in connection.exec_driver_sql(GONE, (case_id,))]
    if gone:
        connection.exec_driver_sql("DELETE FROM chain WHERE id = ?", gone)
    counts = {row[0]: row[1] for row in connection.exec_driver_sql(MERGED_COUNTS)}
    sources = connection.exec_driver_sql("SELECT id FROM source WHERE case_id = ?", (case_id,)).scalars().all()
    rows = [(counts.get(source_id, 0), source_id) for source_id in sources]
    if rows:
        connection.exec_driver_sql("UPDATE source SET merged = ? WHERE id = ?", rows)
    connection.exec_driver_sql("UPDATE cases SET stale = 0 WHERE id = ?", (case_id,))
