"""Sysmon event 1 as flat JSON (NXLog, and what copies its names), decoded into the fields that are read."""

from __future__ import annotations

from msgspec import UNSET, Struct, field
from msgspec.json import Decoder

from engine.readers.timestamps import parse_utc
from engine.readers.typed_values import GENERAL, Memo, Nowhere, Number, Text, Way
from engine.readers.windows_fields import SYSMON, guid, kind_of, number, text
from engine.records import WINDOWS, ProcessEvent, ReaderItem


class _Record(Struct, gc=False):
    """In the order of NXLog's output: a key is compared with the field behind the last one first."""

    host: Text = field(default=None, name="Hostname")
    event_id: Number = field(default=None, name="EventID")
    provider: Text = field(default=None, name="SourceName")
    record_number: Number = field(default=None, name="RecordNumber")
    time: Text = field(default=None, name="UtcTime")
    guid: Text = field(default=None, name="ProcessGuid")
    pid: Number = field(default=None, name="ProcessId")
    image: Text = field(default=None, name="Image")
    original_name: Text = field(default=None, name="OriginalFileName")
    command_line: Text = field(default=None, name="CommandLine")
    cwd: Text = field(default=None, name="CurrentDirectory")
    user: Text = field(default=None, name="User")
    logon_id: Number = field(default=None, name="LogonId")
    integrity: Text = field(default=None, name="IntegrityLevel")
    hashes: Text = field(default=None, name="Hashes")
    parent_guid: Text = field(default=None, name="ParentProcessGuid")
    ppid: Number = field(default=None, name="ParentProcessId")
    parent_image: Text = field(default=None, name="ParentImage")
    parent_command_line: Text = field(default=None, name="ParentCommandLine")
    snapshot: Nowhere = UNSET
    diff_results: Nowhere = field(default=UNSET, name="diffResults")


class SysmonLines:
    """Maps lines of one stream; remembers what repeats."""

    def __init__(self) -> None:
        self._decode = Decoder(_Record).decode
        self._texts = Memo(text)
        self._guids = Memo(guid)
        self._pids = Memo(number)
        self._hosts = Memo(str)
        self._kinds = Memo(lambda provider: kind_of(provider, None, 1))

    def read(self, line: bytes, position: int) -> ReaderItem | Way:
        """The line's record, None for an event of another kind, or GENERAL. Raises what msgspec raises."""
        record = self._decode(line)
        event_id = record.event_id
        if event_id is None:
            return GENERAL
        if event_id not in (1, "1"):
            return GENERAL if event_id in (4688, "4688") else None
        texts, host, record_id = self._texts, record.host, text(record.record_number)
        image = texts[record.image]
        if image is None or record.time is None or record.pid is None or record_id is None:
            return GENERAL
        if host is None or len(host) < 2 or record.provider is None or self._kinds[record.provider] != SYSMON:
            return GENERAL
        return ProcessEvent(
            kind=SYSMON,
            image=image,
            os=WINDOWS,
            host=self._hosts[host],
            time_us=parse_utc(record.time),
            pid=self._pids[record.pid],
            ppid=self._pids[record.ppid],
            guid=guid(record.guid),
            parent_guid=self._guids[record.parent_guid],
            parent_image=texts[record.parent_image],
            command_line=text(record.command_line),
            parent_command_line=texts[record.parent_command_line],
            user=texts[record.user],
            integrity=texts[record.integrity],
            cwd=texts[record.cwd],
            logon_id=texts[record.logon_id],
            original_name=texts[record.original_name],
            hashes=texts[record.hashes],
            record_id=record_id,
            position=position,
        )
