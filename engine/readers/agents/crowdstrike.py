"""CrowdStrike Falcon's events: Data Replicator (FDR), Event Search and LogScale (Next-Gen SIEM) exports of them.

ProcessRollup2 tells a start, SyntheticProcessRollup2 a process that ran before the sensor. TargetProcessId and ParentProcessId
are the sensor's own numbers, unique on a host and no process ids: RawProcessId is the process id, and the parent's is not told.
Event Search writes _decimal behind numbers, LogScale a # before what it has tagged.
"""

from __future__ import annotations

from engine.domain.records import ReaderItem
from engine.readers.agents.fields import FieldNames, created, ended, first
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="crowdstrike",
        title="CrowdStrike Falcon (FDR, Event Search, LogScale)",
        export="Falcon Data Replicator's files (data/…gz) as they are; (Advanced) Event Search: Export as CSV or JSON",
        read="ProcessRollup2 and SyntheticProcessRollup2: image, command line, times, account, hashes, the parent by its id and "
        "name; EndOfProcess and TerminateProcess as ends",
        left_out="other events; the parent's process id, which is not recorded; names of hosts that only aidmaster has",
        source="github.com/elastic/integrations/tree/main/packages/crowdstrike (fdr)",
    ),
)

_EVENT = ("event_simpleName", "#event_simpleName", "Event_SimpleName")
_SENSOR = ("aid", "event_platform", "TargetProcessId", "TargetProcessId_decimal", "ComputerName", "cid")
_STARTS = frozenset(("ProcessRollup2", "SyntheticProcessRollup2"))
_ENDS = frozenset(("EndOfProcess", "TerminateProcess"))
_FIELDS = FieldNames(
    kind="edr-crowdstrike",
    prefix="falcon-",
    image=("ImageFileName", "FilePath"),
    file=("FileName",),
    pid=("RawProcessId", "RawProcessId_decimal"),
    key=("TargetProcessId", "TargetProcessId_decimal"),
    parent_key=("ParentProcessId", "ParentProcessId_decimal"),
    parent_image=("ParentImageFileName", "ParentBaseFileName"),
    grandparent=("GrandParentBaseFileName", "GrandparentImageFileName"),
    command=("CommandLine", "ProcessCommandLine"),
    parent_command=("ParentCommandLine",),
    domain=("LogonDomain", "UserDomain"),
    user=("UserName", "UserPrincipal", "UserSid_readable", "UserSid", "UID"),
    integrity=("IntegrityLevel", "IntegrityLevel_decimal"),
    cwd=("WorkingDirectory", "CurrentWorkingDirectory"),
    logon=("AuthenticationId", "AuthenticationId_decimal"),
    original=("OriginalFilename",),
    sha1=("SHA1HashData",),
    md5=("MD5HashData",),
    sha256=("SHA256HashData",),
    host=("ComputerName", "hostname", "host", "aid", "AgentIdString"),
    times=(
        *("ProcessStartTime", "ProcessStartTime_decimal", "ContextTimeStamp", "ContextTimeStamp_decimal"),
        *("timestamp", "@timestamp", "_time"),
    ),
    ended=("ProcessEndTime", "ContextTimeStamp", "ContextTimeStamp_decimal", "timestamp", "@timestamp", "_time"),
    record=("id", "@id", "event_id"),
    system=("event_platform",),
)


def recognises(record: Record) -> bool:
    """A sensor's event of any name."""
    return any(name in record for name in _EVENT) and (
        "aid" in record or "TargetProcessId" in record or "event_platform" in record
    )


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A start, an end, or None for the sensor's other events."""
    event = first(record, _EVENT)
    if event in _STARTS:
        return created(_FIELDS, record, position, moments)
    return ended(_FIELDS, record, position, moments) if event in _ENDS else None
