"""engine.jobs.ports.ingest.IngestStore over SQLite: what ingest and linking write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from engine.domain.event_table import tables_of
from engine.domain.lineage import HostEvents
from engine.errors import SourceBusy
from engine.jobs.ports.ingest import SPAN_MARK, Batch, HostPlace, HostReader, LinkedHost, SourceTicket, WholeSource
from engine.lineage.collection import collection_of
from engine.paths import fold
from engine.progress import Check, unasked
from store.base.access import Access
from store.base.clock import now_us
from store.base.database import DATABASE, Database, create
from store.base.errors import not_found
from store.base.interning import ImageTable, TextTable, in_chunks
from store.base.text import bindable
from store.custody import sources as audited
from store.custody.journal import record
from store.evidence import end_rows, host_events, lineage_rows, same_host, told_rows, totals, unread
from store.evidence.cases import case_named, require_whole
from store.evidence.hosts import HostTable
from store.evidence.record_rows import RecordWriter, write_rejects
from store.schema.evidence import DONE, FAILED, READING

WHOLE = (
    "INSERT INTO source (case_id, path, sha256, size, format, state, error, started_us, finished_us, collection, items, kept,"
    " rejected, untrusted, unknown, container, container_sha256) VALUES (?, CAST(? AS TEXT), ?, ?, CAST(? AS TEXT), ?,"
    " CAST(? AS TEXT), ?, ?, CAST(? AS TEXT), ?, ?, ?, ?, ?, CAST(? AS TEXT), ?) RETURNING id"
)
"""A source that is stored with all that is known of it."""


class Ingest:
    """One ingest: carries the interning caches, so it belongs to one thread and one run."""

    def __init__(self, database: Database) -> None:
        self._database, self._acting = database, database.acting
        self._strings = TextTable("string")
        self._paths = TextTable("path")
        self._images = ImageTable(self._strings, self._paths, fold)
        self._hosts = HostTable()
        self._writer = RecordWriter(self._strings, self._images, self._hosts)
        self._met = totals.Met()
        self._sweep: int | None = None
        self._progress: dict[int, int] = {}
        self._made: dict[str, int] = {}
        """Cases that were not there before."""
        self._named: dict[str, Sequence[str]] = {}
        """What each case is ingested from, until it is written."""
        self._held: dict[str, set[int]] = {}
        """Beginnings of the hashes of a case's sources: 60 bytes each, and a query a source is a tenth of reading a small one."""

    def comes_from(self, case: str, paths: Sequence[str]) -> None:
        """Remember what is ingested, absolute, with the first thing that is stored of it: no result may replace it."""
        self._named[case] = paths

    def begin_source(self, case: str, path: str, sha256: str, size: int, fmt: str) -> SourceTicket:
        """Open a source by content hash: new, to be resumed, or complete. Creates the case when it is new.

        A source that failed is tried again behind what it gave. One that was left unfinished under another format starts
        from nothing: item numbers of two readers do not compare. The same goes for a finished one that gave no record at all, as
        happens when the format was guessed wrongly and is then named, for one of which only a span of time was read, and for one
        of which nothing was understood: to call it complete would hide that.
        """
        with self._database.write() as connection:
            case_id = self._case_named(connection, case)
            unread.forget(connection, case_id, [path])
            query = "SELECT id, state, items, kept, unknown, format FROM source WHERE case_id = ? AND sha256 = ?"
            found, copied = connection.exec_driver_sql(query, (case_id, sha256)).one_or_none(), False
            if found is None:
                ticket = SourceTicket(_add_source(connection, case_id, path, sha256, size, fmt), 0, complete=False)
            else:
                ticket = _reopen(connection, tuple(found), path, fmt)
                copied = _remember_copy(connection, ticket.id, path)
            if found is None or copied or not ticket.complete:
                audited.opened(connection, self._acting, case, ticket, (path, sha256, size, fmt))
            connection.commit()
        self._progress[ticket.id] = ticket.resume_from
        if case in self._held:
            self._held[case].add(_short(sha256))
        return ticket

    def append(self, ticket: SourceTicket, batch: Batch) -> None:
        """Store a batch and the source's progress together; marks the hosts in it as needing links."""
        try:
            with self._database.write() as connection:
                self._forget_what_was_swept(connection)
                query = "SELECT case_id, rejected, items FROM source WHERE id = ?"
                found = connection.exec_driver_sql(query, (ticket.id,)).one_or_none()
                if found is None:
                    raise not_found("source", str(ticket.id), "The case was removed while it was being filled.")
                if found[2] != self._progress.get(ticket.id, found[2]):
                    raise SourceBusy("Another oddkin is ingesting the same file.", remedy="It will be in the case all the same.")
                self._add(connection, found[0], ticket.id, batch, found[1])
                connection.commit()
            self._progress[ticket.id] = found[2] + batch.items
        except BaseException:
            self._forget()  # ids given out in a transaction that was rolled back belong to nobody
            raise

    def holds(self, case: str, sha256: str) -> bool:
        """Whether the case has a source with this content, in whatever state; now and then True for one that it has not.

        What another process adds after the first question is not known here; `add_sources` finds it.
        """
        if case not in self._held:
            query = "SELECT sha256 FROM source JOIN cases ON cases.id = source.case_id WHERE cases.name = CAST(? AS TEXT)"
            with self._database.read() as connection:
                rows = connection.exec_driver_sql(query, (bindable(case),)).scalars()
                self._held[case] = {_short(found) for found in rows}
        return _short(sha256) in self._held[case]

    def add_sources(self, case: str, sources: Sequence[WholeSource]) -> Sequence[int | None]:
        """Begin, fill and finish small sources in one transaction; None for one that another process has begun meanwhile."""
        added: list[int | None] = []
        try:
            with self._database.write() as connection:
                self._forget_what_was_swept(connection)
                case_id = self._case_named(connection, case)
                unread.forget(connection, case_id, [source.path for source in sources])
                there = _present(connection, case_id, [source.sha256 for source in sources])
                for source in sources:
                    added.append(None if source.sha256 in there else self._add_whole(connection, case_id, source))
                    there.add(source.sha256)
                audited.added(connection, self._acting, case, sources, added)
                connection.commit()
        except BaseException:
            self._forget()
            raise
        if case in self._held:
            self._held[case].update(_short(source.sha256) for source in sources)
        return added

    def _add_whole(self, connection: Connection, case_id: int, source: WholeSource) -> int:
        """One statement for the row: each that changes it costs its account (store/schema/witness_tables.py) once more."""
        batch, now = source.batch, now_us()
        path, container = bindable(source.path), source.container or (None, None)
        state, error = (FAILED, bindable(source.error)) if source.error else (DONE, None)
        values = (
            *(case_id, path, source.sha256, source.size, bindable(source.format), state, error, now, now),
            *(bindable(collection_of(source.path)), batch.items, len(batch.events), len(batch.rejects), batch.untrusted),
            *(batch.unknown, None if container[0] is None else bindable(container[0]), container[1]),
        )
        source_id = int(connection.exec_driver_sql(WHOLE, values).scalar_one())
        self._add_items(connection, case_id, source_id, batch, 0)
        return source_id

    def _add(self, connection: Connection, case_id: int, source_id: int, batch: Batch, rejected: int) -> None:
        """A batch and the source's progress; `rejected` of the source are there."""
        self._add_items(connection, case_id, source_id, batch, rejected)
        connection.exec_driver_sql(
            "UPDATE source SET items = items + ?, kept = kept + ?, rejected = rejected + ?, untrusted = untrusted + ?,"
            " unknown = unknown + ? WHERE id = ?",
            (batch.items, len(batch.events), len(batch.rejects), batch.untrusted, batch.unknown, source_id),
        )

    def _add_items(self, connection: Connection, case_id: int, source_id: int, batch: Batch, rejected: int) -> None:
        """What a batch holds."""
        of = connection, case_id, source_id
        if batch.events:
            self._writer.write(*of, tables_of(batch.events))
        write_rejects(connection, source_id, rejected, batch.rejects)
        if batch.ends:
            hosts = self._hosts.told(*of, [end.host for end in batch.ends], relink=True)
            end_rows.add(connection, source_id, hosts, batch.ends)
        if batch.facts:
            relink = any(fact.code == told_rows.CLOCK_SET for fact in batch.facts)
            hosts = self._hosts.told(*of, [fact.host for fact in batch.facts], relink=relink)
            told_rows.add_facts(connection, source_id, hosts, batch.facts)
        if batch.notes:
            told_rows.add_notes(connection, source_id, batch.notes)

    def finish_source(self, ticket: SourceTicket, error: str | None = None, read: tuple[str, int] | None = None) -> None:
        """Close a source: done, or failed with what was kept before `error`.

        `read`: hash and size of what was read, where it is not what the source was begun with.
        """
        with self._database.write() as connection:
            if read is None or _identify(connection, ticket, *read):
                _finish(connection, ticket.id, error)
            audited.finished(connection, self._acting, ticket.id, read)
            connection.commit()

    def note_container(self, source_ids: Sequence[int], path: str, sha256: str) -> None:
        """Tell of sources what file they were delivered in; what was told of one before stays."""
        with self._database.write() as connection:
            _note_container(connection, source_ids, path, sha256)
            audited.delivered(connection, self._acting, source_ids, path, sha256)
            connection.commit()

    def note_unread(self, case: str, path: str, error: str, delivered: tuple[str, str] | None = None) -> None:
        """Remember an input that could not be read at all, until content from its path is ingested."""
        with self._database.write() as connection:
            unread.note(connection, self._case_named(connection, case), path, error, delivered)
            audited.unread(connection, self._acting, case, path, error, delivered)
            connection.commit()

    def settle_hosts(self, case: str) -> None:
        """Decide which names are one host, by all that is in the case. Idempotent; before `unlinked_hosts` is asked."""
        query = "SELECT id FROM cases WHERE name = CAST(? AS TEXT)"
        with self._database.write() as connection:
            case_id = connection.exec_driver_sql(query, (bindable(case),)).scalar()
            if case_id is not None:
                same_host.settle(connection, int(case_id))
                connection.commit()

    def unlinked_hosts(self, case: str) -> Sequence[int]:
        """Hosts with records newer than their links."""
        with self._database.read() as connection:
            query = (
                "SELECT host.id FROM host JOIN cases ON cases.id = host.case_id"
                " WHERE cases.name = CAST(? AS TEXT) AND host.unlinked = 1 ORDER BY host.id"
            )
            return [int(row[0]) for row in connection.exec_driver_sql(query, (bindable(case),))]

    def elsewhere(self) -> HostPlace | None:
        """The module that reads hosts in another process, and the folder that it opens; None of a workspace on a server."""
        place = str(self._database.folder.absolute())
        # It is handed over as Unicode.
        return None if self._database.shared or not place.isprintable() else HostPlace(__name__, place)

    def load_host(self, host_id: int, check: Check = unasked) -> HostEvents:
        """All records of a host, as columns."""
        with self._database.read() as connection:
            return host_events.load(connection, host_id, check)

    def write_lineage(self, linked: Sequence[LinkedHost], check: Check = unasked) -> None:
        """Replace links, placeholders, chains and chain counts of some hosts in one transaction; all or nothing of it."""
        try:
            with self._database.write() as connection:
                self._forget_what_was_swept(connection)
                for one in linked:
                    met = lineage_rows.write(connection, self._paths, one.host_id, one.events, one.lineage, one.chains, check)
                    self._met.note(connection, one.host_id, met)
                connection.commit()
        except BaseException:
            self._forget()
            self._met = totals.Met()
            raise

    def finish_lineage(self, case: str) -> None:
        """Refresh what is derived over hosts. Idempotent, and cheap when nothing was linked since the last time."""
        with self._database.write() as connection:
            query = "SELECT id, stale FROM cases WHERE name = CAST(? AS TEXT)"
            found = connection.exec_driver_sql(query, (bindable(case),)).one_or_none()
            if found is not None and (found[1] or self._met.some(found[0])):
                totals.refresh(connection, found[0], self._met.of(found[0], found[1]))
                audited.linked(connection, self._acting, case, found[0])
                connection.commit()
        self._met = totals.Met()

    def leave_if_empty(self, case: str) -> None:
        """Remove the case again if this ingest made it, and nothing was kept and nothing has to be told: the newest case is what
        other commands take, and it should not be one of a mistyped path.
        """
        number = self._made.pop(case, None)
        if number is None:
            return
        with self._database.write() as connection:
            gone = connection.exec_driver_sql(
                "DELETE FROM cases WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM source WHERE case_id = ?1"
                " AND (kept > 0 OR rejected > 0 OR state != ?2"
                " OR EXISTS (SELECT 1 FROM host_fact WHERE source_id = source.id)))",
                (number, DONE),
            )
            if gone.rowcount:
                record(connection, self._acting, "case removed", {"id": number, "sources": 0}, case=case)
            connection.commit()

    def _case_named(self, connection: Connection, case: str) -> int:
        number, made = case_named(connection, case)
        if made:
            self._made[case] = number
        elif case in self._named:
            require_whole(connection, number)
        # Once: a transaction that is rolled back ends the ingest.
        named = self._named.pop(case, ())
        if rows := [(number, bindable(path)) for path in named]:
            connection.exec_driver_sql("INSERT INTO ingested VALUES (?, CAST(? AS TEXT)) ON CONFLICT DO NOTHING", rows)
        if named or made:
            audited.began(connection, self._acting, case, number, named, new=made)
        return number

    def _forget(self) -> None:
        for cache in (self._strings, self._paths, self._images, self._hosts):
            cache.forget()

    def _forget_what_was_swept(self, connection: Connection) -> None:
        """Another process may have removed a case and with it strings whose ids are remembered here."""
        sweep = connection.exec_driver_sql("SELECT value FROM counter WHERE name = 'sweep'").scalar()
        if sweep != self._sweep:
            self._forget()
            self._sweep = sweep


