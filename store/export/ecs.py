"""Processes as documents of the Elastic Common Schema, version 8 (https://www.elastic.co/guide/en/ecs/current/ecs-process.html).

What ECS has no field for stands below `oddkin`, as the schema asks of custom fields.
"""

from __future__ import annotations

import re
from typing import Any

from engine.hash_lists.hashes import named
from store.export.listing import ListedProcess

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
            "hash": {kind.lower(): value.lower() for kind, value in named(process.hashes or "")},
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
        "source_file": process.source_file,
        "position": process.position,
    }


def _account(user: str | None) -> tuple[str | None, str | None]:
    r"""(domain, name) of DOMAIN\name."""
    domain, found, name = (user or "").rpartition("\\")
    return (domain or None, name) if found else (None, user)


def _name(path: str | None) -> str | None:
    found = _LAST.search(path or "")
    return found.group() if found else path or None
