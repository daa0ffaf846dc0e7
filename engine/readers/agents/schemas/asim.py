"""Microsoft Sentinel's ASIM process events: imProcessCreate, ASimProcessEventLogs, and what parsers make of any source.

The acting process starts the target process. ParentProcess… is the parent of the acting one, two steps above the target.
"""

from __future__ import annotations

from engine.domain.records import ReaderItem
from engine.readers.agents.fields import FieldNames, created, ended, first
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="asim",
        title="Microsoft Sentinel, ASIM process events",
        export="Logs: imProcessCreate or _Im_ProcessEvent or ASimProcessEventLogs, Export as CSV; or the API's answer",
        read="ProcessCreated: target process, acting process as its parent, the parent above; ProcessTerminated as ends",
        left_out="other event types and schemas, EventResult Failure",
        source="learn.microsoft.com/azure/sentinel/normalization-schema-process-event",
    ),
)

_FIELDS = FieldNames(
    kind="asim",
    image=("TargetProcessName", "Process"),
    file=("TargetProcessFilename",),
    pid=("TargetProcessId",),
    ppid=("ActingProcessId",),
    key=("TargetProcessGuid",),
    parent_key=("ActingProcessGuid",),
    parent_image=("ActingProcessName",),
    parent_file=("ActingProcessFilename",),
    grandparent=("ParentProcessName",),
    command=("TargetProcessCommandLine", "CommandLine"),
    parent_command=("ActingProcessCommandLine",),
    user=("TargetUsername", "ActorUsername", "User"),
    integrity=("TargetProcessIntegrityLevel",),
    cwd=("TargetProcessCurrentDirectory",),
    logon=("TargetUserSessionId",),
    original=("TargetProcessFileOriginalName",),
    sha1=("TargetProcessSHA1", "TargetProcessFileSHA1"),
    md5=("TargetProcessMD5", "TargetProcessFileMD5"),
    sha256=("TargetProcessSHA256", "TargetProcessFileSHA256"),
    host=("DvcFQDN", "Dvc", "DvcHostname", "DvcId"),
    times=("TargetProcessCreationTime", "EventStartTime", "EventEndTime", "TimeGenerated"),
    ended=("EventEndTime", "EventStartTime", "TimeGenerated"),
    record=("EventOriginalUid",),
    system=("DvcOs",),
)


def recognises(record: Record) -> bool:
    """An event of any of the schemas by its name, or a process event by its target and acting process."""
    if "EventSchema" in record and "EventProduct" in record:
        return True
    target = "TargetProcessName" in record or "TargetProcessId" in record
    # Other tables have a target process, too (injections, Jamf): the schema's device or product goes with it.
    return (
        target
        and ("ActingProcessName" in record or "ActingProcessId" in record or "ActorUsername" in record)
        and (any(name in record for name in ("Dvc", "DvcHostname", "DvcFQDN", "EventProduct", "EventSchema", "TimeGenerated")))
    )


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A creation, a termination, or None for other events and failures."""
    if first(record, ("EventSchema",)) not in (None, "ProcessEvent"):
        return None
    event = first(record, ("EventType",)) or "ProcessCreated"
    if event == "ProcessTerminated":
        return ended(_FIELDS, record, position, moments)
    if event != "ProcessCreated" or first(record, ("EventResult",)) == "Failure":
        return None
    return created(_FIELDS, record, position, moments)
