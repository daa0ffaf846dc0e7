"""The same event in every form in which Windows events are handed over is the same process, end or fact."""

from __future__ import annotations

import csv
import io
import json
import random
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.records import HostFact, Note, ProcessEnd, ProcessEvent, ReaderItem, Reject, Unknown
from engine.errors import InputError
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.guard import CODE
from engine.readers.records.shapes import items_of
from engine.readers.text.moments import Moments
from tests.engine.readers.windows.forms import (
    COMMAND,
    END_SECURITY,
    EVENTS,
    FORMS,
    HOST,
    IMAGE,
    PARENT,
    SECURITY,
    SYSMON,
    message_of,
    provider_of,
)

AT = 1_714_644_007_123_000
"""To the millisecond."""


def read(data: bytes) -> list[ReaderItem]:
    """By the reader that detection chooses, notes left out."""
    found = choose(data[: 64 * 1024], "log")
    assert found is not None
    return [item for item in found.reader.read(io.BytesIO(data), ReadOptions()) if not isinstance(item, Note)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("event", ["4688", "1"])
def test_a_creation(form: str, event: str) -> None:
    (item,) = read(FORMS[form](event, EVENTS[event]))
    assert isinstance(item, ProcessEvent)
    assert (item.kind, item.image, item.parent_image) == ("security4688" if event == "4688" else "sysmon1", IMAGE, PARENT)
    assert (item.pid, item.ppid, item.host) == (6320, 5210, HOST)
    assert item.time_us is not None
    assert item.time_us // 1000 * 1000 == AT
    assert (item.command_line, item.user) == (COMMAND, "LAB\\ines")
    assert (item.logon_id or "").lower() == "0x5a3f1"
    if event == "1":
        assert item.guid == "7c1d55e0-6420-6633-6320-000000002100"
        assert item.parent_guid == "7c1d55e0-6420-6633-5210-000000002100"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("event", ["4689", "5"])
def test_an_end(form: str, event: str) -> None:
    (item,) = read(FORMS[form](event, EVENTS[event]))
    assert isinstance(item, ProcessEnd)
    assert (item.pid, item.host, item.image) == (6320, HOST, IMAGE)
    assert item.time_us is not None
    assert item.time_us // 1000 * 1000 == AT
    assert item.guid == ("7c1d55e0-6420-6633-6320-000000002100" if event == "5" else None)


@pytest.mark.parametrize("form", ["xml", "evtx_dump jsonl", "EvtxECmd csv", "nxlog", "Get-WinEvent json", "plaso strings"])
@pytest.mark.parametrize("absent", ["{00000000-0000-0000-0000-000000000000}", "00000000-0000-0000-0000-000000000000"])
def test_a_guid_of_zeros_is_none(form: str, absent: str) -> None:
    (item,) = read(FORMS[form]("1", SYSMON | {"ParentProcessGuid": absent}))
    assert isinstance(item, ProcessEvent)
    assert item.parent_guid is None


@pytest.mark.parametrize("form", FORMS)
def test_other_events_are_neither_processes_nor_rejects(form: str) -> None:
    assert read(FORMS[form]("4703", SECURITY)) == [None]


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize(
    "form", ["Get-WinEvent json", "plaso strings", "Fluent Bit", "Get-EventLog json", "clixml", "xml without names"]
)
def test_older_versions_by_the_number_of_values(form: str, version: int) -> None:
    fields = dict(list(SECURITY.items())[: 8 + version])
    (item,) = read(FORMS[form]("4688", fields))
    assert isinstance(item, ProcessEvent)
    assert (item.image, item.pid, item.ppid, item.parent_image) == (IMAGE, 6320, 5210, None)
    assert item.command_line == (COMMAND if version else None)


SCHEMAS = {
    "3.2": [name for name in SYSMON if name not in ("RuleName", "FileVersion", "Description", "Product", "Company",
                                                    "OriginalFileName", "ParentUser")],
    "4.1": [name for name in SYSMON if name not in ("OriginalFileName", "ParentUser")],
    "4.22": [name for name in SYSMON if name != "ParentUser"],
}  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("form", ["Get-WinEvent json", "plaso strings", "Fluent Bit", "clixml"])
def test_schemas_of_sysmon_by_the_number_of_values(form: str, schema: str) -> None:
    (item,) = read(FORMS[form]("1", {name: SYSMON[name] for name in SCHEMAS[schema]}))
    assert isinstance(item, ProcessEvent)
    assert (item.image, item.pid, item.ppid, item.parent_image) == (IMAGE, 6320, 5210, PARENT)
    assert item.original_name == ("PowerShell.EXE" if schema == "4.22" else None)


@pytest.mark.parametrize("form", ["Get-WinEvent json", "plaso strings", "Fluent Bit", "clixml", "xml without names"])
def test_shifted_values_make_no_process(form: str) -> None:
    values = list(SECURITY.items())
    shifted = dict([*values[1:], values[0]])
    (item,) = read(FORMS[form]("4688", shifted))
    assert isinstance(item, Reject)


CLEARED = {"SubjectUserSid": "S-1-5-21-1", "SubjectUserName": "ines", "SubjectDomainName": "LAB", "SubjectLogonId": "0x5a3f1"}


def _system(event: int, provider: str, channel: str) -> str:
    return (
        f'<System><Provider Name="{provider}"/><EventID>{event}</EventID><TimeCreated SystemTime="2024-05-02T10:00:07.123456Z"/>'
        f"<Channel>{channel}</Channel><Computer>{HOST}</Computer></System>"
    )


def _log_cleared(event: int, channel: str, more: str = "") -> bytes:
    data = "".join(f"<{name}>{value}</{name}>" for name, value in CLEARED.items()) + more
    own = "<UserData><LogFileCleared xmlns='http://manifests.microsoft.com/win/2004/08/windows/eventlog'>"
    return (
        f"<Event>{_system(event, 'Microsoft-Windows-Eventlog', channel)}{own}{data}</LogFileCleared></UserData></Event>".encode()
    )


FACTS: dict[str, tuple[bytes, str, str]] = {
    "1102 xml": (_log_cleared(1102, "Security"), "log-cleared", r"The log Security was cleared by LAB\ines."),
    "104 xml": (
        _log_cleared(104, "System", "<Channel>Windows PowerShell</Channel>"),
        "log-cleared",
        r"The log Windows PowerShell was cleared by LAB\ines.",
    ),
    "1102 json": (
        b'{"Event": {"System": {"Provider": {"#attributes": {"Name": "Microsoft-Windows-Eventlog"}}, "EventID": 1102, "Channel":'
        b' "Security", "Computer": "ws-plover3.branch.example", "TimeCreated": {"#attributes": {"SystemTime":'
        b' "2024-05-02T10:00:07.123456Z"}}}, "UserData": {"LogFileCleared": {"#attributes": {"xmlns": "x"}, "SubjectUserName":'
        b' "ines", "SubjectDomainName": "LAB"}}}}\n',
        "log-cleared",
        r"The log Security was cleared by LAB\ines.",
    ),
    "1102 nxlog": (
        b'{"EventID": 1102, "SourceName": "Microsoft-Windows-Eventlog", "Channel": "Security", "@timestamp":'
        b' "2024-05-02T10:00:07.123456Z", "Hostname": "ws-plover3.branch.example", "SubjectUserName": "ines"}\n',
        "log-cleared",
        "The log Security was cleared by ines.",
    ),
    "4616 xml": (
        (
            f"<Event>{_system(4616, 'Microsoft-Windows-Security-Auditing', 'Security')}<EventData>"
            + "".join(f'<Data Name="{name}">{value}</Data>' for name, value in CLEARED.items())
            + '<Data Name="PreviousTime">2024-05-02T11:00:07.000Z</Data><Data Name="NewTime">2024-05-02T10:00:07.000Z</Data>'
            '<Data Name="ProcessId">0x1</Data><Data Name="ProcessName">C:\\x.exe</Data></EventData></Event>'
        ).encode(),
        "clock-set",
        r"The clock was set from 2024-05-02T11:00:07.000Z to 2024-05-02T10:00:07.000Z by LAB\ines.",
    ),
}


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_of_the_host(name: str) -> None:
    data, code, told = FACTS[name]
    (item,) = read(data)
    assert isinstance(item, HostFact)
    assert (item.code, item.text, item.host) == (code, told, HOST)
    assert item.time_us == 1_714_644_007_123_456


def test_the_time_service_sets_no_clock() -> None:
    data = FACTS["4616 xml"][0]
    assert read(data.replace(b"2024-05-02T10:00:07.000Z", b"2024-05-02T11:00:07.250Z")) == [None]


@pytest.mark.parametrize("form", ["Get-WinEvent csv", "wevtutil text", "Get-WinEvent json, properties cut", "Get-EventLog csv"])
def test_a_command_line_cannot_forge_the_fields_of_a_message(form: str) -> None:
    forged = (
        "x.exe\r\n\tCreator Process Name:\tC:\\forged.exe\r\n\r\nProcess Information:\r\n\tNew Process ID:\t\t0x4\r\n"
        "\tNew Process Name:\tC:\\forged.exe\r\n"
    )
    (item,) = read(FORMS[form]("4688", SECURITY | {"CommandLine": forged}))
    assert isinstance(item, ProcessEvent)
    assert (item.image, item.pid, item.ppid, item.parent_image) == (IMAGE, 6320, 5210, PARENT)
    assert "forged" in (item.command_line or "")


def test_fields_that_stand_twice_in_a_hit_are_refused() -> None:
    (item,) = read(FORMS["Hayabusa csv"]("1", SYSMON | {"CommandLine": "x ¦ Proc: C:\\forged.exe"}))
    assert isinstance(item, Reject)
    assert item.code == "shifted-fields"


def test_an_event_id_alone_is_no_event() -> None:
    generic = b'{"Id": 1, "provider": "aws", "channel": "mail"}\n'
    for record in (
        generic,
        b'{"EventID": 4688, "colour": "red"}\n',
        b'{"Id": 1, "name": "x"}\n',
    ):
        found = choose(record * 3, "log")
        assert found is not None
        items = list(found.reader.read(io.BytesIO(record), ReadOptions()))
        assert [type(item) for item in items] == [Unknown]


ODD = [
    None,
    True,
    -1,
    0,
    1.5,
    1e300,
    float("nan"),
    float("inf"),
    2**70,
    "",
    "-",
    "[",
    "{",
    "<",
    "[']",
    "x" * 5000,
    "\ud800",
    "0x",
]
PLAIN = st.sampled_from(ODD)
VALUES = st.one_of(PLAIN, st.lists(PLAIN, max_size=3), st.dictionaries(st.text(max_size=3), PLAIN, max_size=3))
JSON_FORMS = [name for name in FORMS if FORMS[name]("1", SYSMON).lstrip()[:1] == b"{"]


@given(st.sampled_from(JSON_FORMS), st.sampled_from(sorted(EVENTS)), st.data())
def test_a_record_with_any_value_anywhere_costs_itself_at_most(form: str, event: str, data: st.DataObject) -> None:
    record: dict[str, Any] = json.loads(FORMS[form](event, EVENTS[event]))
    inner = record
    while True:
        key = data.draw(st.sampled_from(sorted(inner)))
        if not isinstance(inner[key], dict) or not inner[key] or data.draw(st.booleans()):
            break
        inner = inner[key]
    if data.draw(st.booleans()):
        inner[key] = data.draw(VALUES)
    else:
        del inner[key]
    moments = Moments()
    for item in items_of(record, 1, moments):
        assert not (isinstance(item, Reject) and item.code == CODE), item
    list(moments.notes())


TEXT_FORMS = [name for name in FORMS if name not in JSON_FORMS]


@given(st.sampled_from(TEXT_FORMS), st.sampled_from(sorted(EVENTS)), st.randoms(use_true_random=False))
def test_damaged_text_ends_in_items(form: str, event: str, chance: random.Random) -> None:
    data = bytearray(FORMS[form](event, EVENTS[event]) * 2)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        what = chance.randrange(3)
        if what == 0:
            del data[at : at + chance.randint(1, 200)]
        elif what == 1:
            data[at:at] = bytes(data[chance.randrange(len(data)) :][: chance.randint(1, 200)])
        else:
            data[at] = chance.randrange(256)
        if not data:
            return
    found = choose(bytes(data), "log")
    if found is None:
        return
    # A header that cannot be read ends its table, which is said; nothing else may end a source.
    with suppress(InputError):
        for item in found.reader.read(io.BytesIO(bytes(data)), ReadOptions()):
            assert not (isinstance(item, Reject) and item.code == CODE), item


def test_the_provider_decides() -> None:
    assert provider_of("4689") == provider_of("4688") != provider_of("5")
    foreign = FORMS["EvtxECmd json"]("1", SYSMON).replace(b"Microsoft-Windows-Sysmon", b"Microsoft-Windows-Kernel-General")
    assert read(foreign) == [None]
    assert isinstance(read(FORMS["EvtxECmd json"]("4689", END_SECURITY))[0], ProcessEnd)


@pytest.mark.parametrize("provider", ["Security", "security"])
def test_a_converted_log_of_windows_xp(provider: str) -> None:
    values = ("1840", "C:\\WINDOWS\\system32\\cmd.exe", "1200", "ines", "LAB", "(0x0,0x3E7)")
    ended = ("1840", "C:\\WINDOWS\\system32\\cmd.exe", "ines", "LAB", "(0x0,0x3E7)")
    first, second = (
        f"<Event>{_system(number, provider, 'Security')}<EventData>"
        + "".join(f"<Data>{value}</Data>" for value in data)
        + "</EventData></Event>"
        for number, data in ((592, values), (593, ended))
    )
    event, end = read((first + second).encode())
    assert isinstance(event, ProcessEvent)
    assert (event.image, event.pid, event.ppid, event.user) == (values[1], 1840, 1200, "LAB\\ines")
    assert isinstance(end, ProcessEnd)
    assert (end.pid, end.image) == (1840, values[1])


def test_the_parents_image_is_not_the_process() -> None:
    record = {
        "EventID": 1,
        "SourceName": "Microsoft-Windows-Sysmon",
        "Hostname": HOST,
        "Parent Image": PARENT,
        "Process Image": IMAGE,
    }
    (item,) = read(json.dumps(record).encode() + b"\n")
    assert isinstance(item, ProcessEvent)
    assert item.image == IMAGE


@pytest.mark.parametrize("message", ["x", message_of("4688", SECURITY)], ids=["no message", "message"])
@pytest.mark.parametrize("process", [4, "0x145a"])
def test_the_process_of_the_logging_service_is_nobodys_parent(message: str, process: Any) -> None:
    # A script that adds the data to the event object keeps the object's own ProcessId, unless it forces its own upon it.
    record = json.loads(FORMS["Get-WinEvent json, properties cut"]("4688", SECURITY))
    record = {**SECURITY, **record, "Properties": None, "Message": message, "ProcessId": process}
    (item,) = read(json.dumps(record).encode() + b"\n")
    assert isinstance(item, ProcessEvent)
    assert (item.pid, item.ppid) == (6320, 5210 if process != 4 or message != "x" else None)


@pytest.mark.parametrize("event", ["4689", "5"])
def test_the_process_of_the_logging_service_does_not_end(event: str) -> None:
    record = json.loads(FORMS["Get-WinEvent json, properties cut"](event, EVENTS[event]))
    record = {**EVENTS[event], **record, "Properties": None, "Message": "x"}
    (item,) = read(json.dumps(record).encode() + b"\n")
    assert getattr(item, "pid", None) is None


def test_winlogbeat_6_as_columns() -> None:
    row = {
        "event_id": "4688",
        "source_name": "Microsoft-Windows-Security-Auditing",
        "log_name": "Security",
        "computer_name": HOST,
    }
    row |= {"@timestamp": "2024-05-02T10:00:07Z", **{f"event_data.{name}": value for name, value in SECURITY.items()}}
    data = ",".join(row) + "\n" + ",".join('"' + value.replace('"', '""') + '"' for value in row.values()) + "\n"
    (item,) = read(data.encode())
    assert isinstance(item, ProcessEvent)
    assert (item.image, item.pid, item.host) == (IMAGE, 0x18B0, HOST)


def test_an_object_of_clixml_that_is_cut_costs_itself() -> None:
    begin, event = FORMS["clixml"]("1", SYSMON).decode().split("\r\n")[:2]
    data = "\r\n".join(
        [begin, event, event[: len(event) // 2], event, event.replace('<TN RefId="0">', '<TNRef RefId="0" />', 1), "</Objs>"]
    )
    items = read(data.replace("</T></TN><ToString>x", "</T></TN><ToString>x").encode())
    assert [type(item) for item in items if isinstance(item, ProcessEvent | Reject)][:3] == [ProcessEvent, Reject, ProcessEvent]


@pytest.mark.parametrize("form", ["nxlog", "nxlog csv", "Log Analytics csv"])
def test_backslashes_that_were_doubled_are_single_again(form: str) -> None:
    doubled = {name: value.replace("\\", "\\\\") for name, value in SECURITY.items()}
    make = FORMS.get(form) or (lambda _, fields: _log_analytics(fields))
    (item,) = read(make("4688", doubled))
    assert isinstance(item, ProcessEvent)
    assert (item.image, item.parent_image, item.command_line) == (IMAGE, PARENT, COMMAND)
    (whole,) = read(make("4688", doubled | {"ParentProcessName": PARENT}))
    assert isinstance(whole, ProcessEvent)
    assert whole.image == doubled["NewProcessName"]


def _log_analytics(fields: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["Computer", "EventID", "TimeGenerated", *fields])
    writer.writeheader()
    writer.writerow({"Computer": HOST, "EventID": "4688", "TimeGenerated": "2024-05-02T10:00:07.123Z", **fields})
    return text.getvalue().encode()
