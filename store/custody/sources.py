"""What the audit says of an ingest: an entry where it begins, one for small sources stored together, two for a large one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from engine.jobs.ports.ingest import SourceTicket, WholeSource
from store.base.acting import Acting
from store.custody.journal import case_of, record

SOURCE = "SELECT path, sha256, size, format, state, items, kept, rejected, error, case_id FROM source WHERE id = ?"
LINKED = "SELECT (SELECT count(*) FROM host WHERE case_id = ?1 AND records > 0), (SELECT count(*) FROM chain WHERE case_id = ?1)"


def began(connection: Connection, acting: Acting, case: str, number: int, paths: Sequence[str], *, new: bool) -> None:
    """The first thing of an ingest is stored: `paths` as they were named, absolute."""
    record(connection, acting, "ingest begun", {"id": number, "new": new, "paths": list(paths)}, case=case)


def opened(connection: Connection, acting: Acting, case: str, ticket: SourceTicket, content: Sequence[object]) -> None:
    """A large source begins, goes on, or was met at another path. `content`: path, SHA-256, size, format."""
    act = "source known" if ticket.complete else "source begun"
    named = dict(zip(("path", "sha256", "size", "format"), content, strict=True))
    record(connection, acting, act, {"source": ticket.id, "records_before": ticket.resume_from, **named}, case=case)


def finished(connection: Connection, acting: Acting, source_id: int, read: tuple[str, int] | None) -> None:
    """A large source was read to its end, or as far as it goes. Without a row its content is that of another source."""
    found = connection.exec_driver_sql(SOURCE, (source_id,)).one_or_none()
    if found is None:
        record(connection, acting, "source dropped", {"source": source_id, "sha256": None if read is None else read[0]})
        return
    path, sha256, size, fmt, state, items, kept, rejected, error, case = found
    told = {
        "source": source_id, "path": path, "sha256": sha256, "size": size, "format": fmt, "state": state, "records": items,
        "kept": kept, "rejected": rejected, "error": error,
    }  # fmt: skip
    record(connection, acting, "source read", told, case=case_of(connection, case))


def added(
    connection: Connection, acting: Acting, case: str, sources: Sequence[WholeSource], numbers: Sequence[int | None]
) -> None:
    """Small sources that were stored together; those that another process had begun have no number."""
    told = [
        {
            "source": number, "path": one.path, "sha256": one.sha256, "size": one.size, "format": one.format,
            "records": one.batch.items, "kept": len(one.batch.events), "rejected": len(one.batch.rejects),
            "error": one.error or None, "container": one.container,
        }
        for one, number in zip(sources, numbers, strict=True) if number is not None
    ]  # fmt: skip
    if told:
        record(connection, acting, "sources read", {"sources": told}, case=case)


def delivered(connection: Connection, acting: Acting, source_ids: Sequence[int], path: str, sha256: str) -> None:
    """The file that sources came out of was read to its end."""
    if source_ids:
        (case,) = connection.exec_driver_sql("SELECT max(case_id) FROM source WHERE id = ?", (source_ids[0],)).one()
        name = case_of(connection, case)
        record(connection, acting, "archive read", {"path": path, "sha256": sha256, "sources": list(source_ids)}, case=name)


def unread(connection: Connection, acting: Acting, case: str, path: str, error: str, on_disk: tuple[str, str] | None) -> None:
    """Nothing of an input could be read; `on_disk`: the file and its hash."""
    file, digest = on_disk or (None, None)
    record(connection, acting, "source unread", {"path": path, "error": error, "file": file, "sha256": digest}, case=case)


def linked(connection: Connection, acting: Acting, case: str, number: int) -> None:
    """Processes were linked to their parents, and chains made of them."""
    hosts, chains = connection.exec_driver_sql(LINKED, (number,)).one()
    record(connection, acting, "case linked", {"hosts": hosts, "chains": chains}, case=case)
