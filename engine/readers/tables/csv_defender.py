"""Microsoft Defender for Endpoint: raw MDE tables (CreatedProcess…), DeviceProcessEvents of advanced hunting and Sentinel,
and the portal's CSV exports of them. Rows may come as CSV or as JSON objects.

The parent is the initiating process: CreatedProcessParentId and InitiatingProcessParentId are about other processes (with
parent spoofing, and the grandparent).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

from engine.domain.records import LINUX, SAMPLE_BYTES, WINDOWS, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions, Record
from engine.readers.guard import guarded
from engine.readers.text.csv_common import head_rows, header_of, process_id, table
from engine.readers.text.hosts import named
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="defender",
        title="Microsoft Defender for Endpoint",
        export="Advanced hunting: DeviceProcessEvents, Export; the same table in Sentinel; raw tables (CreatedProcess…)",
        read="ProcessCreated rows: image, command line, account, hashes, integrity, the initiating process as the parent",
        left_out="other action types",
        source="learn.microsoft.com/defender-xdr/advanced-hunting-deviceprocessevents-table",
    ),
)


class _Names(NamedTuple):
    """Columns of one of the two schemas; tuples are tried in order."""

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
    times=("ProcessCreationTime", "Timestamp", "TimeGenerated"),
    host=("DeviceName", "DeviceId"),
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
_CREATIONS = (None, "", "ProcessCreated", "ProcessCreatedUsingWmiQuery")
"""A tuple and not a set: in JSON rows the value may be a list, which has no hash."""
_ABSENT = frozenset(("", "-", "nan", "None", "null", "NaT"))
_LONG_FRACTION = re.compile(r"(.{19}\.\d{6})\d+")


def _columns(*schemas: _Names) -> frozenset[str]:
    """Every column that mapping looks at."""
    names = {"ActionType", "IsMalformed", "InitiatingProcessId"}
    for schema in schemas:
        for value in schema:
            names.update((value,) if isinstance(value, str) else value)
    return frozenset(names)


_WANTED = _columns(_RAW, _HUNTING)


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
    """A row of either schema, by its columns."""
    if "CreatedProcessId" in record:
        return "CreatedProcessName" in record or "CreatedProcessFilePath" in record
    return "InitiatingProcessFileName" in record and "ProcessCommandLine" in record


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """One row; None for rows that are about something else than a process creation."""
    names = _RAW if "CreatedProcessId" in record else _HUNTING
    get = record.get
    if get("ActionType") not in _CREATIONS or get("IsMalformed") in ("True", True):
        return None
    command = _first(record, names.command)
    # Linux agents report forks and fast exits with neither path nor name.
    image = joined(_text(get(names.path)), _text(get(names.file))) or _first_word(command)
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
    domain, account = _text(get(names.domain)), _text(get(names.account))
    return ProcessEvent(
        kind="edr-mde",
        image=image,
        os=_system(image) or _system(parent or ""),
        host=_first(record, names.host) or "",
        time_us=_time(record, names.times, moments),
        pid=pid,
        ppid=process_id(_text(get("InitiatingProcessId"))),
        guid=_start_key(get(names.key)),
        parent_guid=_start_key(get(names.parent_key)),
        parent_image=parent,
        ancestors=(grandparent,) if grandparent else (),
        command_line=command,
        parent_command_line=_first(record, names.parent_command),
        user=f"{domain}\\{account}" if domain and account else account,
        integrity=_text(get(names.integrity)),
        logon_id=_first(record, names.logon),
        original_name=_text(get(names.original)),
        hashes=_hashes(record, names),
        record_id=report or str(position),
        position=position,
    )


def joined(path: str | None, file: str | None) -> str | None:
    """Full path from a path column that may or may not end in the file's name (both occur, even in one table).

    Device prefixes stay as they are recorded. "/" as a folder is what Linux agents write for "unknown".
    """
    if not path or path == "/":
        return file
    if not file:
        return path
    tail = file.replace("\\", "/").rsplit("/", 1)[-1].lower()
    if path.replace("\\", "/").rsplit("/", 1)[-1].lower() == tail:
        return path
    if "/" in file or "\\" in file:
        return file
    separator = "/" if "/" in path and "\\" not in path else "\\"
    return path + file if path.endswith(separator) else path + separator + file


def _time(record: Mapping[str, Any], names: tuple[str, ...], moments: Moments) -> int | None:
    for name in names:
        value = record.get(name)
        # 100 ns digits send fromisoformat into an error, which costs more than the rest of the row.
        if isinstance(value, str) and 26 < len(value) < 64:
            value = _LONG_FRACTION.sub(r"\1", value)
        if (moment := moments.utc(value)) is not None:
            return moment
    return None


def _start_key(value: object) -> str | None:
    """Process start keys are unique on a machine (boot and sequence number), which is what a GUID is for here."""
    text = _text(value)
    digits = text.removesuffix(".0") if text else ""
    return f"startkey-{digits}" if digits.isdigit() and len(digits) <= 20 and digits.strip("0") else None


def _system(image: str) -> str:
    if "\\" in image:
        return WINDOWS
    if image.startswith("/"):
        return LINUX
    return WINDOWS if image.lower().endswith(".exe") else ""


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


def _first_word(command: str | None) -> str | None:
    if not command:
        return None
    try:
        words = shlex.split(command[:4096], posix=False)
    except ValueError:
        words = command.split(None, 1)
    return words[0].strip("\"'") or None if words else None


def _text(value: object) -> str | None:
    if type(value) is str:
        return None if value in _ABSENT else value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def _sample(record: Mapping[str, Any]) -> bytes:
    return str(dict(record))[: SAMPLE_BYTES * 2].encode("utf-8", "replace")[:SAMPLE_BYTES]


READER = DefenderReader()
