"""Security events under the names that Splunk takes from their English text: New_Process_ID, Creator_Process_Name …

The text says "Account Name" once for who started the process and once for whom it runs as: such fields have two values, as a
list, as two lines of one cell, or in outputcsv's `__mv_` columns as $first$;$second$.
"""

from __future__ import annotations

from typing import Any

from engine.domain.records import ReaderItem
from engine.readers.agents.fields import FieldNames, ended, first
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments
from engine.readers.windows.windows_event import map_event
from engine.readers.windows.windows_fields import event_number, text

FORMATS = (
    Format(
        slug="splunk-security",
        title="Splunk, fields of WinEventLog:Security",
        export='sourcetype=WinEventLog (source="WinEventLog:Security") | table … | outputcsv, or Export as CSV or JSON',
        read="4688 with New_Process_ID, Creator_Process_ID and what stands beside them; 4689 as ends",
        left_out="other event codes",
        source="docs.splunk.com/Documentation/AddOns/released/Windows (WinEventLog, field extractions)",
    ),
)

_ONCE = {
    "NewProcessId": ("New_Process_ID", "New_Process_Id"),
    "NewProcessName": ("New_Process_Name",),
    "ProcessId": ("Creator_Process_ID", "Creator_Process_Id"),
    "ParentProcessName": ("Creator_Process_Name",),
    "CommandLine": ("Process_Command_Line",),
    "MandatoryLabel": ("Mandatory_Label",),
}
_TWICE = {"UserName": "Account_Name", "DomainName": "Account_Domain", "LogonId": "Logon_ID"}
_HOST = ("ComputerName", "Computer", "host", "dest", "dvc")
_TIMES = ("_time", "TimeCreated", "TimeGenerated")
_ENDED = FieldNames(
    kind="security4689",
    image=("Process_Name",),
    pid=("Process_ID", "Process_Id"),
    host=_HOST,
    times=_TIMES,
)
_PROVIDER = "Microsoft-Windows-Security-Auditing"


def recognises(record: Record) -> bool:
    """A row with an event code and a process under these names."""
    if "EventCode" not in record and "EventID" not in record and "signature_id" not in record:
        return False
    return "New_Process_Name" in record or "New_Process_ID" in record or ("Process_Name" in record and "Process_ID" in record)


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A creation, an end, or None for other event codes."""
    code = event_number(text(record.get("EventCode") or record.get("EventID") or record.get("signature_id")))
    if code == 4689:
        return ended(_ENDED, record, position, moments)
    if code != 4688:
        return None
    data: dict[str, Any] = {name: first(record, names) for name, names in _ONCE.items()}
    for name, column in _TWICE.items():
        values = _values(record, column)
        for who, value in zip(("Subject", "Target"), values, strict=False):
            data[who + name] = value
    system = {
        "Provider": {"Name": _PROVIDER},
        "EventID": code,
        "Computer": first(record, _HOST),
        "TimeCreated": {"SystemTime": first(record, _TIMES)},
    }
    number = first(record, ("RecordNumber", "EventRecordID")) or str(position)
    return map_event({"System": system, "EventData": data}, position, record_id=number)


def _values(record: Record, column: str) -> list[str | None]:
    """The values of a field that may have two."""
    many = record.get("__mv_" + column)
    if isinstance(many, str) and many.startswith("$") and many.endswith("$"):
        return [text(value.replace("$$", "$")) for value in many[1:-1].split("$;$")]
    value = record.get(column)
    if isinstance(value, list) and len(value) != 1:
        return [text(one) for one in value]
    value = value[0] if isinstance(value, list) else value
    return [text(line.strip()) for line in value.split("\n")] if isinstance(value, str) else [text(value)]
