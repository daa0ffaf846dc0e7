"""Every process of a case, normalised, with its resolved parent: what was read, for eyes and for other programs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from engine.domain.lineage import LinkMethod
from engine.domain.spans import ALL_TIMES, Within
from engine.handover.rows import ListedProcess
from store.base import ids
from store.base.views import ProcessView
from store.evidence.cases import read_case
from store.export.rows import rfc3339
from store.export.whereabouts import Whereabouts, by_id, mark_columns, whereabouts
from store.scores.ranking import Ranking
from store.where import matching
from store.where.terms import ALL, Where

if TYPE_CHECKING:
    from store.base.database import Database

PAGE = 500
"""Processes read at a time."""


def listed(
    database: Database, case: str, where: Where = ALL, limit: int | None = None, *,
    host_id: int | None = None, within: Within = ALL_TIMES,
) -> Iterator[ListedProcess]:  # fmt: skip
    """The recorded processes that a filter leaves, second records of one left out: hosts by name, processes by time.

    One read transaction: a consistent picture however long the reader takes. Raises NotFound for a case that is none.
    """
    with read_case(database, case) as (connection, number):
        found = matching.listed(connection, number, where, host_id=host_id, within=within)
        ranking = Ranking.find(connection, number)
        set_id = -1 if ranking is None else ranking.set
        yield from _rows(connection, case, set_id, found if limit is None else islice(found, limit))


def _rows(connection: Connection, case: str, set_id: int, found: Iterator[int]) -> Iterator[ListedProcess]:
    while page := list(islice(found, PAGE)):
        processes = by_id(connection, page)
        stand = whereabouts(connection, set_id, [*processes.values()])
        for number in page:
            if (process := processes.get(number)) is not None:
                yield _listed(case, process, stand[number])


def _listed(case: str, process: ProcessView, place: Whereabouts) -> ListedProcess:
    parent = place.parent
    return ListedProcess(
        image=process.image,
        pid=process.pid,
        ppid=process.ppid,
        time=rfc3339(process.time_us) or None,
        host=process.host,
        user=process.user,
        parent_image=process.parent_image or (parent.image or None if parent else None),
        parent_recorded=parent is not None and not ids.is_placeholder(parent.id),
        command_line=process.command_line,
        parent_pid=parent.pid if parent else None,
        parent_command_line=process.parent_command_line or (parent.command_line if parent else None),
        link=None if process.method is None else LinkMethod(process.method).label,
        link_confidence=process.confidence,
        guid=process.guid,
        parent_guid=process.parent_guid,
        integrity=process.integrity,
        logon_id=process.logon_id,
        cwd=process.cwd,
        original_name=process.original_name,
        hashes=process.hashes,
        process_id=process.id,
        parent_id=process.parent_id,
        kind=process.kind,
        source_file=process.source,
        record_id=process.record_id,
        position=process.position,
        case=case,
        process=place.process,
        incident=place.incident or None,
        variant=place.variant or None,
        known=process.known or None,
        **(mark_columns(process) | {"mark_level": process.marks[0].level or None if process.marks else None}),
    )
