"""The evidence behind the findings of an estate: all sources, hosts and chains, and the records that findings are of.

Records go the way of an ingest (staged, then rows with their links), the links being those that workers found among all records
of the host. Counts of chains, hosts and sources are of everything that was read, and stay it: nothing is linked anew here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import NO_TIME, Ints
from engine.domain.chains import ChainSet
from engine.domain.event_table import tables_of
from engine.fleet.part import LATEST, HostFigures
from engine.fleet.picked import PickedHost
from engine.fleet.whole import Estate
from engine.jobs.fleet.read import FleetSource
from engine.jobs.fleet.run import FleetCase
from engine.jobs.ports.ingest import FLEET_MARK
from engine.lineage.collection import collection_of
from engine.paths import fold
from engine.progress import Run, Step
from store.base import ids
from store.base.blocks import insert_all
from store.base.clock import now_us
from store.base.interning import ImageTable, TextTable
from store.base.text import bindable
from store.evidence import collection, end_rows, host_events, lineage_rows, told_rows, unread
from store.evidence.hosts import HostTable, file_name
from store.evidence.record_rows import RecordWriter, write_rejects
from store.schema import witness
from store.schema.evidence import DONE, FAILED

SOURCE = (
    "INSERT INTO source (case_id, path, sha256, size, format, state, error, started_us, finished_us, collection, items, kept,"
    " rejected, untrusted, unknown, container, container_sha256, merged) VALUES (?, CAST(? AS TEXT), ?, ?, CAST(? AS TEXT), ?,"
    " CAST(? AS TEXT), ?, ?, CAST(? AS TEXT), ?, ?, ?, ?, ?, CAST(? AS TEXT), ?, ?) RETURNING id"
)
HOST = (
    "INSERT INTO host (case_id, key, name, records, unlinked, linked_us, first_us, last_us, active_days, same_as)"
    " VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT), ?, 0, ?, ?, ?, ?, ?) RETURNING id"
)
CHAIN = (
    "INSERT INTO chain (id, case_id, key, steps, length, host_count, count, first_us, last_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
CHAIN_HOST = "INSERT INTO chain_host (host_id, chain_id, count, first_us, last_us) VALUES (?, ?, ?, ?, ?)"
PLACED = "UPDATE process SET chain_id = (SELECT id FROM chain WHERE key = ? AND case_id = ?) WHERE id = ?"
COUNTED = (
    "UPDATE host SET records = ?, unlinked = 0, first_us = ?, last_us = ?, active_days = ?, given = max(given, 0) WHERE id = ?"
)


@dataclass(frozen=True, slots=True)
class WrittenEvidence:
    """Keys of what was written."""

    chains: Ints
    """[c] of the corpus."""
    rows: Ints
    """[w] rows of the estate's table whose processes are in the store, ascending."""
    processes: Ints
    """[w] their keys."""