def host_reader(place: str) -> HostReader:
    """Hosts for another process of the same ingest, which only reads. `place`: the folder of a workspace open elsewhere."""
    access = Access(Path(place, DATABASE), read_only=True)
    return Ingest(Database(Path(place), create(access), access))


def _present(connection: Connection, case_id: int, hashes: Sequence[str]) -> set[str]:
    """Those that sources of the case have."""
    query = f"SELECT sha256 FROM source WHERE case_id = {case_id} AND sha256 IN ({{}})"
    return {str(found) for (found,) in in_chunks(connection, query, hashes)}


def _short(sha256: str) -> int:
    return int(sha256[:16], 16)


def _add_source(connection: Connection, case_id: int, path: str, sha256: str, size: int, fmt: str) -> int:
    insert = (
        "INSERT INTO source (case_id, path, sha256, size, format, state, started_us, collection)"
        " VALUES (?, CAST(? AS TEXT), ?, ?, CAST(? AS TEXT), ?, ?, CAST(? AS TEXT)) RETURNING id"
    )
    together = bindable(collection_of(path))
    values = (case_id, bindable(path), sha256, size, bindable(fmt), READING, now_us(), together)
    return int(connection.exec_driver_sql(insert, values).scalar_one())


def _finish(connection: Connection, source_id: int, error: str | None) -> None:
    connection.exec_driver_sql(
        "UPDATE source SET state = ?, error = CAST(? AS TEXT), finished_us = ? WHERE id = ?",
        (DONE if error is None else FAILED, None if error is None else bindable(error), now_us(), source_id),
    )


