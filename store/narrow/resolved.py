"""Rows of `process_verdict`: the verdicts on processes and variants, resolved to the processes that they are on.

Derived from `label_current` and from the links of a host, and never from anything else: whatever changes verdicts refreshes what
it touched, whatever changes links makes the rows of its host anew. A verdict on a process stays with it when a parent that
arrives late gives it another chain; one on a variant is on the processes that end in the chain now. A process's own verdict
counts more than its variant's, and of those on two records of one process the newer one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from engine.words.command_shape import shape_number
from store.base import ids
from store.base.interning import in_chunks
from store.base.upsert import replace_into
from store.narrow.record_names import RecordName, names, on_host, parsed, survivors

VARIANT = "variant:"
NARROW = "scope >= 'process:' AND scope < 'variant;'"
"""SQL: a label is on a process or a variant; the condition of the index `label_current_narrow`."""
WRITE = replace_into("process_verdict", ("process_id", "case_id", "chain_id", "verdict", "event_id", "own"), ("process_id",))
ADD = f"{WRITE.partition(' DO UPDATE ')[0]} DO NOTHING"
"""The same where none is there yet."""


class Resolved(NamedTuple):
    """One row of `process_verdict`."""

    process_id: int
    case_id: int
    chain_id: int
    """0 for a process that ends in none."""
    verdict: str
    event_id: int
    own: int


class VariantLabel(NamedTuple):
    """A verdict on a chain's processes of one shape."""

    chain_id: int
    shape: int
    verdict: str
    event_id: int

    def on(self, process: int, case: int) -> Resolved:
        """The row of one of them."""
        return Resolved(process, case, self.chain_id, self.verdict, self.event_id, 0)


def rebuild(connection: Connection, host: int) -> None:
    """Make the rows of a host anew, from the verdicts that hold and the links that it has. Needs a write transaction."""
    connection.exec_driver_sql("DELETE FROM process_verdict WHERE process_id BETWEEN ? AND ?", ids.records(host))
    case = connection.exec_driver_sql("SELECT case_id FROM host WHERE id = ?", (host,)).scalar_one()
    _write(connection, expected(connection, int(case), host).values())


def expected(connection: Connection, case: int, host: int) -> dict[int, Resolved]:
    """What the rows of a host should be, by process."""
    found: dict[int, Resolved] = {}
    for label in variant_labels(connection, case):
        for process in of_variant(connection, label.chain_id, label.shape, host):
            found[process] = label.on(process, case)
    labels = _process_labels(connection, case)
    at = on_host(connection, case, host, labels)
    on: dict[int, tuple[str, int]] = {}
    told = survivors(connection, at.values())
    for name, record in at.items():
        if record in told:
            on[told[record]] = max(on.get(told[record], ("", -1)), labels[name], key=lambda one: one[1])
    chains = _chains(connection, on)
    found.update({process: Resolved(process, case, chains[process], *on[process], 1) for process in on})
    return found


def refresh(connection: Connection, case: int, processes: Iterable[int], variants: Iterable[tuple[str, int]]) -> None:
    """Bring the rows of some processes (by any of their records), and of some variants (chain key, shape), in line with the
    verdicts that hold. Needs a write transaction.
    """
    labels = variant_labels(connection, case)
    for key, shape in set(variants):
        chain = connection.exec_driver_sql("SELECT id FROM chain WHERE case_id = ? AND key = ?", (case, key)).scalar()
        if chain is None:
            continue
        members = list(of_variant(connection, int(chain), shape))
        _forget(connection, members, own=0)
        held = [label for label in labels if (label.chain_id, label.shape) == (chain, shape)]
        rows = [label.on(process, case) for label in held for process in members]
        if rows:
            connection.exec_driver_sql(ADD, [tuple(row) for row in rows])
    _refresh_processes(connection, case, sorted(set(survivors(connection, processes).values())), labels)


def _refresh_processes(connection: Connection, case: int, processes: Sequence[int], labels: Sequence[VariantLabel]) -> None:
    chains = _chains(connection, processes)
    by_variant = {(label.chain_id, label.shape): label for label in labels}
    some = {label.chain_id for label in labels}
    shapes = shapes_of(connection, [process for process in processes if chains[process] in some])
    rows = {}
    for process, number in shapes.items():
        if (label := by_variant.get((chains[process], number))) is not None:
            rows[process] = label.on(process, case)
    for process, (verdict, event) in _own(connection, case, processes).items():
        rows[process] = Resolved(process, case, chains[process], verdict, event, 1)
    _forget(connection, processes)
    _write(connection, rows.values())