class EvidenceWriter:
    """Writes one case, in a transaction that the caller holds."""

    def __init__(self, connection: Connection, case_id: int) -> None:
        self._connection, self._case = connection, case_id
        self._paths = TextTable("path")
        strings = TextTable("string")
        self._writer = RecordWriter(strings, ImageTable(strings, self._paths, fold), HostTable())
        self._now = now_us()

    def write(self, fleet: FleetCase, run: Run) -> WrittenEvidence:
        """All of it. Raises Cancelled between two hosts; whoever rolls back leaves nothing."""
        connection, estate = self._connection, fleet.estate
        sources = {one.number: self._source(one) for one in fleet.sources}
        for missing in fleet.unread:
            unread.note(connection, self._case, missing.path, missing.error, missing.delivered)
        paths = {one.number: one.path for one in fleet.sources}
        hosts = [self._host(host, sources, paths) for host in estate.hosts]
        collection.name_hosts(connection, self._case)
        chains = self._chains(estate)
        rows, keys = self._records(fleet, hosts, sources, run)
        self._counts(estate, hosts, chains)
        return WrittenEvidence(chains, rows, keys)

    def _source(self, one: FleetSource) -> int:
        connection = self._connection
        path, container = bindable(one.path), one.container or (None, None)
        values = (
            *(self._case, path, one.sha256, one.size, bindable(one.format + FLEET_MARK), FAILED if one.error else DONE),
            *(bindable(one.error) if one.error else None, self._now, self._now, bindable(collection_of(one.path)), one.items),
            *(one.kept, one.rejected, one.untrusted, one.unknown),
            *(None if container[0] is None else bindable(container[0]), container[1], one.merged),
        )
        number = int(connection.exec_driver_sql(SOURCE, values).scalar_one())
        write_rejects(connection, number, 0, one.rejects)
        if one.notes:
            told_rows.add_notes(connection, number, one.notes)
        copies = [(number, bindable(copy)) for copy in dict.fromkeys(one.copies) if copy != one.path]
        if copies:
            connection.exec_driver_sql("INSERT INTO source_copy VALUES (?, CAST(? AS TEXT))", copies)
        return number

    def _host(self, host: HostFigures, sources: Mapping[int, int], paths: Mapping[int, str]) -> int:
        """A host with its other names and what logs say of it."""
        connection = self._connection
        name = host.name or file_name(paths[host.sources[0]])
        values = (host.records, self._now, host.first_us, host.last_us, host.active_days)
        number = int(
            connection.exec_driver_sql(
                HOST, (self._case, bindable(host.key), bindable(name), *values, None)
            ).scalar_one()
        )  # fmt: skip
        for key, other in host.others:
            connection.exec_driver_sql(HOST, (self._case, bindable(key), bindable(other), 0, None, None, None, 0, number)).one()
        for source, fact in host.facts:
            told_rows.add_facts(connection, sources[source], [number], [fact])
        return number

    def _chains(self, estate: Estate) -> Ints:
        connection, corpus = self._connection, estate.corpus
        known = self._paths.ids(connection, set(corpus.paths))
        table = np.array([*(known[path] for path in corpus.paths), -1], dtype="<i4")
        first = int(connection.exec_driver_sql("SELECT max(id) FROM chain").scalar() or 0) + 1
        numbers = np.arange(first, first + len(corpus), dtype=np.int64)
        steps = table[corpus.steps]
        rows = (
            (number, self._case, key, steps[row, :length].tobytes(), length, hosts, count, early, late)
            for row, (number, key, length, hosts, count, early, late) in enumerate(
                zip(
                    numbers.tolist(), corpus.keys, corpus.lengths.tolist(), corpus.hosts.tolist(), corpus.counts.tolist(),
                    _known(corpus.first_us, NO_TIME), _known(estate.last_us, NO_TIME), strict=True,
                )
            )
        )  # fmt: skip
        insert_all(connection, CHAIN, rows)
        return numbers

    def _records(self, fleet: FleetCase, hosts: Sequence[int], sources: Mapping[int, int], run: Run) -> tuple[Ints, Ints]:
        """([w] rows of the table, ascending; [w] keys of these processes)."""
        estate = fleet.estate
        place = {host.key: row for row, host in enumerate(estate.hosts)}
        rows, keys = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for done, one in enumerate(fleet.picked):
            run.raise_if_cancelled()
            run.report(Step("keep", done, len(fleet.picked), "hosts"))
            row = place[one.key]
            written = self._host_records(hosts[row], one, sources)
            own = np.arange(estate.first[row], estate.first[row + 1])
            order = np.argsort(one.nodes)
            node = estate.node[own].astype(np.int64)
            at = np.minimum(np.searchsorted(one.nodes, node, sorter=order), len(order) - 1)
            there = one.nodes[order[at]] == node
            rows.append(own[there])
            keys.append(written[order[at[there]]])
        run.report(Step("keep", len(fleet.picked), len(fleet.picked), "hosts", last=True))
        return np.concatenate(rows), np.concatenate(keys)

    def _host_records(self, host_id: int, one: PickedHost, sources: Mapping[int, int]) -> Ints:
        """[r + q] the keys of the host's records and placeholders."""
        connection = self._connection
        names = connection.exec_driver_sql("SELECT key, name FROM host WHERE id = ?", (host_id,)).one()
        named = str(names[1]) if str(names[0]).startswith("name:") else ""
        for source, own in one.records:
            events_of = tables_of([msgspec.structs.replace(event, host=named) for event in own])
            self._writer.write(connection, self._case, sources[source], events_of)
        for source, end in one.ends:
            end_rows.add(connection, sources[source], [host_id], [end])
        events = host_events.load(connection, host_id)
        known = {path: number for number, path in enumerate(events.paths)}
        texts = np.array([*(known.setdefault(path, len(known)) for path in one.paths), -1], dtype=np.int32)
        lineage = replace(one.lineage, placeholder_image=texts[one.lineage.placeholder_image])
        chains = ChainSet(texts[one.chains.steps], one.chains.lengths, one.chains.keys, one.chains.of_node)
        lineage_rows.write(
            connection, self._paths, host_id, replace(events, paths=tuple(known)), lineage, chains
        )  # fmt: skip
        missing = ids.placeholders(host_id)[0] + np.arange(len(lineage.placeholder_pid), dtype=np.int64)
        # Linking counts the records that are here: a placeholder's chain may be that of others.
        ends_in = chains.of_node[len(events.row) :]
        pairs = zip(ends_in.tolist(), missing.tolist(), strict=True)
        placed = [(chains.keys[chain], self._case, key) for chain, key in pairs if chain >= 0]
        if placed:
            connection.exec_driver_sql(PLACED, placed)
        return np.concatenate([events.row, missing])

    def _counts(self, estate: Estate, hosts: Sequence[int], chains: Ints) -> None:
        """Put in the counts of everything that was read, where linking has counted what is here."""
        connection, pairs = self._connection, estate.pairs
        for number in hosts:
            connection.exec_driver_sql("DELETE FROM chain_host WHERE host_id = ?", (number,))
            connection.exec_driver_sql("DELETE FROM host_span WHERE host_id = ?", (number,))
        of_host = np.array(hosts, dtype=np.int64)
        columns = (of_host[pairs.host], chains[pairs.chain], pairs.count)
        times = _known(pairs.first_us, LATEST), _known(pairs.last_us, NO_TIME)
        insert_all(connection, CHAIN_HOST, zip(*(column.tolist() for column in columns), *times, strict=True))
        for number, host in zip(hosts, estate.hosts, strict=True):
            connection.exec_driver_sql(COUNTED, (host.records, host.first_us, host.last_us, host.active_days, number))
            witness.keep(connection, witness.PROCESSES, number)
            end_rows.keep(connection, number)
        connection.exec_driver_sql("UPDATE cases SET stale = 0 WHERE id = ?", (self._case,))


def _known(times: Ints, none: int) -> list[int | None]:
    return [None if time == none else time for time in times.tolist()]
