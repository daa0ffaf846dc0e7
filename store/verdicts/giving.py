"""From a subject and a verdict to the changes that it takes: on its own scope where that is what was meant, else on processes.

What has a verdict keeps it unless it is to be overwritten. A verdict on a chain, a variant or a beginning also covers what comes
in later ingests; it is given as such where nothing that is decided would get another verdict by it. To overwrite gives the
verdict to what is narrower as well: otherwise that would go on to count more, and the verdict would not cover what it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from store.base import ids
from store.base.packed import ABOVE
from store.evidence.cases import host_id
from store.narrow.record_names import names
from store.narrow.resolved import labels_of, records_of
from store.scope.rules import OWN, prefix_steps
from store.scope.scopes import CHAIN, Scope, parse
from store.verdicts.acts import Change
from store.verdicts.covers import Affected, Covered, Covering
from store.verdicts.extent import Extent
from store.verdicts.subject import OfBranch, OfChain, OfFinding, OfIncident, OfVariant, One


@dataclass(frozen=True, slots=True)
class Wanted:
    """A verdict that is to be given."""

    verdict: str | None
    """None: taken away."""
    note: str | None = None
    """None keeps the note that is there."""
    above: bool = False
    """Only to processes above the threshold."""
    overwrite: bool = False
    """To decided ones too."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The changes, and what they are for."""

    changes: tuple[Change, ...]
    covers: Extent
    """Of a verdict that is taken away what is decided, whatever decides it."""
    left: Mapping[str, int]
    """How many processes keep each verdict that they have."""


class Giving:
    """Plans of one transaction."""

    def __init__(self, connection: Connection, case: int, covering: Covering, wanted: Wanted) -> None:
        self._connection = connection
        self._case = case
        self._covering = covering
        self._wanted = wanted

    def plan(self, parts: Sequence[Covered]) -> Planned:
        """Of everything that a subject covers."""
        wanted = self._wanted
        changes = [change for part in parts for change in self._of(part)]
        whole = self._covering.extent(parts)
        losing = wanted.verdict is None
        covers = (
            whole.judged().part(above=wanted.above, overwrite=True)
            if losing
            else whole.part(above=wanted.above, overwrite=wanted.overwrite)
        )
        kept = {verdict: count - covers.decided.get(verdict, 0) for verdict, count in whole.decided.items()}
        return Planned(tuple(changes), covers, {verdict: count for verdict, count in kept.items() if count})

    def _of(self, part: Covered) -> list[Change]:
        wanted = self._wanted
        if wanted.above or not isinstance(part.one, OfChain | OfVariant):
            return self._listed(part, self._covering.members_of(part, above=wanted.above))
        change = Change(part.one.chain_key, scope_of(part.one), wanted.verdict, wanted.note)
        if wanted.verdict is None or wanted.overwrite:
            return [change, *(self._narrower(part) if wanted.overwrite else [])]
        if all(cell.verdict is not None for cell, _ in part.cells) and part.cells:
            return []
        if any(cell.verdict is not None and not cell.stays for cell, _ in part.cells):
            # A verdict on a host, which one on a variant would count more than.
            return self._listed(part, self._covering.members_of(part, above=False))
        return [change]

    def _listed(self, part: Covered, members: Iterable[Affected]) -> list[Change]:
        """Each process gets the verdict by itself."""
        wanted = self._wanted
        if wanted.verdict is None:
            chosen = [one for one in members if one.own]
        else:
            chosen = [one for one in members if wanted.overwrite or one.verdict is None]
        return self._on_processes({one.id: one.key for one in chosen}, called(part.one))

    def _narrower(self, part: Covered) -> list[Change]:
        """The labels that count more than one on this scope, each with the verdict that is wanted."""
        if isinstance(part.one, OfVariant):
            return self._on_processes({one.id: one.key for one in part.members or () if one.own}, "")
        assert isinstance(part.one, OfChain)
        assert part.chain is not None
        return narrower(self._connection, self._case, part.chain, part.one.scope, self._wanted)

    def _on_processes(self, keys: Mapping[int, str], about: str) -> list[Change]:
        of = {number: about or ids.called(number) for number in keys}
        return on_processes(self._connection, self._case, keys, self._wanted, of)


