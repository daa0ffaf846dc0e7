"""Cases, their sources, hosts and rejects; removing a case with all that belongs to it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from engine.errors import UsageError
from engine.jobs.ports.ingest import FLEET_MARK
from engine.jobs.ports.verify import KeptHash
from engine.lineage.same_host import full_names
from engine.progress import Run
from store.base.clock import now_us
from store.base.dialect import overwriting
from store.base.errors import not_found, there_are
from store.base.source_views import FactView, NoteView, RejectView, SourceView, SpanView
from store.base.text import bindable
from store.base.views import CaseSummary, HostView
from store.custody.journal import record
from store.evidence import sweep, unread
from store.evidence.hosts import named_key
from store.evidence.same_host import NAMED
from store.evidence.told_rows import notes_of
from store.schema.chains import Chain
from store.schema.evidence import FAILED, READING, Case, Host, HostSpan, RejectRow, SourceRow
from store.schema.models import ModelUse
from store.schema.verdicts import LabelCurrent

if TYPE_CHECKING:
    from store.base.database import Database


FACTS_TOLD = 3
"""Facts of one host and code that are told each by itself: a hostile log has millions."""
FACTS = """
SELECT name, source_id, path, position, code, text, time_us, total FROM (
    SELECT h.name, f.source_id, s.path, f.position, f.code, f.text, f.time_us, s.sha256,
        count(*) OVER (PARTITION BY h.id, f.code) AS total,
        row_number() OVER (PARTITION BY h.id, f.code ORDER BY f.time_us NULLS FIRST, s.sha256, f.position, f.text) AS place
    FROM host_fact f JOIN host o ON o.id = f.host_id JOIN host h ON h.id = coalesce(o.same_as, o.id)
    JOIN source s ON s.id = f.source_id WHERE o.case_id = ?
) WHERE place <= ? ORDER BY name, time_us NULLS FIRST, sha256, position, text
"""

COPIES = (
    "SELECT c.path, s.sha256 FROM source_copy c JOIN source s ON s.id = c.source_id WHERE s.case_id = ? ORDER BY s.id, c.path"
)
HASHES = "SELECT path, sha256, container, container_sha256 FROM source WHERE case_id = ? ORDER BY id"


MAX_NAME = 100
"""Characters in the name of a case."""
UNREADABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that nobody sees: two cases must not look the same, and a name goes into commands to copy."""


def case_id(connection: Connection, name: str) -> int:
    """The id of a case that exists. Raises NotFound."""
    query = "SELECT id FROM cases WHERE name = CAST(? AS TEXT)"
    found = connection.exec_driver_sql(query, (bindable(name),)).scalar()
    if found is None:
        raise not_found("case", name, "`oddkin cases list` shows those there are.")
    return int(found)


def case_named(connection: Connection, name: str) -> tuple[int, bool]:
    """The case's id, and whether it was made because it is new. Raises UsageError for a new name that cannot be read or typed."""
    query = "SELECT id FROM cases WHERE name = CAST(? AS TEXT)"
    found = connection.exec_driver_sql(query, (bindable(name),)).scalar()
    if new := found is None:
        _check_name(name)
        found = connection.exec_driver_sql(
            "INSERT INTO cases (name, created_us) VALUES (CAST(? AS TEXT), ?) RETURNING id", (bindable(name), now_us())
        ).scalar_one()
    return int(found), new


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > MAX_NAME or any(unicodedata.category(char) in UNREADABLE for char in name):
        raise UsageError(
            f"{name[:MAX_NAME]!r} cannot be the name of a case.",
            remedy=f"Take 1 to {MAX_NAME} characters that can be seen.",
        )


def host_id(connection: Connection, case: int, host: str) -> int:
    """The id of a host by any of its names, whatever their case, or by the name of what it is named after. Raises NotFound."""
    same = func.coalesce(Host.same_as, Host.id).label("id")
    found = connection.execute(select(same).where(Host.case_id == case, Host.key == named_key(host))).scalar()
    if found is None:
        # A name that is in use before one that another host had.
        named = select(same, Host.name).where(Host.case_id == case, Host.key.not_like("name:%")).order_by(Host.same_as, Host.id)
        wanted = host.casefold()
        found = next((row.id for row in connection.execute(named) if row.name.casefold() == wanted), None)
    if found is None:
        query = select(Host.name).where(Host.case_id == case, Host.same_as.is_(None), Host.records > 0).order_by(Host.name)
        raise not_found("host", host, there_are(connection.execute(query).scalars().all(), "oddkin cases show"))
    return int(found)


def require_whole(connection: Connection, number: int) -> None:
    """Raises UsageError for a case of which only the processes of an estate's findings were kept: counted and linked by what is
    here, it would say something else.
    """
    query = f"SELECT 1 FROM source WHERE case_id = ? AND format LIKE '%{FLEET_MARK}' LIMIT 1"
    if connection.exec_driver_sql(query, (number,)).scalar() is not None:
        raise UsageError(
            "The case holds the findings of an estate and not all of its processes.",
            remedy="Take another case for this; to rank the estate anew: oddkin fleet LOGS --case NAME, a new one.",
        )


