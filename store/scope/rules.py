"""What a scope covers and which verdict counts: for a process, for a chain as a row of a queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from engine.errors import UsageError
from store.base import ids
from store.base.interning import in_chunks
from store.base.packed import STEP_BYTES
from store.base.views import LabelView
from store.evidence.cases import host_id
from store.narrow.record_names import PROCESS
from store.narrow.resolved import VARIANT
from store.scope.scopes import Scope

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

    A verdict on the host, one on the chain, one on the longest beginning, the newer of two equally long ones. Those on variants
    and processes count more than any of these and are resolved already, in `process_verdict`: see OF_PROCESS and EFFECTIVE. Each
    part leaves one row or none, and the first row is the answer. `host`: SQL for the id of the host in question; None: a host is
    in question only where the chain occurs on no other. Of verdicts under two names of one host the newer counts.
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


def effective_sql(*, host: str | None = None, longer_than: int = 0, column: str = "verdict", kinds: int = 3) -> str:
    """SQL: the verdict that counts for chain `c` (on a host, see `_precedence`) as far as it is on no variant and no process;
    NULL when undecided.

    `column`: of `label_current`, something else of that verdict.

    `longer_than`: of the prefixes only those with more steps count, so that what a verdict on a prefix of so many would meet
    is told apart from what it replaces. `kinds`: only so many kinds of scopes count, the narrowest first.
    """
    parts = [f"(SELECT l.{column} FROM {source} WHERE {where})" for source, where in _precedence(host, longer_than)[:kinds]]
    return f"coalesce({', '.join(parts)}, NULL)"


WIDE = effective_sql()
"""SQL: what counts for chain `c` where no narrower verdict, on a variant or a process, says something else."""
EFFECTIVE_ON_HOST = effective_sql(host="h.id")
"""The same for what `c` is on the host `h`."""
OF_PROCESS = f"coalesce((SELECT v.verdict FROM process_verdict v WHERE v.process_id = p.id), {EFFECTIVE_ON_HOST})"
"""SQL: the verdict that counts for process `p`, which ends in chain `c` on the host `h`: the narrowest."""
NARROWER = "EXISTS (SELECT 1 FROM process_verdict v WHERE v.chain_id = c.id)"
"""SQL: one of the processes that end in chain `c` has a verdict by itself or by its variant."""
ON_THIS_HOST = "SELECT count(*) FROM process_verdict w WHERE w.chain_id = c.id AND w.process_id >> 32 = x.host_id"
"""SQL: how many of them on the host of `x`, a row of `chain_host`."""


def _as_a_row(narrow: str, wide: str) -> str:
    """SQL: `narrow` of the verdicts `v` where chain `c` has narrower ones and all its recorded processes agree, `wide` where it
    has none; NULL where they do not agree.
    """
    own = "SELECT min(verdict) AS least, max(verdict) AS most, max(event_id) AS newest FROM process_verdict WHERE chain_id = c.id"
    return (
        f"CASE WHEN {NARROWER} THEN (SELECT {narrow} FROM ({own}) v WHERE v.least = v.most AND NOT EXISTS ("
        f"SELECT 1 FROM chain_host x WHERE x.chain_id = c.id AND {effective_sql(host='x.host_id')} IS NOT v.least"
        f" AND x.count > ({ON_THIS_HOST}))) ELSE {wide} END"
    )


EFFECTIVE = _as_a_row("v.least", WIDE)
"""SQL: the verdict of chain `c` as a row of a queue; NULL when undecided, and where its processes have different ones."""


def act_sql(event: str) -> str:
    """SQL: the act (batch) that gave the verdict of an event (SQL for its id); 0 for verdicts whose act a damage took away.

    What was undone and redone has the act that it had first, and so has what only got another note since: a note is no verdict.
    Events lead back to older ones only, so that a forged circle ends.
    """
    return (
        "coalesce((WITH RECURSIVE back (id, batch, same) AS ("
        f"SELECT e.id, e.batch, CASE WHEN e.old_verdict IS e.verdict THEN e.old_event END FROM label_event e WHERE e.id = {event}"
        " UNION ALL SELECT e.id, e.batch, CASE WHEN e.old_verdict IS e.verdict THEN e.old_event END"
        " FROM back CROSS JOIN label_event e ON e.id = back.same WHERE e.id < back.id"
        ") SELECT min(batch) FROM back), 0)"
    )


ACT = act_sql(_as_a_row("v.newest", effective_sql(column="event_id")))
"""SQL: the act that gave chain `c` the verdict that counts, the newest of several."""
ON_HOSTS = f"EXISTS (SELECT 1 FROM label_current l WHERE {OWN} AND l.scope LIKE 'host:%')"
DECIDED = f"""
CASE WHEN {WIDE} IS NOT NULL THEN c.count WHEN {ON_HOSTS} THEN (
    SELECT coalesce(sum(CASE WHEN {effective_sql(host="x.host_id")} IS NOT NULL THEN x.count ELSE ({ON_THIS_HOST}) END), 0)
    FROM chain_host x WHERE x.chain_id = c.id
) ELSE (SELECT count(*) FROM process_verdict v WHERE v.chain_id = c.id) END
"""
"""SQL: how many of the recorded processes that end in chain `c` have a verdict."""
LABEL = "l.chain_key, l.scope, l.verdict, l.note, l.author, l.at_us"


OF_CHAIN = "c.case_id = ?1 AND c.key = ?2"


def _label_sql(host: str | None) -> str:
    """The query for the whole label whose verdict counts, of the chain with the key ?2 in the case ?1."""
    parts = (
        f"SELECT * FROM (SELECT {place} AS place, {LABEL} FROM chain c CROSS JOIN {source} WHERE {OF_CHAIN} AND {where})"
        for place, (source, where) in enumerate(_precedence(host, 0))
    )
    return " UNION ALL ".join(parts) + " ORDER BY place LIMIT 1"


LABEL_WIDE, LABEL_ON_HOST = _label_sql(None), _label_sql("?3")
OF_EVENT = "CROSS JOIN label_event e ON e.id = {event} CROSS JOIN label_current l ON l.case_id = e.case_id"
NARROW_LABEL = (
    f"SELECT {{more}}{LABEL} FROM {{source}} {OF_EVENT} AND l.chain_key = e.chain_key AND l.scope = e.scope WHERE {{where}}"
)
"""SQL: the whole label behind a row of `process_verdict`."""
LABEL_ANYWHERE = NARROW_LABEL.format(
    more="", source="chain c", event=_as_a_row("v.newest", effective_sql(column="event_id")), where=OF_CHAIN
)
LABELS_OF_PROCESSES = NARROW_LABEL.format(
    more="v.process_id, ", source="process_verdict v", event="v.event_id", where="v.process_id IN ({})"
)
NARROW_LABELS = NARROW_LABEL.format(
    more="DISTINCT l.event_id, CASE WHEN v.own = 1 THEN v.process_id END, ", event="v.event_id",
    source="chain c CROSS JOIN process_verdict v ON v.chain_id = c.id", where=f"{OF_CHAIN} ORDER BY l.event_id",
)  # fmt: skip
CONCERNING = tuple(
    f"SELECT {LABEL} FROM chain c CROSS JOIN label_current l WHERE {OF_CHAIN} AND {which}"
    for which in (
        f"{OWN} AND l.steps IS NULL AND l.scope NOT LIKE 'process:%' ORDER BY l.scope DESC",
        f"{BEGINS} {LONGEST_FIRST}",
    )
)


def prefix_steps(steps: bytes, scope: Scope) -> bytes | None:
    """The packed steps of a prefix scope, None for other scopes. Raises UsageError for more steps than the chain has."""
    if scope.prefix is None:
        return None
    if not 0 < scope.prefix * STEP_BYTES <= len(steps):
        raise UsageError(f"The chain has {len(steps) // STEP_BYTES} steps, not {scope.prefix}.")
    return steps[: scope.prefix * STEP_BYTES]


def steps_of(connection: Connection, case: int, keys: Sequence[str]) -> dict[str, bytes]:
    """Chain key -> packed steps, of the chains that there are."""
    query = f"SELECT key, steps FROM chain WHERE case_id = {int(case)} AND key IN ({{}})"
    return {row[0]: bytes(row[1]) for row in in_chunks(connection, query, list(dict.fromkeys(keys)))}


def ends_of(connection: Connection, processes: Sequence[int]) -> dict[int, str]:
    """Process -> key of the chain that it ends in, of those that end in one."""
    query = "SELECT p.id, c.key FROM process p CROSS JOIN chain c ON c.id = p.chain_id WHERE p.id IN ({})"
    return {row[0]: row[1] for row in in_chunks(connection, query, list(processes))}


def effective(connection: Connection, case: int, key: str, host: str | None = None) -> LabelView | None:
    """The label whose verdict counts for a chain; without `host` as in the queue, of several narrower ones that agree the newest.
    On a host what counts for its processes that have no narrower one.
    """
    if host is None:
        found = connection.exec_driver_sql(LABEL_ANYWHERE, (case, key)).one_or_none()
    else:
        found = connection.exec_driver_sql(LABEL_ON_HOST, (case, key, host_id(connection, case, host))).one_or_none()
    return None if found is None else view(found)


def deciding(connection: Connection, case: int, key: str) -> tuple[tuple[LabelView, int | None], ...]:
    """What decides a chain as in the queue, oldest first: labels, each with the process that it is on; () when undecided."""
    label = effective(connection, case, key)
    if label is None or not label.scope.startswith((PROCESS, VARIANT)):
        return () if label is None else ((label, None),)
    return tuple((LabelView(*row[2:]), row[1]) for row in connection.exec_driver_sql(NARROW_LABELS, (case, key)))


def of_processes(connection: Connection, processes: Sequence[int]) -> dict[int, LabelView]:
    """Process -> the label on it or on its variant, of those that have one."""
    return {row[0]: LabelView(*row[1:]) for row in in_chunks(connection, LABELS_OF_PROCESSES, list(processes))}


def of_each(connection: Connection, case: int, processes: Sequence[int]) -> dict[int, LabelView]:
    """Process -> the label that counts for it: on itself, on its variant, else on its chain. Those without one are left out."""
    found = of_processes(connection, processes)
    wide: dict[tuple[str, int], LabelView | None] = {}
    for process, key in ends_of(connection, [number for number in processes if number not in found]).items():
        host = ids.host_of(process)
        if (key, host) not in wide:
            row = connection.exec_driver_sql(LABEL_ON_HOST, (case, key, host)).one_or_none()
            wide[key, host] = None if row is None else view(row)
        if (label := wide[key, host]) is not None:
            found[process] = label
    return found


def concerning(connection: Connection, case: int, key: str) -> tuple[LabelView, ...]:
    """Every label that covers a chain or many of its processes: on variants, on hosts, on the chain, on beginnings from the
    longest. Those on single processes are told with the processes.
    """
    return tuple(view(row) for query in CONCERNING for row in connection.exec_driver_sql(query, (case, key)))


def view(row: Any) -> LabelView:
    """A current verdict as it leaves the store."""
    return LabelView(row.chain_key, row.scope, row.verdict, row.note, row.author, row.at_us)
