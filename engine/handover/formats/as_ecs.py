"""Processes as documents of the Elastic Common Schema, version 8 (https://www.elastic.co/guide/en/ecs/current/ecs-process.html).

What ECS has no field for stands below `oddkin`, as the schema asks of custom fields.
"""

from __future__ import annotations

import re
from typing import Any, TextIO

from engine.handover.format import ExportFormat, Needs
from engine.handover.material import Handed
from engine.handover.rows import ExportRow, ListedProcess
from engine.handover.tables import write_documents
from engine.hash_lists.hashes import by_kind

_VERSION = "8.11.0"
_LAST = re.compile(r"[^\\/]+$")


def document(process: ListedProcess) -> dict[str, Any]:
    """Every key in every document, null where unknown, but for hashes: those that are known."""
    domain, name = _account(process.user)
    return {
        "@timestamp": process.time,
        "ecs": {"version": _VERSION},
        "event": {
            "kind": "event",
            "category": ["process"],
            "type": ["start"],
            "id": process.record_id,
            "dataset": process.kind,
        },
        "host": {"name": process.host, "hostname": process.host},
        "user": {"name": name, "domain": domain},
        "process": {
            "executable": process.image or None,
            "name": _name(process.image),
            "pid": process.pid,
            "entity_id": process.guid,
            "command_line": process.command_line,
            "working_directory": process.cwd,
            "start": process.time,
            "hash": by_kind(process.hashes),
            "pe": {"original_file_name": process.original_name},
            "parent": {
                "executable": process.parent_image,
                "name": _name(process.parent_image),
                "pid": process.ppid if process.ppid is not None else process.parent_pid,
                "entity_id": process.parent_guid,
                "command_line": process.parent_command_line,
            },
        },
        "oddkin": _own(process),
    }


def _own(process: ListedProcess) -> dict[str, Any]:
    """What the schema has no field for."""
    return {
        "process": process.process,
        "process_id": process.process_id,
        "parent_id": process.parent_id,
        "parent_recorded": process.parent_recorded,
        "link": process.link,
        "link_confidence": process.link_confidence,
        "integrity": process.integrity,
        "logon_id": process.logon_id,
        "hashes": process.hashes,
        "case": process.case,
        "incident": process.incident,
        "variant": process.variant,
        "known": process.known,
        "marks": process.marks,
        "mark_level": process.mark_level,
        "mark_techniques": process.mark_techniques,
        "source_file": process.source_file,
        "position": process.position,
    }


def of_row(row: ExportRow) -> dict[str, Any]:
    """A process of an export: the document of a listing, with the techniques that it shows (`threat`), its scores and verdict.

    `parent_recorded` is whether a record tells of the parent. Numbers of the workspace are null: the short ones are there.
    """
    from engine.handover.told import techniques  # the tables; a listing does without

    made = document(_listed(row))
    shown = [one.technique for one in techniques(row)]
    made["threat"] = {"framework": "MITRE ATT&CK" if shown else None, "technique": {"id": shown}}
    made["oddkin"] |= {
        "parent": row.parent_process or None,
        "finding": row.finding,
        "score": row.score,
        "rank": row.rank,
        "chain": row.chain,
        "chain_id": row.chain_id or None,
        "step_errors": row.step_errors,
        "worst_step": row.worst_step,
        "reason": row.reason,
        "verdict": row.verdict or None,
        "note": row.note or None,
        "labelled_by": row.labelled_by or None,
        "labelled_at": row.labelled_at or None,
        "model_id": row.model_id or None,
    }
    return made


def _listed(row: ExportRow) -> ListedProcess:
    return ListedProcess(
        image=row.image, pid=row.pid, ppid=None, time=row.time or None, host=row.host, user=row.user or None,
        parent_image=row.parent_image or None, parent_recorded=bool(row.parent_process), command_line=row.command_line or None,
        parent_pid=row.parent_pid, parent_command_line=row.parent_command_line or None, link=row.link or None,
        link_confidence=row.link_confidence, guid=row.process_guid or None, parent_guid=row.parent_guid or None,
        integrity=row.integrity or None, logon_id=row.logon_id or None, cwd=row.working_directory or None,
        original_name=row.original_file_name or None, hashes=row.hashes or None, process_id=None, parent_id=None, kind=row.kind,
        source_file=row.source_file, record_id=row.record_id or None, position=row.position, case=row.case, process=row.process,
        incident=row.incident or None, variant=row.variant or None, known=row.known or None,
        marks=row.marks, mark_level=row.mark_level or None, mark_techniques=row.mark_techniques,
    )  # fmt: skip


def write(handed: Handed, stream: TextIO) -> int:
    """One document a line; their number."""
    return write_documents(map(of_row, handed.rows), stream)


def _account(user: str | None) -> tuple[str | None, str | None]:
    r"""(domain, name) of DOMAIN\name."""
    domain, found, name = (user or "").rpartition("\\")
    return (domain or None, name) if found else (None, user)


def _name(path: str | None) -> str | None:
    found = _LAST.search(path or "")
    return found.group() if found else path or None


FORMAT = ExportFormat(
    "ecs", "Elastic Common Schema, JSON lines", ".ecs.jsonl", 30, Needs.PROCESSES, ("process", "processes"), write
)
