"""Defender tables."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.domain.records import ProcessEvent, Reject
from engine.readers.agents.edr.defender import READER, map_record, recognises
from engine.readers.agents.fields import joined
from engine.readers.contract import ReadOptions
from engine.readers.records.shapes import items_of
from engine.readers.text.moments import Moments

RAW = {
    "CreatedProcessId": "7948",
    "CreatedProcessName": "mshta.exe",
    "CreatedProcessFilePath": "C:\\Windows\\System32",
    "CreatedProcessCommandLine": "mshta x",
    "CreatedProcessCreationTime": "2021-06-23 03:08:14.269528900+00:00",
    "CreatedProcessParentId": "4",
    "CreatedProcessStartKey": "11540474045172977",
    "InitiatingProcessId": "6844",
    "InitiatingProcessName": "cmd.exe",
    "InitiatingProcessImageFilePath": "C:\\Windows\\System32\\cmd.exe",
    "InitiatingProcessParentProcessName": "\\Device\\HarddiskVolume3\\Program Files\\WinRAR\\WinRAR.exe",
    "InitiatingProcessParentProcessId": "9016",
    "InitiatingProcessStartKey": "11540474045172975",
    "CreatedProcessAccountName": "bob",
    "CreatedProcessAccountDomainName": "CORP",
    "ComputerDnsName": "pc1",
    "ReportIndex": "160855",
}


def test_raw_rows() -> None:
    event = map_record(RAW, 3, Moments())
    assert isinstance(event, ProcessEvent)
    assert (event.kind, event.host, event.os, event.user) == ("edr-mde", "pc1", "windows", "CORP\\bob")
    assert (event.image, event.pid) == ("C:\\Windows\\System32\\mshta.exe", 7948)
    # The parent is the initiating process, not ...ParentId.
    assert (event.parent_image, event.ppid) == ("C:\\Windows\\System32\\cmd.exe", 6844)
    assert event.ancestors == ("\\Device\\HarddiskVolume3\\Program Files\\WinRAR\\WinRAR.exe",)
    assert (event.time_us, event.record_id) == (1_624_417_694_269_528, "160855")
    assert (event.guid, event.parent_guid) == ("startkey-11540474045172977", "startkey-11540474045172975")


@pytest.mark.parametrize(
    ("path", "file", "whole"),
    [
        ("C:\\W\\a.exe", "A.EXE", "C:\\W\\a.exe"),
        ("C:\\W", "a.exe", "C:\\W\\a.exe"),
        ("C:\\", "a.exe", "C:\\a.exe"),
        ("\\Device\\HarddiskVolume3\\W", "a.exe", "\\Device\\HarddiskVolume3\\W\\a.exe"),
        ("C:\\W", "\\Device\\HarddiskVolume3\\W\\a.exe", "\\Device\\HarddiskVolume3\\W\\a.exe"),
        ("/usr/bin", "curl", "/usr/bin/curl"),
        ("/usr/bin/curl", "curl", "/usr/bin/curl"),
        ("/", "curl", "curl"),
        (None, "curl", "curl"),
        ("/usr/bin/curl", None, "/usr/bin/curl"),
        (None, None, None),
    ],
)
def test_path_and_name(path: str | None, file: str | None, whole: str | None) -> None:
    assert joined(path, file) == whole


def test_portal_exports() -> None:
    text = (
        "Timestamp [Local Time],DeviceName,ActionType,FileName,FolderPath,ProcessId,ProcessCommandLine,"
        "InitiatingProcessFileName,InitiatingProcessFolderPath,InitiatingProcessId,InitiatingProcessParentFileName\n"
        '"10/25/2023, 9:43:21.990 AM",lx1,ProcessCreated,curl,/usr/bin/curl,5,curl x,bash,/usr/bin/bash,4,sshd\n'
        '"10/25/2023, 9:43:21.990 AM",lx1,ProcessCreated,,/,6,,bash,/usr/bin/bash,4,sshd\n'
        '"10/25/2023, 9:43:21.990 AM",lx1,OpenProcess,a,/b,7,,bash,/usr/bin/bash,4,sshd\n'
        '"10/25/2023, 9:43:21.990 AM",lx1,ProcessCreated,,/,8,"""/opt/my tool"" -x",bash,/usr/bin/bash,4,sshd\n'
    )
    assert READER.sniff(text.encode(), "") > 0.9
    first, empty, other, named = READER.read(io.BytesIO(text.encode()), ReadOptions())
    assert isinstance(first, ProcessEvent)
    assert (first.image, first.os, first.parent_image, first.ppid) == ("/usr/bin/curl", "linux", "/usr/bin/bash", 4)
    assert (first.time_us, first.ancestors) == (1_698_227_001_990_000, ("sshd",))
    assert isinstance(empty, Reject)
    assert (empty.code, empty.position) == ("no-image", 2)
    assert other is None
    assert isinstance(named, ProcessEvent)
    assert named.image == "/opt/my tool"