def narrower(connection: Connection, case: int, chain: tuple[int, bytes], scope: Scope, wanted: Wanted) -> list[Change]:
    """The labels that count more than one on a chain with this scope, each with the verdict that is wanted."""
    number, steps = chain
    first = prefix_steps(steps, scope)
    inside, values = ("c.id = ?", (number,)) if first is None else (
        "c.case_id = ? AND c.steps >= ? AND c.steps < ?", (case, first, first + ABOVE)
    )  # fmt: skip
    processes = "SELECT p.id, c.key FROM chain c CROSS JOIN process_verdict v ON v.chain_id = c.id"
    run = connection.exec_driver_sql
    if scope.host is not None:
        return _on_host(connection, case, number, scope.host, wanted)
    own = f"{processes} CROSS JOIN process p ON p.id = v.process_id WHERE {inside} AND v.own = 1"
    keys = {row[0]: row[1] for row in run(own, values)}
    changes = on_processes(connection, case, keys, wanted, {process: ids.called(process) for process in keys})
    wider = "l.scope LIKE 'host:%' OR l.scope LIKE 'variant:%'"
    if first is not None:
        wider += f" OR l.scope = '' OR length(l.steps) > {len(first)}"
    labels = f"SELECT l.chain_key, l.scope FROM chain c CROSS JOIN label_current l ON {OWN} WHERE {inside} AND ({wider})"
    return changes + [Change(key, parse(text), wanted.verdict, wanted.note) for key, text in run(labels, values)]


def _on_host(connection: Connection, case: int, chain: int, host: str, wanted: Wanted) -> list[Change]:
    """A variant's verdict counts more than a host's and is on other hosts too: what it decides here gets verdicts by process."""
    low, high = ids.records(host_id(connection, case, host))
    query = (
        "SELECT v.process_id, c.key FROM process_verdict v CROSS JOIN chain c ON c.id = v.chain_id"
        " WHERE v.chain_id = ? AND v.process_id BETWEEN ? AND ?"
    )
    keys = {row[0]: row[1] for row in connection.exec_driver_sql(query, (chain, low, high))}
    return on_processes(connection, case, keys, wanted, {process: ids.called(process) for process in keys})


def on_processes(
    connection: Connection, case: int, keys: Mapping[int, str], wanted: Wanted, about: Mapping[int, str]
) -> list[Change]:
    """The changes that give processes (id -> key of the chain) a verdict of their own.

    Where another record of a process has one, that is changed: a process has one verdict. To take it away takes away all.
    """
    of = records_of(connection, list(keys))
    named = names(connection, of)
    held = labels_of(connection, case, [name.text for name in named.values()])
    there: dict[int, list[tuple[int, int, str]]] = {}
    for record, name in named.items():
        for key, _, event in held.get(name.text, ()):
            there.setdefault(of[record], []).append((event, record, key))
    changes = []
    for process in keys:
        own = sorted(there.get(process, []), reverse=True)
        if wanted.verdict is not None:
            own = own[:1] or [(0, process, keys[process])]
        for _, record, key in own:
            scope = Scope(process=named[record])
            changes.append(Change(key, scope, wanted.verdict, wanted.note, about.get(process, ""), record))
    return changes


def scope_of(one: One) -> Scope:
    """Of a verdict on the whole subject, where it has one."""
    if isinstance(one, OfVariant):
        return Scope(variant=one.shape)
    return one.scope if isinstance(one, OfChain) else CHAIN


def called(one: One) -> str:
    """A finding, an incident or a branch as people call it, "" for what else there is: a process is called by its number."""
    if isinstance(one, OfFinding):
        return f"F{one.number}"
    if isinstance(one, OfBranch):
        return f"{ids.called(one.process_id)}/branch"
    return f"F{one.finding}/{one.place}" if isinstance(one, OfIncident) else ""
