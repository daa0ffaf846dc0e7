"""SentinelOne: Cloud Funnel's events and Singularity Data Lake (`tgt.process.…`), Deep Visibility's exports (`tgtProc…`).

The source process is the one that acts: in a process creation it is the parent, and the target is the new process.
"""

from __future__ import annotations

from engine.domain.records import ReaderItem
from engine.readers.agents.fields import FieldNames, at, created, ended, first
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="sentinelone",
        title="SentinelOne (Cloud Funnel, Deep Visibility)",
        export="Cloud Funnel's files as they are; Deep Visibility or Event Search, Export as CSV or JSON, or the API's answer",
        read="process creations: the target process, its parent (the source process) and grandparent; process exits as ends",
        left_out="all other event types, cross-process and module events",
        source="github.com/elastic/integrations/tree/main/packages/sentinel_one_cloud_funnel",
    ),
)

_TYPES = ("event.type", "eventType", "EventType", "event_type")
_MARKS = frozenset((*_TYPES, "event"))
_SDL = (
    *("src.process.uid", "tgt.process.uid", "mgmt.url", "dataSource.vendor"),
    *("src.process.name", "tgt.process.name", "src.process.image.path", "tgt.process.image.path", "src.process.cmdline"),
)
"""Beside event.type: of an event as it is, and of what a query chooses (PowerQuery, columns)."""
_STARTS = frozenset(("processcreation", "process"))
_ENDS = frozenset(("processexit", "processtermination", "processterminated"))
_FIELDS = FieldNames(
    kind="edr-sentinelone",
    prefix="s1-",
    image=("tgt.process.image.path", "tgtProcImagePath", "TgtProcImagePath"),
    file=("tgt.process.name", "tgtProcName", "TgtProcName"),
    pid=("tgt.process.pid", "tgtProcPid", "tgtPid", "TgtProcPid", "TgtProcPID"),
    ppid=("src.process.pid", "srcProcPid", "SrcProcPid", "SrcProcPID"),
    key=("tgt.process.uid", "tgtProcUid", "tgtProcUniqueKey", "tgtProcUID", "TgtProcUid", "TgtProcUID"),
    parent_key=("src.process.uid", "srcProcUid", "srcProcUniqueKey", "srcProcUID", "SrcProcUid", "SrcProcUID"),
    parent_image=("src.process.image.path", "srcProcImagePath", "SrcProcImagePath"),
    parent_file=("src.process.name", "srcProcName", "SrcProcName"),
    grandparent=(
        *("src.process.parent.image.path", "srcProcParentImagePath", "SrcProcParentImagePath"),
        *("src.process.parent.name", "srcProcParentName", "SrcProcParentName"),
    ),
    command=("tgt.process.cmdline", "tgtProcCmdLine", "TgtProcCmdLine"),
    parent_command=("src.process.cmdline", "srcProcCmdLine", "SrcProcCmdLine"),
    user=("tgt.process.user", "tgtProcUser", "TgtProcUser", "src.process.user", "srcProcUser", "SrcProcUser", "user"),
    integrity=("tgt.process.integrityLevel", "tgtProcIntegrityLevel", "TgtProcIntegrityLevel"),
    sha1=("tgt.process.image.sha1", "tgtProcImageSha1", "TgtProcImageSha1"),
    md5=("tgt.process.image.md5", "tgtProcImageMd5", "TgtProcImageMd5"),
    sha256=("tgt.process.image.sha256", "tgtProcImageSha256", "TgtProcImageSha256"),
    host=("endpoint.name", "endpointName", "EndpointName", "agentName", "AgentName", "agent.uuid", "agentUuid"),
    times=(
        *("tgt.process.startTime", "tgtProcStartTime", "TgtProcStartTime"),
        *("event.time", "eventTime", "EventTime", "createdAt", "CreatedAt"),
    ),
    ended=("event.time", "eventTime", "EventTime", "createdAt", "CreatedAt"),
    record=("event.id", "eventId", "id"),
    system=("endpoint.os", "endpointOs", "EndpointOS", "agentOs", "AgentOS"),
)
_OLDER = FieldNames(
    kind="edr-sentinelone",
    prefix="s1-",
    image=("processImagePath",),
    file=("processName",),
    pid=("pid",),
    ppid=("parentPid",),
    key=("processUniqueKey",),
    parent_key=("parentProcessUniqueKey",),
    parent_file=("parentProcessName",),
    command=("processCmd",),
    user=("user", "processUserName"),
    integrity=("processIntegrityLevel",),
    sha1=("processImageSha1Hash", "sha1"),
    md5=("md5",),
    sha256=("sha256",),
    host=_FIELDS.host,
    times=("processStartTime", "eventTime", "createdAt"),
    ended=_FIELDS.ended,
    record=("id",),
    system=_FIELDS.system,
)
"""Deep Visibility's first schema: the process itself, without source and target."""


def recognises(record: Record) -> bool:
    """An agent's event of any type, by its type beside the source process or the site."""
    if _MARKS.isdisjoint(record) or first(record, _TYPES) is None:
        return False
    if "event.type" in record or at(record, "event.type") is not None:
        return any(at(record, name) is not None for name in _SDL)
    return any(name in record for name in ("srcProcUid", "srcProcName", "SrcProcName", "tgtProcName", "TgtProcName")) or (
        "processUniqueKey" in record and "agentName" in record
    )


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A start, an end, or None for other events."""
    kind = (first(record, _TYPES) or "").replace(" ", "").replace("_", "").lower()
    named = any(first(record, (name,)) for name in (*_FIELDS.image, *_FIELDS.file, *_FIELDS.key))
    fields = _FIELDS if named else _OLDER
    if kind in _STARTS:
        return created(fields, record, position, moments)
    if kind not in _ENDS:
        return None
    # An exit's own process is the source where no target is told.
    return ended(fields if named else _EXITS, record, position, moments)


_EXITS = FieldNames(
    kind=_FIELDS.kind,
    prefix=_FIELDS.prefix,
    image=(*_FIELDS.parent_image, "processImagePath"),
    file=(*_FIELDS.parent_file, "processName"),
    pid=(*_FIELDS.ppid, "pid"),
    key=(*_FIELDS.parent_key, "processUniqueKey"),
    host=_FIELDS.host,
    times=_FIELDS.ended,
)