@contextmanager
def read_case(database: Database, name: str) -> Iterator[tuple[Connection, int]]:
    """`Database.read` for what is asked about one case: the connection and the id of the case. Raises NotFound."""
    with database.read() as connection:
        yield connection, case_id(connection, name)


@contextmanager
def write_case(database: Database, name: str) -> Iterator[tuple[Connection, int]]:
    """`Database.write` for what changes one case: the connection and the id of the case. Raises NotFound."""
    with database.write() as connection:
        yield connection, case_id(connection, name)


class Cases:
    """Cases and what belongs to one: sources, hosts, rejects."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> tuple[CaseSummary, ...]:
        """All cases, newest first."""
        with self._database.read() as connection:
            found = connection.execute(select(Case.id, Case.name, Case.created_us).order_by(Case.id.desc())).all()
            return tuple(_summary(connection, row.id, row.name, row.created_us) for row in found)

    def names(self) -> tuple[str, ...]:
        """Names alone, newest first: counting a large case takes a while."""
        with self._database.read() as connection:
            return tuple(connection.execute(select(Case.name).order_by(Case.id.desc())).scalars())

    def show(self, name: str) -> CaseSummary:
        """One case. Raises NotFound."""
        with read_case(self._database, name) as (connection, number):
            created = connection.execute(select(Case.created_us).where(Case.id == number)).scalar_one()
            return _summary(connection, number, name, created)

    def sources(self, name: str) -> tuple[SourceView, ...]:
        """Sources in the order of ingest."""
        with read_case(self._database, name) as (connection, number):
            query = select(SourceRow.__table__).where(SourceRow.case_id == number).order_by(SourceRow.id)
            return tuple(map(_source, connection.execute(query)))

    def hashes(self, name: str) -> tuple[KeptHash, ...]:
        """What each source was when it was ingested, and the other paths that the same content was met under. Raises NotFound."""
        with read_case(self._database, name) as (connection, number):
            own = [
                KeptHash(path, None if sha256 == unread.identity(path) else sha256, container, container_sha256)
                for path, sha256, container, container_sha256 in connection.exec_driver_sql(HASHES, (number,))
            ]
            copies = [KeptHash(path, sha256) for path, sha256 in connection.exec_driver_sql(COPIES, (number,))]
        return (*own, *copies)

    def require_whole(self, name: str) -> None:
        """Raises UsageError for a case that holds the findings of an estate alone, NotFound for none."""
        with read_case(self._database, name) as (connection, number):
            require_whole(connection, number)

    def roots(self, name: str) -> tuple[str, ...]:
        """The files and folders that were named to be ingested; () of cases from before these were kept. Raises NotFound."""
        with read_case(self._database, name) as (connection, number):
            query = "SELECT path FROM ingested WHERE case_id = ? ORDER BY path"
            return tuple(connection.exec_driver_sql(query, (number,)).scalars())

    def hosts(self, name: str) -> tuple[HostView, ...]:
        """The hosts of a case, in the order of their names."""
        with read_case(self._database, name) as (connection, number):
            rows = connection.execute(select(Host.__table__).where(Host.case_id == number).order_by(Host.name, Host.id)).all()
        also: dict[int, list[str]] = {}
        for row in rows:
            if row.same_as is not None and row.key.startswith(NAMED):
                also.setdefault(row.same_as, []).append(row.name)
        full = full_names(row.key.removeprefix(NAMED) for row in rows if row.key.startswith(NAMED))
        return tuple(
            HostView(
                row.id, row.name, row.records, bool(row.unlinked), row.first_us, row.last_us, tuple(also.get(row.id, ())),
                tuple(full.get(row.key.removeprefix(NAMED), ())) if row.key.startswith(NAMED) else (),
            )
            for row in rows if row.records
        )  # fmt: skip

    def facts(self, name: str) -> tuple[FactView, ...]:
        """What logs say of their hosts: cleared, clock set … by host, of each code the first few and how many there are."""
        with read_case(self._database, name) as (connection, number):
            return tuple(FactView(*row) for row in connection.exec_driver_sql(FACTS, (number, FACTS_TOLD)))

    def spans(self, name: str) -> tuple[SpanView, ...]:
        """What each source has of each host, by kind of record; of hosts that are linked."""
        with read_case(self._database, name) as (connection, number):
            query = (
                select(HostSpan.__table__, Host.name, SourceRow.path, SourceRow.items)
                .join(Host, Host.id == HostSpan.host_id)
                .join(SourceRow, SourceRow.id == HostSpan.source_id)
                .where(Host.case_id == number)
                .order_by(Host.name, HostSpan.host_id, SourceRow.path, SourceRow.id, HostSpan.kind)
            )
            return tuple(
                SpanView(
                    row.name, row.source_id, row.path, row.kind, row.records, row.first_us, row.last_us, row.first_id,
                    row.last_id, row.items,
                )
                for row in connection.execute(query)
            )  # fmt: skip

    def host_id(self, name: str, host: str) -> int:
        """Id of a host, whatever the case of its name; hosts named after a source by the name that is shown."""
        with read_case(self._database, name) as (connection, number):
            return host_id(connection, number, host)

    def reject_counts(self, name: str) -> dict[tuple[int, str], int]:
        """(source id, code) -> number of rejects."""
        with read_case(self._database, name) as (connection, number):
            query = (
                select(RejectRow.source_id, RejectRow.code, func.count())
                .join(SourceRow, SourceRow.id == RejectRow.source_id)
                .where(SourceRow.case_id == number)
                .group_by(RejectRow.source_id, RejectRow.code)
            )
            return {(row[0], row[1]): row[2] for row in connection.execute(query)}

    def rejects(self, name: str, source_id: int | None = None, after: int = 0, limit: int = 256) -> tuple[RejectView, ...]:
        """A page of rejects with ids above `after`."""
        with read_case(self._database, name) as (connection, number):
            query = (
                select(RejectRow.__table__, SourceRow.path)
                .join(SourceRow, SourceRow.id == RejectRow.source_id)
                .where(SourceRow.case_id == number, RejectRow.id > after)
                .order_by(RejectRow.id)
                .limit(limit)
            )
            if source_id is not None:
                query = query.where(RejectRow.source_id == source_id)
            return tuple(
                RejectView(
                    row.id, row.source_id, row.path, row.position, row.code, row.reason, row.record_id,
                    row.sample or b"",
                )
                for row in connection.execute(query)
            )  # fmt: skip

    def remove(self, name: str, run: Run = Run()) -> None:
        """Remove a case with its records, chains, scores and labels; models stay. Raises NotFound; Cancelled, and
        nothing is removed.

        Texts that nothing refers to any more go too: the command lines of a closed case are nobody's business.
        """
        with write_case(self._database, name) as (connection, number):
            summary = _summary(connection, number, name, 0)
            told = {
                "id": number, "sources": summary.sources, "records": summary.kept, "chains": summary.chains,
                "verdicts": summary.labels,
            }  # fmt: skip
            record(connection, self._database.acting, "case removed", told, case=name)
            with overwriting(connection):
                sweep.rows(connection, number, run)
                connection.exec_driver_sql("DELETE FROM cases WHERE id = ?", (number,))
                sweep.texts(connection)
                connection.commit()


def _source(row: Any) -> SourceView:
    return SourceView(
        row.id, row.path, row.sha256, row.size, row.format, row.state, row.items, row.kept,
        row.items - row.kept - row.rejected, row.rejected, row.merged, row.error, row.started_us, row.finished_us,
        row.untrusted, row.container, row.container_sha256, row.unknown,
        tuple(NoteView(note.code, note.text, note.count) for note in notes_of(row.notes)),
    )  # fmt: skip


def _summary(connection: Connection, number: int, name: str, created_us: int) -> CaseSummary:
    source = connection.execute(
        select(
            func.count(),
            func.count().filter(SourceRow.state == READING),
            func.count().filter(SourceRow.state == FAILED),
            func.coalesce(func.sum(SourceRow.kept), 0),
            func.coalesce(func.sum(SourceRow.merged), 0),
            func.coalesce(func.sum(SourceRow.rejected), 0),
        ).where(SourceRow.case_id == number)
    ).one()
    host = connection.execute(
        select(func.count(), func.coalesce(func.sum(Host.unlinked), 0), func.min(Host.first_us), func.max(Host.last_us)).where(
            Host.case_id == number, Host.records > 0
        )
    ).one()
    # Chains without occurrences are kept for their labels only (totals.py). To ask every chain for its count would read
    # the whole table, seconds of it for a million chains; this reads one index and the labels.
    gone = (
        select(func.count(Chain.id.distinct()))
        .select_from(LabelCurrent)
        .join(Chain, (Chain.case_id == LabelCurrent.case_id) & (Chain.key == LabelCurrent.chain_key))
        .where(LabelCurrent.case_id == number, Chain.count == 0)
    )
    every = select(func.count()).select_from(Chain).where(Chain.case_id == number)
    chains = connection.execute(every).scalar_one() - connection.execute(gone).scalar_one()
    labels = connection.execute(select(func.count()).where(LabelCurrent.case_id == number)).scalar_one()
    model = connection.execute(select(ModelUse.model_id).where(ModelUse.case_id == number, ModelUse.kind == "detector")).scalar()
    return CaseSummary(
        number, name, created_us, source[0], source[1], source[2], host[0], host[1], source[3], source[4], source[5], chains,
        labels, model, host[2], host[3],
    )  # fmt: skip