def _own(connection: Connection, case: int, processes: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Process -> verdict and event of the label on it, or on another record of it."""
    of = records_of(connection, processes)
    called = names(connection, of)
    held = labels_of(connection, case, [name.text for name in called.values()])
    found: dict[int, tuple[str, int]] = {}
    for record, name in called.items():
        for _, verdict, event in held.get(name.text, ()):
            found[of[record]] = max(found.get(of[record], ("", -1)), (verdict, event), key=lambda one: one[1])
    return found


def records_of(connection: Connection, processes: Sequence[int]) -> dict[int, int]:
    """Record -> process, for all records of some processes."""
    found = {process: process for process in processes}
    query = "SELECT id, merged_into FROM process WHERE merged_into IN ({})"
    return found | {row[0]: row[1] for row in in_chunks(connection, query, list(processes))}


def labels_of(connection: Connection, case: int, scopes: Sequence[str]) -> dict[str, list[tuple[str, str, int]]]:
    """Scope -> (chain key, verdict, event) of the labels on processes with these scopes, whatever chain they were given under."""
    query = (
        "SELECT scope, chain_key, verdict, event_id FROM label_current INDEXED BY label_current_narrow"
        f" WHERE case_id = {int(case)} AND {NARROW} AND scope IN ({{}})"
    )
    found: dict[str, list[tuple[str, str, int]]] = {}
    for scope, key, verdict, event in in_chunks(connection, query, list(dict.fromkeys(scopes))):
        found.setdefault(scope, []).append((key, verdict, event))
    return found


def variant_labels(connection: Connection, case: int) -> list[VariantLabel]:
    """The verdicts on variants of a case's chains."""
    query = (
        "SELECT c.id, l.scope, l.verdict, l.event_id FROM label_current l INDEXED BY label_current_narrow"
        " CROSS JOIN chain c ON c.case_id = l.case_id AND c.key = l.chain_key"
        f" WHERE l.case_id = ? AND l.{NARROW.replace('AND scope', 'AND l.scope')} AND l.scope >= '{VARIANT}'"
    )
    rows = connection.exec_driver_sql(query, (case,)).all()
    return [VariantLabel(int(row[0]), int(row[1].removeprefix(VARIANT), 16), row[2], row[3]) for row in rows]


def of_variant(connection: Connection, chain: int, shape: int, host: int | None = None) -> Iterator[int]:
    """The recorded processes that end in a chain and whose command lines have a shape, in order of their ids."""
    between = (1, 2**63 - 1) if host is None else ids.records(host)
    query = (
        "SELECT id, command FROM process INDEXED BY process_chain WHERE chain_id = ? AND id BETWEEN ? AND ?"
        f" AND id & {ids.FIRST_PLACEHOLDER} = 0 AND merged_into IS NULL ORDER BY id"
    )
    rows = connection.exec_driver_sql(query, (chain, *between)).all()
    numbers = _shape_numbers(connection, {row[1] for row in rows})
    return iter([row[0] for row in rows if numbers[row[1]] == shape])


def shapes_of(connection: Connection, processes: Sequence[int]) -> dict[int, int]:
    """Process -> number of the shape of its command line, 0 where its record has none."""
    rows = in_chunks(connection, "SELECT id, command FROM process WHERE id IN ({})", list(processes))
    numbers = _shape_numbers(connection, {row[1] for row in rows})
    return {row[0]: numbers[row[1]] for row in rows}


def _shape_numbers(connection: Connection, commands: set[int | None]) -> dict[int | None, int]:
    """Id of a text -> number of its shape; of None 0."""
    known = sorted(number for number in commands if number is not None)
    texts = dict(in_chunks(connection, "SELECT id, text FROM string WHERE id IN ({})", known))
    return {None: 0} | {number: shape_number(texts.get(number, "")) for number in known}


def _process_labels(connection: Connection, case: int) -> dict[RecordName, tuple[str, int]]:
    query = (
        "SELECT scope, verdict, event_id FROM label_current INDEXED BY label_current_narrow"
        f" WHERE case_id = ? AND {NARROW} AND scope < 'process;' ORDER BY event_id"
    )
    rows = connection.exec_driver_sql(query, (case,))
    return {name: (verdict, event) for scope, verdict, event in rows if (name := parsed(scope)) is not None}


def _chains(connection: Connection, processes: Iterable[int]) -> dict[int, int]:
    """Process -> the chain that it ends in, 0 for none."""
    query = "SELECT id, coalesce(chain_id, 0) FROM process WHERE id IN ({})"
    return {row[0]: row[1] for row in in_chunks(connection, query, sorted(processes))}


def _forget(connection: Connection, processes: Sequence[int], own: int | None = None) -> None:
    which = "" if own is None else f" AND own = {int(own)}"
    if processes:
        query = f"DELETE FROM process_verdict WHERE process_id = ?{which}"
        connection.exec_driver_sql(query, [(process,) for process in processes])


def _write(connection: Connection, rows: Iterable[Resolved]) -> None:
    if found := [tuple(row) for row in rows]:
        connection.exec_driver_sql(WRITE, found)
