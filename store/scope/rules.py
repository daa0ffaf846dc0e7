"""What a scope covers and which verdict counts for a chain."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from engine.errors import UsageError
from store.base.packed import ABOVE, STEP_BYTES
from store.base.views import Coverage, LabelView
from store.evidence.cases import host_id
from store.schema.chains import Chain, ChainHost
from store.scope.scopes import Scope, parse

WRITTEN = (
    "SELECT CASE WHEN a.key LIKE 'name:%' THEN CAST(substr(a.key, 6) AS BLOB) ELSE folded(CAST(a.name AS BLOB)) END"
    " FROM host a WHERE a.case_id = c.case_id AND coalesce(a.same_as, a.id) = {host}"
)
"""SQL: how scopes may write a host, under each of its names; see `Scope.text`."""
ONLY_HOST = "(SELECT o.host_id FROM chain_host o WHERE o.chain_id = c.id)"
"""SQL: the host that chain `c` occurs on. Only where that is one."""


OWN = "l.case_id = c.case_id AND l.chain_key = c.key"
"""SQL: label `l` was given to chain `c` itself, whatever its scope."""
BEGINS = "l.case_id = c.case_id AND l.steps IS NOT NULL AND l.steps <= c.steps AND substr(c.steps, 1, length(l.steps)) = l.steps"
"""SQL: label `l` is on a beginning of chain `c`."""
LONGEST_FIRST = "ORDER BY length(l.steps) DESC, l.event_id DESC"


def _precedence(host: str | None, longer_than: int) -> tuple[tuple[str, str], ...]:
    """Which verdict counts for chain `c`, the definition: FROM and WHERE over the labels `l`, the narrowest first.

    A verdict on the host, one on the chain, one on the longest beginning, the newer of two equally long ones. Each part leaves
    one row or none, and the first row is the answer. `host`: SQL for the id of the host in question; None: a host is in
    question only where the chain occurs on no other. Of verdicts under two names of one host the newer counts.
    """
    written = WRITTEN.format(host=host or ONLY_HOST)
    alone = "c.host_count = 1 AND " if host is None else ""
    longer = f" AND length(l.steps) > {longer_than * STEP_BYTES}" if longer_than else ""
    return (
        (
            "label_current l",
            f"{alone}{OWN} AND l.scope LIKE 'host:%' AND CAST(substr(l.scope, 6) AS BLOB) IN ({written})"
            " ORDER BY l.event_id DESC LIMIT 1",
        ),
        ("label_current l", f"{OWN} AND l.scope = ''"),
        # Without statistics SQLite would take the primary key here and read every label of the case for every chain; the
        # partial index holds only prefixes.
        ("label_current l INDEXED BY label_current_prefix", f"{BEGINS}{longer} {LONGEST_FIRST} LIMIT 1"),
    )


def effective_sql(*, host: str | None = None, longer_than: int = 0, column: str = "verdict") -> str:
    """SQL: the verdict that counts for chain `c` (on a host, see `_precedence`); NULL when undecided.

    `column`: of `label_current`, something else of that verdict.

    `longer_than`: of the prefixes only those with more steps count, so that what a verdict on a prefix of so many would meet
    is told apart from what it replaces.
    """
    parts = (f"(SELECT l.{column} FROM {source} WHERE {where})" for source, where in _precedence(host, longer_than))
    return f"coalesce({', '.join(parts)})"


EFFECTIVE = effective_sql()
EFFECTIVE_ON_HOST = effective_sql(host="h.id")
"""For what `c` is on the host `h`."""
ACT = f"coalesce((SELECT e.batch FROM label_event e WHERE e.id = {effective_sql(column='event_id')}), 0)"
"""SQL: the act that gave chain `c` the verdict that counts. What was undone and redone has the act that it had first; verdicts
whose act a damage took away are of one."""
LABEL = "l.chain_key, l.scope, l.verdict, l.note, l.author, l.at_us"


OF_CHAIN = "c.case_id = ?1 AND c.key = ?2"


def _label_sql(host: str | None) -> str:
    """The query for the whole label whose verdict counts, of the chain with the key ?2 in the case ?1."""
    parts = (
        f"SELECT * FROM (SELECT {place} AS place, {LABEL} FROM chain c CROSS JOIN {source} WHERE {OF_CHAIN} AND {where})"
        for place, (source, where) in enumerate(_precedence(host, 0))
    )
    return " UNION ALL ".join(parts) + " ORDER BY place LIMIT 1"


LABEL_ANYWHERE, LABEL_ON_HOST = _label_sql(None), _label_sql("?3")
CONCERNING = tuple(
    f"SELECT {LABEL} FROM chain c CROSS JOIN label_current l WHERE {OF_CHAIN} AND {which}"
    for which in (f"{OWN} AND l.steps IS NULL ORDER BY l.scope DESC", f"{BEGINS} {LONGEST_FIRST}")
)


def prefix_steps(steps: bytes, scope: Scope) -> bytes | None:
    """The packed steps of a prefix scope, None for other scopes. Raises UsageError for more steps than the chain has."""
    if scope.prefix is None:
        return None
    if not 0 < scope.prefix * STEP_BYTES <= len(steps):
        raise UsageError(f"The chain has {len(steps) // STEP_BYTES} steps, not {scope.prefix}.")
    return steps[: scope.prefix * STEP_BYTES]


def stored_prefix(connection: Connection, case: int, key: str, scope: str) -> bytes | None:
    """The same for a label that is there already; None also when its chain is gone."""
    parsed = parse(scope)
    if parsed.prefix is None:
        return None
    steps = connection.execute(select(Chain.steps).where(Chain.case_id == case, Chain.key == key)).scalar()
    return None if steps is None else bytes(steps)[: parsed.prefix * STEP_BYTES]


def coverage(connection: Connection, case: int, chain: tuple[int, bytes], scope: Scope) -> Coverage:
    """Recorded processes, hosts and chains under a verdict on `chain` with `scope`."""
    chain_id, steps = chain
    if scope.prefix is not None:
        first = prefix_steps(steps, scope) or b""
        inside = [Chain.case_id == case, Chain.steps >= first, Chain.steps < first + ABOVE]
    else:
        inside = [Chain.id == chain_id]
    query = (
        select(
            func.coalesce(func.sum(ChainHost.count), 0),
            func.count(ChainHost.host_id.distinct()),
            func.count(Chain.id.distinct()),
        )
        .select_from(Chain)
        .join(ChainHost, ChainHost.chain_id == Chain.id)
        .where(*inside)
    )
    if scope.host is not None:
        query = query.where(ChainHost.host_id == host_id(connection, case, scope.host))
    return Coverage(*connection.execute(query).one())


def effective(connection: Connection, case: int, key: str, host: str | None = None) -> LabelView | None:
    """The label whose verdict counts for a chain on a host; without `host` as in the queue: see `_precedence`."""
    if host is None:
        found = connection.exec_driver_sql(LABEL_ANYWHERE, (case, key)).one_or_none()
    else:
        found = connection.exec_driver_sql(LABEL_ON_HOST, (case, key, host_id(connection, case, host))).one_or_none()
    return None if found is None else view(found)


def concerning(connection: Connection, case: int, key: str) -> tuple[LabelView, ...]:
    """Every label that covers a chain or some of its processes: on hosts, on the chain, on beginnings from the longest."""
    return tuple(view(row) for query in CONCERNING for row in connection.exec_driver_sql(query, (case, key)))


def view(row: Any) -> LabelView:
    """A current verdict as it leaves the store."""
    return LabelView(row.chain_key, row.scope, row.verdict, row.note, row.author, row.at_us)