def _identify(connection: Connection, ticket: SourceTicket, sha256: str, size: int) -> bool:
    """Put the hash of what was read in the place of the one before; False when that made the source superfluous.

    The content may have become that of another source of the case. Then its records are there already and these go, unless
    some were read in an earlier run: those are of a content that is nowhere else.
    """
    query = "SELECT other.id FROM source JOIN source other USING (case_id) WHERE source.id = ? AND other.sha256 = ?"
    other = connection.exec_driver_sql(query, (ticket.id, sha256)).scalar()
    if other is None:
        connection.exec_driver_sql("UPDATE source SET sha256 = ?, size = ? WHERE id = ?", (sha256, size, ticket.id))
    elif not ticket.resume_from:
        path = connection.exec_driver_sql("SELECT path FROM source WHERE id = ?", (ticket.id,)).scalar_one()
        _empty_source(connection, ticket.id)
        connection.exec_driver_sql("DELETE FROM source WHERE id = ?", (ticket.id,))
        _remember_copy(connection, int(other), path)
        return False
    return True


def _note_container(connection: Connection, source_ids: Sequence[int], path: str, sha256: str) -> None:
    connection.exec_driver_sql(
        "UPDATE source SET container = CAST(? AS TEXT), container_sha256 = ? WHERE id = ? AND container_sha256 IS NULL",
        [(bindable(path), sha256, source_id) for source_id in source_ids],
    )


