"""Trend Vision One: endpoint activity data (`eventSubId` TELEMETRY_PROCESS_CREATE), from its search or its data lake pipeline.

The process is the one that acts, the object what it acts on: in a creation the object is the new process, the process its
parent.
"""

from __future__ import annotations

from engine.domain.records import ReaderItem
from engine.readers.agents.fields import FieldNames, created, ended, first
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="trend-vision-one",
        title="Trend Vision One, endpoint activity data",
        export="Search, Endpoint Activity Data, eventSubId: TELEMETRY_PROCESS_CREATE, Export; or the API's answer",
        read="process creations: the object as the process, the process as its parent, the parent above; terminations as ends",
        left_out="other event ids",
        source="docs.trendmicro.com, Trend Vision One: Endpoint activity data, eventId and eventSubId mapping",
        sample=False,
    ),
)

_EVENT = ("eventSubId", "eventSubName")
_STARTS = frozenset(("2", "TELEMETRY_PROCESS_CREATE"))
_ENDS = frozenset(("3", "TELEMETRY_PROCESS_TERMINATE"))
_FIELDS = FieldNames(
    kind="edr-trend",
    image=("objectFilePath",),
    file=("objectName",),
    pid=("objectPid",),
    ppid=("processPid",),
    parent_image=("processFilePath",),
    parent_file=("processName",),
    grandparent=("parentFilePath", "parentName"),
    command=("objectCmd",),
    parent_command=("processCmd",),
    domain=("objectUserDomain",),
    user=("objectUser",),
    integrity=("objectIntegrityLevel",),
    sha1=("objectFileHashSha1",),
    md5=("objectFileHashMd5",),
    sha256=("objectFileHashSha256",),
    host=("endpointHostName", "endpointName", "endpointGuid"),
    times=("objectLaunchTime", "eventTimeDT", "eventTime", "firstSeen"),
    ended=("eventTimeDT", "eventTime"),
    record=("uuid",),
    system=("osName", "osType"),
)


def recognises(record: Record) -> bool:
    """Activity of an endpoint, of any event id."""
    if "endpointHostName" not in record and "endpointGuid" not in record:
        return False
    return ("eventSubId" in record or "eventId" in record) and any(
        name in record for name in ("processFilePath", "objectFilePath", "processCmd", "processPid")
    )


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A creation, a termination, or None for other events."""
    step = first(record, _EVENT)
    # The id may have its name behind it: "2 - TELEMETRY_PROCESS_CREATE".
    step = step.rpartition(" ")[2] if step else ""
    if step in _STARTS:
        return created(_FIELDS, record, position, moments)
    return ended(_FIELDS, record, position, moments) if step in _ENDS else None
