"""CrowdStrike Falcon's detections, from FDR (Event_ExternalApiEvent) and from Event Streams ({"metadata": …, "event": …}).

A detection names the process that it is about, its parent and grandparent. ProcessId is the sensor's own number here.
"""

from __future__ import annotations

from engine.domain.records import ReaderItem
from engine.readers.agents.fields import FieldNames, at, created, first
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="crowdstrike-detections",
        title="CrowdStrike Falcon, detections",
        export="Falcon Data Replicator, or the SIEM connector's output of Event Streams",
        read="the process of each detection that was not blocked, once for each process, with parent and grandparent",
        left_out="other events of the stream (logins, incidents, policies); blocked processes",
        source="github.com/elastic/integrations/tree/main/packages/crowdstrike (falcon and fdr)",
    ),
)

_DETECTIONS = frozenset(("DetectionSummaryEvent", "EppDetectionSummaryEvent"))


def _names(*names: str) -> tuple[str, ...]:
    return tuple(before + name for name in names for before in ("", "event."))


_FIELDS = FieldNames(
    kind="edr-crowdstrike",
    prefix="falcon-",
    image=_names("FilePath"),
    file=_names("FileName"),
    key=_names("ProcessId"),
    parent_key=_names("ParentProcessId"),
    parent_image=_names("ParentImageFilePath", "ParentImageFileName"),
    parent_file=_names("ParentImageFileName"),
    grandparent=_names("GrandParentImageFilePath", "GrandparentImageFileName", "GrandParentImageFileName"),
    command=_names("CommandLine"),
    parent_command=_names("ParentCommandLine"),
    domain=_names("LogonDomain", "MachineDomain"),
    user=_names("UserName"),
    sha1=_names("SHA1String"),
    md5=_names("MD5String"),
    sha256=_names("SHA256String"),
    host=_names("ComputerName", "Hostname", "AgentIdString", "AgentId", "SensorId"),
    times=_names("ProcessStartTime", "ContextTimeStamp", "UTCTimestamp"),
    record=_names("CompositeId", "DetectId", "eid"),
    system=_names("Platform", "PlatformName"),
)
_MARKS = frozenset(("ExternalApiType", "event.ExternalApiType", "metadata.eventType", "event", "metadata"))
_BLOCKED = _names("PatternDispositionFlags.ProcessBlocked")


def recognises(record: Record) -> bool:
    """An event of the stream of any type."""
    if _MARKS.isdisjoint(record):
        return False
    if "ExternalApiType" in record or at(record, "event.ExternalApiType") is not None:
        return True
    return at(record, "metadata.eventType") is not None and at(record, "metadata.customerIDString") is not None


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """The process of a detection; None for other events and for processes that were blocked."""
    event = first(record, ("metadata.eventType", "ExternalApiType", "event.ExternalApiType")) or ""
    if event.removeprefix("Event_") not in _DETECTIONS or any(str(at(record, name)).lower() == "true" for name in _BLOCKED):
        return None
    return created(_FIELDS, record, position, moments)
