"""Processes as events of Timesketch (https://timesketch.org/guides/user/import-from-json-csv/).

`message`, `datetime` (ISO 8601) and `timestamp_desc` have to be there, `timestamp` is microseconds since 1970 as an integer,
`tag` a list. Fractions always have six digits: Timesketch takes the form of a column's first time for that of all, and drops the
others. What has no time stands at 1970 as "Not a time", the way plaso tells of it: left out, it would be lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.handover.rows import ExportRow
from engine.handover.told import techniques
from engine.hash_lists.hashes import by_kind
from engine.untrusted import visible

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CREATED, NO_TIME = "Process created", "Not a time"
TAG = re.compile(r"(?<!\S)#([^\s#,;]{1,64})(?!\S)")
LONGEST = 2_000
"""Characters of a command line in a message; `command_line` has all of it."""
COLUMNS = (
    "message", "datetime", "timestamp", "timestamp_desc", "tag", "hostname", "username", "executable", "command_line", "pid",
    "process_guid", "parent_executable", "parent_pid", "parent_command_line", "working_directory", "integrity", "logon_id",
    "md5_hash", "sha1_hash", "sha256_hash", "process", "parent_process", "case", "incident", "finding", "score", "rank", "chain",
    "reason", "technique", "verdict", "note", "labelled_by", "labelled_at", "source_file", "record_id", "model_id", "known",
    "marks", "mark_level",
)  # fmt: skip
"""In this order; further ones are added at the end."""


def events(rows: Iterable[ExportRow], said: list[str]) -> Iterator[dict[str, Any]]:
    """One a process, in the order of the rows, every column in each; None for what is not known. Texts are as recorded.

    said: gets a sentence about processes without a time.
    """
    without = 0
    for row in rows:
        without += not row.time
        yield event(row)
    if without:
        said.append(f"{without:,} of these processes have no time: they stand at 1970-01-01 as {NO_TIME!r}.")


def event(row: ExportRow) -> dict[str, Any]:
    """A process as an event."""
    shown = [one.technique for one in techniques(row)]
    moment = EPOCH if not row.time else datetime.fromisoformat(row.time)
    of = by_kind(row.hashes)
    values = {
        "message": message(row),
        "datetime": moment.isoformat(timespec="microseconds"),
        "timestamp": (moment - EPOCH) // timedelta(microseconds=1),
        "timestamp_desc": CREATED if row.time else NO_TIME,
        "tag": tags(row, shown),
        "hostname": row.host,
        "username": row.user,
        "executable": row.image,
        "command_line": row.command_line,
        "pid": row.pid,
        "process_guid": row.process_guid,
        "parent_executable": row.parent_image,
        "parent_pid": row.parent_pid,
        "parent_command_line": row.parent_command_line,
        "working_directory": row.working_directory,
        "integrity": row.integrity,
        "logon_id": row.logon_id,
        "md5_hash": of.get("md5"),
        "sha1_hash": of.get("sha1"),
        "sha256_hash": of.get("sha256"),
        "process": row.process,
        "parent_process": row.parent_process,
        "case": row.case,
        "incident": row.incident,
        "finding": row.finding,
        "score": row.score,
        "rank": row.rank,
        "chain": " -> ".join(row.chain),
        "reason": " | ".join(row.reason),
        "technique": " ".join(shown),
        "verdict": row.verdict,
        "note": row.note,
        "labelled_by": row.labelled_by,
        "labelled_at": row.labelled_at,
        "source_file": row.source_file,
        "record_id": row.record_id,
        "model_id": row.model_id,
        "known": row.known,
        "marks": " | ".join(row.marks),
        "mark_level": row.mark_level,
    }
    return {name: None if values[name] == "" else values[name] for name in COLUMNS}


def message(row: ExportRow) -> str:
    """One line for eyes, which begins with words of ours."""
    started = visible(row.command_line or row.image, LONGEST) or "an unknown program"
    by = f" by {visible(row.parent_image)}" if row.parent_image else ""
    account = f" as {visible(row.user)}" if row.user else ""
    return f"Process created on {visible(row.host) or 'an unknown host'}{account}{by}: {started}"


def tags(row: ExportRow, shown: Iterable[str]) -> list[str]:
    """What one filters by: the verdict, its own tags, the incident, techniques, the highest level of its marks. Visible."""
    found = ["oddkin", *([f"verdict:{row.verdict}"] if row.verdict else []), *([row.incident] if row.incident else [])]
    marked = [f"mark:{row.mark_level or 'none'}", *row.mark_techniques] if row.marks else []
    return list(dict.fromkeys([*found, *shown, *marked, *(visible(tag) for tag in TAG.findall(row.note))]))