def _remember_copy(connection: Connection, source_id: int, path: str) -> bool:
    """The same content under another path: labels and people may call it by either. Whether that is news."""
    added = connection.exec_driver_sql(
        "INSERT INTO source_copy SELECT id, CAST(?1 AS TEXT) FROM source WHERE id = ?2 AND path != CAST(?1 AS TEXT)"
        " ON CONFLICT DO NOTHING",
        (bindable(path), source_id),
    )
    return added.rowcount > 0


def _reopen(connection: Connection, found: tuple[Any, ...], path: str, fmt: str) -> SourceTicket:
    source_id, state, items, kept, unknown, read_as = found
    anew = fmt != read_as and (state != DONE or kept == 0 or SPAN_MARK in read_as)
    anew = anew or (state == DONE and kept == 0 and unknown > 0)
    if state == DONE and not anew:
        return SourceTicket(source_id, items, complete=True)
    if anew:
        _empty_source(connection, source_id)
        items = 0
    connection.exec_driver_sql(
        "UPDATE source SET state = ?, format = CAST(? AS TEXT), path = CAST(? AS TEXT), error = NULL, finished_us = NULL"
        " WHERE id = ?",
        (READING, bindable(fmt), bindable(path), source_id),
    )
    return SourceTicket(source_id, items, complete=False)


def _empty_source(connection: Connection, source_id: int) -> None:
    hosts = "SELECT DISTINCT id >> 32 FROM process WHERE source_id = ?"  # staged ones are marked already
    told = "SELECT host_id FROM process_end WHERE source_id = ?1 UNION SELECT host_id FROM host_fact WHERE source_id = ?1"
    for marked in (hosts, told):
        connection.exec_driver_sql(f"UPDATE host SET unlinked = 1 WHERE id IN ({marked})", (source_id,))
    for table in ("process", "staged", "reject", "process_end", "host_fact", "host_span"):
        connection.exec_driver_sql(f"DELETE FROM {table} WHERE source_id = ?", (source_id,))
    nothing = (
        "UPDATE source SET items = 0, kept = 0, rejected = 0, merged = 0, untrusted = 0, unknown = 0, notes = '[]' WHERE id = ?"
    )
    connection.exec_driver_sql(nothing, (source_id,))
