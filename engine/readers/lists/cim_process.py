"""Win32_Process, the processes of Windows as WMI has them: Get-CimInstance, Get-WmiObject, wmic."""

from __future__ import annotations

from typing import Any

from engine.domain.records import WINDOWS, ReaderItem
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.lists.listed import event, first
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="cim-process",
        title="Win32_Process (Get-CimInstance, Get-WmiObject, wmic)",
        export="Get-CimInstance Win32_Process | Export-Csv processes.csv (or ConvertTo-Json); wmic process get /format:csv > "
        "file",
        read="every process with its parent, creation time, path, command line",
        left_out="threads, sizes, priorities; the idle process. A parent's pid may have been given again since",
        source="learn.microsoft.com/windows/win32/cimwin32prov/win32-process",
    ),
)

_CLASS = """
Node Caption CommandLine CreationClassName CreationDate CSCreationClassName CSName Description ExecutablePath
ExecutionState Handle HandleCount InstallDate KernelModeTime MaximumWorkingSetSize MinimumWorkingSetSize Name
OSCreationClassName OSName OtherOperationCount OtherTransferCount PageFaults PageFileUsage ParentProcessId
PeakPageFileUsage PeakVirtualSize PeakWorkingSetSize Priority PrivatePageCount ProcessId QuotaNonPagedPoolUsage
QuotaPagedPoolUsage QuotaPeakNonPagedPoolUsage QuotaPeakPagedPoolUsage ReadOperationCount ReadTransferCount SessionId
Status TerminationDate ThreadCount UserModeTime VirtualSize WindowsVersion WorkingSetSize WriteOperationCount
WriteTransferCount
"""
_POWERSHELL = """
ProcessName Handles VM WS Path PSComputerName PSShowComputerName PSSourceJobInstanceId RunspaceId CimClass
CimInstanceProperties CimSystemProperties __GENUS __CLASS __SUPERCLASS __DYNASTY __RELPATH __PROPERTY_COUNT __DERIVATION
__SERVER __NAMESPACE __PATH Scope Options ClassPath Properties SystemProperties Qualifiers Site Container
"""
"""What PowerShell adds to an object."""
_PROPERTIES = frozenset((_CLASS + _POWERSHELL).split()) | {
    *("Owner", "User", "UserName", "Domain", "Hash", "MD5", "SHA1", "SHA256"),  # what scripts put beside it
}


def recognises(record: Record) -> bool:
    """A process and its parent by the class's names, and no field that the class does not have."""
    if "ParentProcessId" not in record or "ProcessId" not in record:
        return False
    return ("Name" in record or "Caption" in record) and record.keys() <= _PROPERTIES


def of_class(record: Record) -> Record:
    """What of a record the class has."""
    return {name: value for name, value in record.items() if name in _PROPERTIES}


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A process. Export-Csv writes the times of the machine's wall clock, wmic an offset."""
    user, domain = first(record, "Owner", "UserName", "User"), first(record, "Domain")
    return event(
        record,
        position,
        moments.local(_date(record.get("CreationDate"))),
        path=first(record, "ExecutablePath", "Path"),
        name=first(record, "Name", "Caption", "ProcessName"),
        pid=first(record, "ProcessId"),
        ppid=first(record, "ParentProcessId"),
        host=first(record, "PSComputerName", "CSName", "Node", "__SERVER"),
        command_line=first(record, "CommandLine"),
        user=f"{domain}\\{user}" if user and domain and "\\" not in user else user,
        hashes=first(record, "SHA256", "SHA1", "MD5", "Hash"),
        os=WINDOWS,
    )


def _date(value: Any) -> Any:
    """ConvertTo-Json of Windows PowerShell makes an object of a date with a property added."""
    return value.get("value", value.get("DateTime")) if isinstance(value, dict) else value