def test_shifted_rows_are_rejects() -> None:
    reject = map_record({**RAW, "CreatedProcessId": "Medium"}, 1, Moments())
    assert isinstance(reject, Reject)
    assert reject.code == "shifted-fields"
    assert not recognises({"FileName": "x"})


def test_recorded_table(recordings: Path) -> None:
    with tarfile.open(recordings / "microsoft+msticpy.tar.xz") as archive:
        stream = archive.extractfile("tests/testdata/mde_proc_cs1.csv")
        assert stream is not None
        found = [item for item in READER.read(stream, ReadOptions()) if isinstance(item, ProcessEvent)]  # type: ignore[arg-type]
    assert len(found) == 1564
    by_key = {event.guid: event for event in found}
    present = [(event, by_key[event.parent_guid]) for event in found if event.parent_guid in by_key]
    assert len(present) > 900
    assert all(event.ppid == parent.pid for event, parent in present)


HUNTING = {
    "Timestamp": "2024-05-13T10:00:07.5Z", "ActionType": "ProcessCreated", "DeviceName": "ws-9", "FolderPath": "C:\\W\\p.exe",
    "FileName": "p.exe", "ProcessId": "6320", "ProcessCommandLine": "p.exe -x", "ProcessCreationTime": "2024-05-13T10:00:07.1Z",
    "AccountDomain": "corp", "AccountName": "ida", "InitiatingProcessId": "5210", "InitiatingProcessFileName": "w.exe",
    "InitiatingProcessFolderPath": "c:\\w\\w.exe", "InitiatingProcessCommandLine": "w.exe /n",
}  # fmt: skip
TIMELINE_NAMES = {"Timestamp": "EventTime", "DeviceName": "ComputerName"}


def _words(name: str) -> str:
    return "".join(" " + letter if letter.isupper() else letter for letter in name).strip()


@pytest.mark.parametrize(
    "spelled",
    [
        str.lower,
        str.upper,
        lambda name: name[0].lower() + name[1:],
        lambda name: _words(name).lower(),
        lambda name: _words(name).capitalize(),
        lambda name: _words(name).replace(" ", "_"),
        lambda name: _words(name).replace(" ", "_").lower(),
        lambda name: name + ("_t" if "Time" in name else "_s"),
        lambda name: TIMELINE_NAMES.get(name, name),
        lambda name: _words(TIMELINE_NAMES.get(name, name)).lower(),
    ],
)
def test_columns_in_other_spellings(spelled: Callable[[str], str]) -> None:
    row = {spelled(name): value for name, value in HUNTING.items()}
    action = spelled("ActionType")
    created, other = (item for record in (row, row | {action: "FileCreated"}) for item in items_of(record, 1, Moments()))
    assert other is None
    assert isinstance(created, ProcessEvent)
    assert (created.image, created.pid, created.ppid, created.host) == ("C:\\W\\p.exe", 6320, 5210, "ws-9")
    assert (created.parent_image, created.user, created.command_line) == ("c:\\w\\w.exe", "corp\\ida", "p.exe -x")
    assert created.time_us == 1_715_594_407_100_000


def test_a_timeline_without_actions_is_no_creation() -> None:
    row = {TIMELINE_NAMES.get(name, name).lower(): value for name, value in HUNTING.items() if name != "ActionType"}
    assert list(items_of(row, 1, Moments())) == [None]
