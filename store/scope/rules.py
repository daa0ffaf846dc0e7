"""What a scope covers and which verdict counts for a chain."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, func, select

from engine.errors import UsageError
from store.base.packed import ABOVE, STEP_BYTES
from store.base.views import Coverage, LabelView
from store.evidence.cases import host_id
from store.schema.chains import Chain, ChainHost
from store.schema.evidence import Host
from store.schema.verdicts import LabelCurrent
from store.scope.scopes import WHOLE, Scope, parse
from store.scope.state import current_row


def effective_sql(*, longer_than: int = 0, column: str = "verdict") -> str:
    """SQL: the verdict of chain `c`; NULL when undecided. A verdict on one host counts where the chain occurs on no other.

    `column`: of `label_current`, something else of that verdict.

    `longer_than`: of the prefixes only those with more steps count, so that what a verdict on a prefix of so many would meet
    is told apart from what it replaces.
    """
    longer = f" AND length(l.steps) > {longer_than * STEP_BYTES}" if longer_than else ""
    # Without statistics SQLite would take the primary key for the last part and read every label of the case for every chain;
    # the partial index holds only prefixes.
    return f"""
coalesce(
    (SELECT l.{column} FROM label_current l CROSS JOIN chain_host o CROSS JOIN host h WHERE c.host_count = 1
        AND l.case_id = c.case_id AND l.chain_key = c.key AND l.scope LIKE 'host:%'
        AND o.chain_id = c.id AND h.id = o.host_id AND CAST(substr(l.scope, 6) AS BLOB) =
            CASE WHEN h.key LIKE 'name:%' THEN CAST(substr(h.key, 6) AS BLOB) ELSE folded(CAST(h.name AS BLOB)) END),
    (SELECT l.{column} FROM label_current l WHERE l.case_id = c.case_id AND l.chain_key = c.key AND l.scope = ''),
    (SELECT l.{column} FROM label_current l INDEXED BY label_current_prefix
        WHERE l.case_id = c.case_id AND l.steps IS NOT NULL AND l.steps <= c.steps
        AND substr(c.steps, 1, length(l.steps)) = l.steps{longer} ORDER BY length(l.steps) DESC, l.event_id DESC LIMIT 1)
)
"""


EFFECTIVE = effective_sql()
ACT = f"coalesce((SELECT e.batch FROM label_event e WHERE e.id = {effective_sql(column='event_id')}), 0)"
"""SQL: the act that gave chain `c` the verdict that counts. What was undone and redone has the act that it had first; verdicts
whose act a damage took away are of one."""


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


def effective(connection: Connection, case: int, key: str, steps: bytes, host: str | None) -> LabelView | None:
    """Host's verdict, else the chain's, else the longest prefix's. Without `host` that of the only host it occurs on."""
    host = only_host(connection, case, key) if host is None else host
    scopes = [WHOLE] if host is None else [Scope(host=host).text, WHOLE]
    for scope in scopes:
        found = current_row(connection, case, key, scope)
        if found is not None:
            return view(found)
    found = connection.execute(_prefixes(case, steps).limit(1)).one_or_none()
    return None if found is None else view(found)


def concerning(connection: Connection, case: int, key: str, steps: bytes) -> tuple[LabelView, ...]:
    """Every verdict that covers a chain or some of its processes: on hosts, on the chain, on prefixes from the longest."""
    own = (
        select(LabelCurrent.__table__)
        .where(LabelCurrent.case_id == case, LabelCurrent.chain_key == key, LabelCurrent.steps.is_(None))
        .order_by(LabelCurrent.scope.desc())
    )
    return tuple(view(row) for query in (own, _prefixes(case, steps)) for row in connection.execute(query))


def only_host(connection: Connection, case: int, key: str) -> str | None:
    """The name of the host that a chain occurs on, None when there are several."""
    query = (
        select(Host.name)
        .join(ChainHost, ChainHost.host_id == Host.id)
        .join(Chain, Chain.id == ChainHost.chain_id)
        .where(Chain.case_id == case, Chain.key == key)
        .limit(2)
    )
    names = connection.execute(query).scalars().all()
    return names[0] if len(names) == 1 else None


def _prefixes(case: int, steps: bytes) -> Select[Any]:
    return (
        select(LabelCurrent.__table__)
        .where(LabelCurrent.case_id == case, LabelCurrent.steps.is_not(None))
        .where(LabelCurrent.steps == func.substr(steps, 1, func.length(LabelCurrent.steps)))
        .order_by(func.length(LabelCurrent.steps).desc(), LabelCurrent.event_id.desc())
    )


def view(row: Any) -> LabelView:
    """A current verdict as it leaves the store."""
    return LabelView(row.chain_key, row.scope, row.verdict, row.note, row.author, row.at_us)
