"""CrowdStrike Falcon's events: Data Replicator (FDR), Event Search and LogScale (Next-Gen SIEM) exports of them.

ProcessRollup2 tells a start, SyntheticProcessRollup2 a process that ran before the sensor. TargetProcessId and ParentProcessId
are the sensor's own numbers, unique on a host and no process ids: RawProcessId is the process id, and the parent's is not told.
Event Search writes _decimal behind numbers, LogScale a # before what it has tagged. With the events come tables of hosts and
users, which are no events.
"""

from __future__ import annotations

from engine.domain.records import ReaderItem
from engine.readers.agents.fields import FieldNames, created, ended, first, in_lower_case, lower_case
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
    host=("ComputerName", "hostname", "aid", "AgentIdString"),
    times=(
        *("ProcessStartTime", "ProcessStartTime_decimal", "ContextTimeStamp", "ContextTimeStamp_decimal"),
        *("timestamp", "@timestamp", "_time"),
    ),
    ended=("ProcessEndTime", "ContextTimeStamp", "ContextTimeStamp_decimal", "timestamp", "@timestamp", "_time"),
    record=("id", "@id", "event_id"),
    system=("event_platform",),
)


_FOLDED = in_lower_case(_FIELDS)
_FOLDED_EVENT = ("event_simplename", "EVENT_SIMPLENAME")
_TABLES = ("AgentVersion", "AgentLoadFlags", "UserSid_readable", "aidcount", "discoverer_aid", "LocalAddressIP4", "assessments")
"""Columns of aidmaster, userinfo, notmanaged, managedassets and Zero Trust assessments, which have a cid as well."""
_MARKS = frozenset((*_EVENT, *_FOLDED_EVENT, "cid"))


def recognises(record: Record) -> bool:
    """A sensor's event of any name, or a row of the tables that come with them."""
    if _MARKS.isdisjoint(record):
        return False
    if any(name in record for name in _EVENT) and any(name in record for name in _SENSOR):
        return True
    if any(name in record for name in _FOLDED_EVENT):
        return any(name in record for name in ("aid", "AID", "event_platform", "EVENT_PLATFORM"))
    return "cid" in record and any(name in record for name in _TABLES)


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A start, an end, or None for the sensor's other events and for tables."""
    names, event = _FIELDS, first(record, _EVENT)
    if event is None:
        names, record = _FOLDED, lower_case(record)
        event = first(record, ("event_simplename",))
    if event in _STARTS:
        return created(names, record, position, moments)
    return ended(names, record, position, moments) if event in _ENDS else None
