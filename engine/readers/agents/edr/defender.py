"""Microsoft Defender for Endpoint: raw MDE tables (CreatedProcess…), DeviceProcessEvents of advanced hunting and Sentinel, and
the device timeline. Rows may come as CSV or as JSON objects.

The parent is the initiating process: CreatedProcessParentId and InitiatingProcessParentId are about other processes (with
parent spoofing, and the grandparent).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

from engine.domain.records import SAMPLE_BYTES, ProcessEvent, ReaderItem, Reject
from engine.readers.agents.fields import account, first_word, joined, moment, system_of
from engine.readers.contract import Format, ReadOptions, Record
from engine.readers.guard import guarded
from engine.readers.text.csv_common import head_rows, header_of, process_id, table
from engine.readers.text.hosts import named
from engine.readers.text.moments import Moments
from engine.readers.windows.windows_fields import ABSENT, text

FORMATS = (
    Format(
        slug="defender",
        title="Microsoft Defender for Endpoint",
        export="Advanced hunting: DeviceProcessEvents, Export, the API's answer, or streamed to an event hub or storage account; "
        "the same table in Sentinel; raw tables (CreatedProcess…)",
        read="ProcessCreated rows: image, command line, account, hashes, integrity, the initiating process as the parent",
        left_out="other action types, and the rows of the other Device… tables",
        source="learn.microsoft.com/defender-xdr/advanced-hunting-deviceprocessevents-table",
    ),
    Format(
        slug="defender-timeline",
        title="Microsoft Defender for Endpoint, device timeline",
        export="Defender portal, Device, Timeline, Export",
        read="ProcessCreated rows as in advanced hunting",
        left_out="other action types",
        source="learn.microsoft.com/defender-endpoint/device-timeline-event-flag",
    ),
)


class _Names(NamedTuple):
    """Columns of one of the schemas; tuples are tried in order."""

    path: str
    file: str
    command: tuple[str, ...]
    pid: str
    times: tuple[str, ...]
    host: tuple[str, ...]
    key: str
    parent_key: str
    parent_path: str
    parent_file: str
    parent_command: tuple[str, ...]
    grandparent: tuple[str, ...]
    domain: str
    account: str
    integrity: str
    logon: tuple[str, ...]
    original: str
    md5: str
    sha1: str
    sha256: str
    record: str
    action: str = "ActionType"
    parent_pid: str = "InitiatingProcessId"


_RAW = _Names(
    path="CreatedProcessFilePath",
    file="CreatedProcessName",
    command=("CreatedProcessCommandLine",),
    pid="CreatedProcessId",
    times=("CreatedProcessCreationTime", "ReportTime"),
    host=("ComputerDnsName", "MachineId"),
    key="CreatedProcessStartKey",
    parent_key="InitiatingProcessStartKey",
    parent_path="InitiatingProcessImageFilePath",
    parent_file="InitiatingProcessName",
    parent_command=("Process_CommandLine", "InitiatingProcessCommandLine"),
    grandparent=("InitiatingProcessParentProcessName",),
    domain="CreatedProcessAccountDomainName",
    account="CreatedProcessAccountName",
    integrity="CreatedProcessIntegrityLevel",
    logon=("LogonId",),
    original="CreatedProcessVersionInfoOriginalFileName",
    md5="CreatedProcessFileMd5",
    sha1="CreatedProcessFileSha1",
    sha256="CreatedProcessFileSha256",
    record="ReportIndex",
)
_HUNTING = _Names(
    path="FolderPath",
    file="FileName",
    command=("ProcessCommandLine",),
    pid="ProcessId",
    times=("ProcessCreationTime", "Timestamp", "TimeGenerated", "EventTime"),
    host=("DeviceName", "ComputerName", "DeviceId", "MachineId"),
    key="ProcessUniqueId",
    parent_key="InitiatingProcessUniqueId",
    parent_path="InitiatingProcessFolderPath",
    parent_file="InitiatingProcessFileName",
    parent_command=("InitiatingProcessCommandLine",),
    grandparent=("InitiatingProcessParentFileName",),
    domain="AccountDomain",
    account="AccountName",
    integrity="ProcessIntegrityLevel",
    logon=("LogonId",),
    original="ProcessVersionInfoOriginalFileName",
    md5="MD5",
    sha1="SHA1",
    sha256="SHA256",
    record="ReportId",
)
_TIMELINE = _Names(
    path="Folder Path",
    file="File Name",
    command=("Process Command Line",),
    pid="Process Id",
    times=("Process Creation Time", "Event Time"),
    host=("Computer Name", "Machine Id"),
    key="Process Unique Id",
    parent_key="Initiating Process Unique Id",
    parent_path="Initiating Process Folder Path",
    parent_file="Initiating Process File Name",
    parent_command=("Initiating Process Command Line",),
    grandparent=("Initiating Process Parent File Name",),
    domain="Account Domain",
    account="Account Name",
    integrity="Process Integrity Level",
    logon=("Logon Id",),
    original="Process Version Info Original File Name",
    md5="MD5",
    sha1="Sha1",
    sha256="Sha256",
    record="Report Id",
    action="Action Type",
    parent_pid="Initiating Process Id",
)
_CREATIONS = frozenset((None, "ProcessCreated", "ProcessCreatedUsingWmiQuery"))
_TABLES = ("Type", "$table", "TableName", "SourceTable")
"""What says of a row which table it is from: Sentinel, unions, the API's command line."""
_STREAMED = "AdvancedHunting-"
_EVENTS = "deviceprocessevents"
_ABSENT = ABSENT | {"nan", "NaT"}
_LONGEST_ABSENT = max(map(len, _ABSENT))


