"""Google SecOps' (Chronicle's) unified data model: process events of any source.

The principal is the one that acts: in a launch its process is the parent, the target's is the new one. Names are in camelCase
from the interfaces and in snake_case from exports; search answers put each event under "udm" or "event".
"""

from __future__ import annotations

import re

from engine.domain.records import ReaderItem
from engine.readers.agents.fields import FieldNames, at, created, ended, first
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="udm",
        title="Google SecOps (Chronicle), UDM events",
        export='SIEM search: metadata.event_type = "PROCESS_LAUNCH", Export, or the API\'s answer (udmSearch), or the export API',
        read="PROCESS_LAUNCH: the target's process, the principal's as its parent; PROCESS_TERMINATION as ends",
        left_out="other event types, launches that were blocked",
        source="cloud.google.com/chronicle/docs/reference/udm-field-list",
    ),
)

_CAPITAL = re.compile(r"(?=[A-Z])")


def _names(*fields: str) -> tuple[str, ...]:
    """The fields in both spellings, under each of the wrappings."""
    spelled = [name for field in fields for name in (field, _CAPITAL.sub("_", field).lower())]
    return tuple(before + name for name in dict.fromkeys(spelled) for before in ("", "udm.", "event."))


_TYPE = _names("metadata.eventType")
_LAUNCH = FieldNames(
    kind="udm",
    image=_names("target.process.file.fullPath"),
    file=_names("target.process.file.names"),
    pid=_names("target.process.pid"),
    ppid=_names("principal.process.pid", "target.process.parentProcess.pid"),
    key=_names("target.process.productSpecificProcessId"),
    parent_key=_names("principal.process.productSpecificProcessId", "target.process.parentProcess.productSpecificProcessId"),
    parent_image=_names("principal.process.file.fullPath", "target.process.parentProcess.file.fullPath"),
    grandparent=_names("principal.process.parentProcess.file.fullPath"),
    command=_names("target.process.commandLine"),
    parent_command=_names("principal.process.commandLine", "target.process.parentProcess.commandLine"),
    domain=_names("principal.administrativeDomain"),
    user=_names("target.user.userid", "principal.user.userid"),
    sha1=_names("target.process.file.sha1"),
    md5=_names("target.process.file.md5"),
    sha256=_names("target.process.file.sha256"),
    host=_names("principal.hostname", "target.hostname", "principal.asset.hostname", "principal.assetId"),
    times=_names("metadata.eventTimestamp"),
    record=_names("metadata.productLogId", "metadata.id"),
    system=_names("principal.platform", "target.platform"),
)
_MARKS = frozenset((*_TYPE, "metadata", "udm", "event"))
_ACTION = _names("securityResult.action")


def recognises(record: Record) -> bool:
    """An event of any type, by its metadata."""
    if _MARKS.isdisjoint(record):
        return False
    return first(record, _TYPE) is not None and first(record, _LAUNCH.times) is not None


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A launch, a termination, or None for other events."""
    event = first(record, _TYPE)
    if event == "PROCESS_TERMINATION":
        return ended(_LAUNCH, record, position, moments)
    if event != "PROCESS_LAUNCH" or any("BLOCK" in str(at(record, name)) for name in _ACTION):
        return None
    return created(_LAUNCH, record, position, moments)
