"""Rows of `ausearch --format csv`: who did what to what, without a process id.

audit-userspace, ausearch.8: NODE, EVENT, DATE, TIME, SERIAL_NUM, EVENT_KIND, SESSION, SUBJ_PRIME, SUBJ_SEC, SUBJ_KIND, ACTION,
RESULT, OBJ_PRIME, OBJ_SEC, OBJ_KIND, HOW. SUBJ_PRIME is who logged in, SUBJ_SEC whom that one acts as.
"""

from __future__ import annotations

from engine.domain.records import LINUX, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments
from engine.readers.windows.windows_fields import sample_of, text

FORMATS = (
    Format(
        slug="ausearch-csv",
        title="ausearch --format csv",
        export="ausearch -i -m EXECVE is the better export: this one has no process ids",
        read="rows of ACTION executed and RESULT success, without pid and parent",
        left_out="all other rows",
        source="github.com/linux-audit/audit-userspace, ausearch.8",
    ),
)

_UNSET = frozenset(("unset", "-1", "4294967295", "unknown"))


def recognises(record: Record) -> bool:
    """The columns that every row fills."""
    return "SERIAL_NUM" in record and "EVENT_KIND" in record and "DATE" in record


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """What was executed; None for other rows."""
    if text(record.get("ACTION")) != "executed" or text(record.get("RESULT")) not in ("success", "yes"):
        return None
    image = text(record.get("HOW")) or text(record.get("OBJ_PRIME"))
    if image is None:
        return Reject(position=position, code="no-image", reason="HOW and OBJ_PRIME are empty.", sample=sample_of(record))
    users = (text(record.get("SUBJ_SEC")), text(record.get("SUBJ_PRIME")))
    session = text(record.get("SESSION"))
    return ProcessEvent(
        kind="auditd",
        image=image,
        os=LINUX,
        host=text(record.get("NODE")) or "",
        time_us=moments.local(f"{text(record.get('DATE')) or ''} {text(record.get('TIME')) or ''}".strip()),
        user=next((name for name in users if name is not None and name not in _UNSET), None),
        logon_id=None if session in _UNSET else session,
        record_id=text(record.get("SERIAL_NUM")),
        position=position,
    )
