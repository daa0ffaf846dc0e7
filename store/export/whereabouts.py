"""Where a process of an export stands: its short number, the parent that was found, its incident and its variant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from engine.domain.lineage import LinkMethod
from engine.domain.marks import techniques_of, told
from engine.words.command_shape import shape_number
from store.base import ids
from store.base.interning import in_chunks
from store.base.views import ProcessView
from store.processes.rows import COLUMNS, views


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Of one process; "" for what it has not."""

    process: str
    """P123471; "" for a placeholder."""
    incident: str
    """F3/2: the second incident of finding 3, whatever the threshold; "" where it is in none or nothing was grouped."""
    variant: str
    """16 hex digits of the shape of its command line (engine.words.command_shape); "" where no command line is known."""
    parent: ProcessView | None
    """None for roots and for what is not linked."""


def whereabouts(connection: Connection, set_id: int, page: Sequence[ProcessView]) -> dict[int, Whereabouts]:
    """Id -> place, for a page of processes; `set_id`: of the scores by which they are in incidents, -1 for none."""
    parents = by_id(connection, {one.parent_id for one in page if one.parent_id is not None})
    incidents = _incidents(connection, set_id, [one.id for one in page])
    # A page repeats few command lines often, and a shape costs as much as the rest of a row.
    variants = {text: variant(text) for text in {one.command_line for one in page}}
    return {
        one.id: Whereabouts(
            process=ids.called(one.id),
            incident=incidents.get(one.id, ""),
            variant=variants[one.command_line],
            parent=parents.get(one.parent_id or 0),
        )
        for one in page
    }


def variant(command_line: str | None) -> str:
    """The shape of a command line as it is written; "" for none."""
    return "" if command_line is None else f"{shape_number(command_line):016x}"


def by_id(connection: Connection, wanted: Iterable[int]) -> dict[int, ProcessView]:
    """Id -> process, for some of them; those that are gone are left out."""
    found = in_chunks(connection, f"SELECT {COLUMNS} FROM process p WHERE p.id IN ({{}})", sorted(wanted))
    return {view.id: view for view in views(connection, [tuple(row) for row in found])}


def last_columns(process: ProcessView, place: Whereabouts) -> dict[str, Any]:
    """The last columns of an export by their names: what the record says of parent and session comes with them."""
    parent = place.parent
    return {
        "process": place.process,
        "incident": place.incident,
        "variant": place.variant,
        "parent_image": process.parent_image or (parent.image if parent else ""),
        "parent_pid": parent.pid if parent is not None and parent.pid is not None else process.ppid,
        "parent_command_line": process.parent_command_line or (parent.command_line if parent else None) or "",
        "hashes": process.hashes or "",
        "integrity": process.integrity or "",
        "logon_id": process.logon_id or "",
        "working_directory": process.cwd or "",
        "original_file_name": process.original_name or "",
        "known": process.known,
        "parent_process": ids.called(parent.id) if parent else "",
        "parent_guid": process.parent_guid or "",
        "link": "" if process.method is None else LinkMethod(process.method).label,
        "link_confidence": process.confidence,
        "kind": process.kind,
        "position": process.position,
        **mark_columns(process),
    }


def mark_columns(process: ProcessView) -> dict[str, Any]:
    """What rules of others say of a process, by the names of the columns."""
    marks = process.marks
    return {
        "marks": tuple(map(told, marks)),
        "mark_level": marks[0].level if marks else "",
        "mark_techniques": techniques_of(marks),
    }


def _incidents(connection: Connection, set_id: int, wanted: Sequence[int]) -> dict[int, str]:
    query = (
        f"SELECT v.process_id, i.finding, i.place FROM covered v CROSS JOIN incident i ON i.set_id = {int(set_id)}"
        f" AND i.number = v.incident WHERE v.set_id = {int(set_id)} AND v.process_id IN ({{}})"
    )
    return {process: f"F{finding}/{place}" for process, finding, place in in_chunks(connection, query, wanted)}