def _columns(*schemas: _Names) -> frozenset[str]:
    """Every column that mapping looks at."""
    names = {"IsMalformed", *_TABLES}
    for schema in schemas:
        for value in schema:
            names.update((value,) if isinstance(value, str) else value)
    return frozenset(names)


_WANTED = _columns(_RAW, _HUNTING, _TIMELINE)
HUNTING_COLUMNS = _columns(_HUNTING)
"""Columns of advanced hunting that are read."""


class DefenderReader:
    """CSV exports; JSON rows go through `map_record`."""

    name = "defender-csv"

    def sniff(self, head: bytes, path: str) -> float:
        """How surely the header is that of a Defender table."""
        rows = head_rows(head)
        return 0.97 if rows and recognises(dict.fromkeys(header_of(rows[0]), "")) else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per row."""
        moments = Moments.of(hint)
        items = _items(stream, hint, moments)
        yield from named(items, hint.host) if hint.host else items
        yield from moments.notes()


def _items(stream: BinaryIO, hint: ReadOptions, moments: Moments) -> Iterator[ReaderItem]:
    for row in table(stream, hint.path, _WANTED):
        yield row if isinstance(row, Reject) else map_record(row[1], row[0], moments)


def recognises(record: Mapping[str, Any]) -> bool:
    """A row of one of the schemas, by its columns; of the other Device… tables, too."""
    if "CreatedProcessId" in record:
        return "CreatedProcessName" in record or "CreatedProcessFilePath" in record
    if "Action Type" in record:
        return "Event Time" in record and ("Machine Id" in record or "Computer Name" in record or "Data Type" in record)
    if "InitiatingProcessFileName" in record and ("ProcessCommandLine" in record or "ActionType" in record):
        return True
    return _other_table(record)


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """One row; None for rows that are about something else than a process creation."""
    names = _RAW if "CreatedProcessId" in record else _TIMELINE if "Action Type" in record else _HUNTING
    get = record.get
    action = _text(get(names.action))
    if action is None and names is _HUNTING and "InitiatingProcessFileName" not in record and _other_table(record):
        return None
    # Every event of a timeline has a type; tables may have been exported without the column.
    if (
        action not in _CREATIONS
        or (action is None and names is _TIMELINE)
        or get("IsMalformed") in ("True", "true", True)
        or _another_table(record)
    ):
        return None
    command = _first(record, names.command)
    # Linux agents report forks and fast exits with neither path nor name.
    image = joined(_text(get(names.path)), _text(get(names.file))) or first_word(command)
    report = _text(get(names.record))
    if not image:
        reason = f"{names.path}, {names.file} and {names.command[0]} are all empty."
        return Reject(position=position, code="no-image", reason=reason, record_id=report, sample=_sample(record))
    pid = process_id(_text(get(names.pid)))
    if pid is None:
        reason = f"{names.pid} is no process id; the columns of the row are shifted or empty."
        return Reject(position=position, code="shifted-fields", reason=reason, record_id=report, sample=_sample(record))
    parent = joined(_text(get(names.parent_path)), _text(get(names.parent_file)))
    grandparent = _first(record, names.grandparent)
    return ProcessEvent(
        kind="edr-mde",
        image=image,
        os=system_of(None, image, parent or ""),
        host=_first(record, names.host) or "",
        time_us=moment(record, names.times, moments),
        pid=pid,
        ppid=process_id(_text(get(names.parent_pid))),
        guid=_start_key(get(names.key)),
        parent_guid=_start_key(get(names.parent_key)),
        parent_image=parent,
        ancestors=(grandparent,) if grandparent else (),
        command_line=command,
        parent_command_line=_first(record, names.parent_command),
        user=account(_text(get(names.domain)), _text(get(names.account))),
        integrity=_text(get(names.integrity)),
        logon_id=_first(record, names.logon),
        original_name=_text(get(names.original)),
        hashes=_hashes(record, names),
        record_id=report or str(position),
        position=position,
    )


def _other_table(record: Mapping[str, Any]) -> bool:
    """Rows of the tables that tell of no process: of devices, alerts, mail, identities; streamed ones in their wrapping."""
    if "Timestamp" in record or "TimeGenerated" in record:
        return ("DeviceId" in record and ("ReportId" in record or "ActionType" in record)) or (
            "AlertId" in record and ("ServiceSource" in record or "EntityType" in record)
        )
    category = record.get("category")
    return isinstance(category, str) and category.startswith(_STREAMED) and category != _STREAMED + "DeviceProcessEvents"


def _another_table(record: Mapping[str, Any]) -> bool:
    for name in _TABLES:
        value = record.get(name)
        if isinstance(value, str) and value.startswith("Device") and value.lower() != _EVENTS:
            return True
    return False


def _start_key(value: object) -> str | None:
    """Process start keys are unique on a machine (boot and sequence number), which is what a GUID is for here."""
    text = _text(value)
    digits = text.removesuffix(".0") if text else ""
    return f"startkey-{digits}" if digits.isdigit() and len(digits) <= 20 and digits.strip("0") else None


def _hashes(record: Mapping[str, Any], names: _Names) -> str | None:
    parts = [
        f"{label}={value}"
        for label, name in (("SHA1", names.sha1), ("MD5", names.md5), ("SHA256", names.sha256))
        if (value := _text(record.get(name)))
    ]
    return ",".join(parts) or None


def _first(record: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        if (value := _text(record.get(name))) is not None:
            return value
    return None


def _text(value: object) -> str | None:
    if type(value) is str:
        # Looking up a long command line costs its hash; nothing in the set is long.
        return value if len(value) > _LONGEST_ABSENT or value not in _ABSENT else None
    return text(value)


def _sample(record: Mapping[str, Any]) -> bytes:
    return str(dict(record))[: SAMPLE_BYTES * 2].encode("utf-8", "replace")[:SAMPLE_BYTES]


READER = DefenderReader()
