"""What may be wrong with a workspace, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from engine.errors import OddkinError, StoreError
from engine.progress import Run
from store.base.database import REMEDY_DAMAGED
from store.base.dialect import on_server
from store.doctor.contents import at, contents
from store.evidence.circles import closing_links
from store.schema.evidence import READING, Case, Host, SourceRow

if TYPE_CHECKING:
    from store.workspace import Workspace

SHOWN = 20
"""Lines per check."""
REMEDY_AUDIT = "Compare it with an audit that was exported before (oddkin audit export FILE), and with heads that were noted."
NAMED = 3
"""Of those that cannot be checked."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that a check found."""

    severity: str
    """error or note."""
    code: str
    message: str
    remedy: str


def examine(workspace: Workspace, run: Run = Run()) -> tuple[Complaint, ...]:
    """Run all checks; () for a healthy workspace. Reads the whole database twice. Raises Cancelled between two steps."""
    try:
        with workspace.read() as connection:
            at(run, "pages")
            found = _integrity(connection)
        if found:
            # A query over damaged pages may fail or tell nonsense.
            return tuple(found)
        with workspace.read() as connection:
            at(run, "references")
            found = [*_references(connection), *_circles(connection), *_unfinished(connection), *_unlinked(connection)]
            wrong, unknown = contents(connection, run)
            found += [Complaint("error", "damage", f"{what}.", REMEDY_DAMAGED) for what in wrong]
            found += _unchecked(unknown)
        at(run, "audit")
        broken = workspace.audit.verify(run.quiet()).faults
        found += [Complaint("error", "audit", f"The audit: {fault.what}.", REMEDY_AUDIT) for fault in broken[:SHOWN]]
        at(run, "models")
        return (*found, *_models(workspace))
    except StoreError as error:
        return (Complaint("error", "integrity", error.message, error.remedy),)


def _unchecked(unknown: list[str]) -> list[Complaint]:
    if not unknown:
        return []
    more = f" and {len(unknown) - NAMED:,} more" if len(unknown) > NAMED else ""
    what = f"An older oddkin wrote {', '.join(unknown[:NAMED])}{more}: a damage there would not be found."
    return [Complaint("note", "unchecked", what, "Nothing has to be done; what is linked or scored anew is checked.")]


def _integrity(connection: Connection) -> list[Complaint]:
    if on_server(connection):
        return []  # its pages are the server's own: pg_amcheck looks at them
    lines = connection.exec_driver_sql(f"PRAGMA integrity_check({SHOWN})").scalars().all()
    return [Complaint("error", "integrity", f"The database: {line}", REMEDY_DAMAGED) for line in lines if line != "ok"]


DANGLING = {
    "process -> chain": "SELECT count(*) FROM process p WHERE chain_id IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM chain WHERE id = p.chain_id)",
    "process -> image": "SELECT count(*) FROM process p WHERE image_id IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM image WHERE id = p.image_id)",
    "process -> string": "SELECT count(*) FROM process p WHERE command IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM string WHERE id = p.command)",
    "process -> parent": "SELECT count(*) FROM process p WHERE parent_id & 4294967295 > 0"
    " AND NOT EXISTS (SELECT 1 FROM process WHERE id = p.parent_id)",
    "image -> path": "SELECT count(*) FROM image i WHERE NOT EXISTS (SELECT 1 FROM path WHERE id = i.path_id)",
}


def _references(connection: Connection) -> list[Complaint]:
    # A server keeps them itself, and lets nobody switch that off who is no superuser.
    broken = [] if on_server(connection) else connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    counts = {f"{row[0]} -> {row[2]}": 1 for row in broken[:SHOWN]}
    for name, query in DANGLING.items():
        counts[name] = int(connection.exec_driver_sql(query).scalar_one())
    remedy = "Remove the case and ingest it again; report this, it is an error of oddkin's."
    return [
        Complaint("error", "reference", f"Reference into nothing: {name} ({count})", remedy)
        for name, count in counts.items()
        if count
    ]


def _circles(connection: Connection) -> list[Complaint]:
    count = len({circle.host_id for circle in closing_links(connection)})
    sentence = f"On {count:,} host{'s' * (count != 1)} processes are their own ancestors, so that the tree does not show them."
    remedy = "Remove the case and ingest it again; report this, it is an error of oddkin's."
    return [Complaint("error", "circle", sentence, remedy)] if count else []


def _unfinished(connection: Connection) -> list[Complaint]:
    query = select(Case.name, SourceRow.path).join(SourceRow).where(SourceRow.state == READING).limit(SHOWN)
    return [
        Complaint("note", "interrupted", f"Case {row[0]!r}: the ingest of {row[1]!r} was interrupted.",
                  "Ingest the same path again: it goes on where it was.")
        for row in connection.execute(query)
    ]  # fmt: skip


def _unlinked(connection: Connection) -> list[Complaint]:
    query = select(Case.name, Host.name).join(Host).where(Host.unlinked == 1).limit(SHOWN)
    found = [(row[0], f"host {row[1]!r} has records that are not linked yet") for row in connection.execute(query)]
    stale = connection.execute(select(Case.name).where(Case.stale > 0)).scalars()
    found += [(name, "the counts of chains are not up to date") for name in stale]
    return [
        Complaint("note", "unlinked", f"Case {case!r}: {what}.", "Ingest any file of the case again.") for case, what in found
    ]


def _models(workspace: Workspace) -> list[Complaint]:
    found = [
        Complaint("note", "orphan", f"{path.name} in the model store belongs to no model.",
                  "It is removed when the next model is trained.")
        for path in workspace.vault.orphans()
    ]  # fmt: skip
    for model in workspace.vault.list():
        try:
            workspace.vault.verify(model.id)
        except OddkinError as error:
            found.append(Complaint("error", "model", f"{model.id}: {error.message}", "Remove it, and import or train anew."))
    return found
