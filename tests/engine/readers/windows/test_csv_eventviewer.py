"""Event Viewer exports."""

from __future__ import annotations

import io

import pytest

from engine.domain.records import Note, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.windows.csv_eventviewer import READER

SYSMON = """Information,9/15/2020 2:08:29 AM,Microsoft-Windows-Sysmon,1,Process Create (rule: ProcessCreate),"Process Create:
RuleName: -
UtcTime: 2020-09-15 09:08:29.479
ProcessGuid: {3bb69415-848d-5f60-9f04-000000004400}
ProcessId: 9716
Image: C:\\Windows\\ngen\\mscorsvw.exe
CommandLine: C:\\Windows\\ngen\\mscorsvw.exe -Comment ""NGen, Worker""
CurrentDirectory: C:\\Windows\\system32\\
User: NT AUTHORITY\\SYSTEM
ParentProcessGuid: {3bb69415-80f3-5f60-b802-000000004400}
ParentProcessId: 3416
ParentImage: C:\\Windows\\ngen.exe
ParentCommandLine: ""C:\\Windows\\ngen.exe"" x"
"""
SECURITY = """Success,9/15/2020,Microsoft-Windows-Security-Auditing,4688,Process Creation,"A new process has been created.

Creator Subject:
\tSecurity ID:\t\tSYSTEM
\tAccount Name:\t\tPC$
\tAccount Domain:\t\tCORP
\tLogon ID:\t\t0x3E7

Process Information:
\tNew Process ID:\t\t0x2e8
\tNew Process Name:\tC:\\Windows\\System32\\cmd.exe
\tToken Elevation Type:\t%%1936
\tCreator Process ID:\t0x218
\tCreator Process Name:\tC:\\Windows\\explorer.exe
\tProcess Command Line:\tcmd /c dir

Token Elevation Type indicates the type of token."
"""
HEADER = "Level,Date and Time,Source,Event ID,Task Category\n"
GERMAN = "Ebene,Datum und Uhrzeit,Quelle,Ereignis-ID,Aufgabenkategorie\n"


def read(text: str, encoding: str = "utf-8-sig") -> list[ReaderItem]:
    items = READER.read(io.BytesIO(text.replace("\n", "\r\n").encode(encoding)), ReadOptions(host="given"))
    return [item for item in items if not isinstance(item, Note)]


def test_sysmon_and_security() -> None:
    for header in (HEADER, GERMAN):
        assert READER.sniff((header + SYSMON + SECURITY).encode(), "") > 0.9
        first, second = read(header + SYSMON + SECURITY)
        assert isinstance(first, ProcessEvent)
        assert (first.kind, first.host, first.pid, first.ppid) == ("sysmon1", "given", 9716, 3416)
        assert first.command_line == 'C:\\Windows\\ngen\\mscorsvw.exe -Comment "NGen, Worker"'
        assert first.parent_command_line == '"C:\\Windows\\ngen.exe" x'
        assert (first.time_us, first.position) == (1_600_160_909_479_000, 1)
        assert isinstance(second, ProcessEvent)
        assert (second.kind, second.pid, second.ppid) == ("security4688", 0x2E8, 0x218)
        assert (second.image, second.parent_image) == ("C:\\Windows\\System32\\cmd.exe", "C:\\Windows\\explorer.exe")
        assert second.position == 2


def test_utf16() -> None:
    (event,) = read(HEADER + SYSMON, "utf-16")
    assert isinstance(event, ProcessEvent)


def test_other_events_and_damage() -> None:
    other, damaged, foreign = read(
        HEADER
        + "Information,9/15/2020 2:08:29 AM,Microsoft-Windows-Sysmon,3,Network connection,x\n"
        + "only,two\n"
        + "Information,9/15/2020 2:08:29 AM,Microsoft-Windows-Security-Auditing,4688,x,Ein neuer Prozess wurde erstellt.\n"
    )
    assert other is None
    assert isinstance(damaged, Reject)
    assert (damaged.code, damaged.position) == ("bad-row", 2)
    assert isinstance(foreign, Reject)
    assert foreign.code == "unknown-message"
    assert READER.sniff(b"a,b,c\n1,2,3\n", "") == 0.0


@pytest.mark.parametrize("delimiter", ["\t", ";", ","])
def test_text_with_tabs_and_tables_saved_anew(delimiter: str) -> None:
    header = delimiter.join(("Niveau", "Date et heure", "Source", "ID de l’événement", "Catégorie de la tâche"))
    message = SECURITY[SECURITY.index('"') :]
    row = delimiter.join(("Succès", "15/09/2020 02:08:29", "Microsoft-Windows-Security-Auditing", "4688", "x", message))
    data = (header + "\n" + row).replace("\n", "\r\n").encode()
    found = choose(data, "log")
    assert found is not None
    assert found.reader is READER
    event, *_ = READER.read(io.BytesIO(data), ReadOptions())
    assert isinstance(event, ProcessEvent)
    assert (event.pid, event.ppid, event.user) == (0x2E8, 0x218, "CORP\\PC$")


def test_six_columns_alone_are_anybodys_table() -> None:
    rows = "Time,Host,Image,PID,PPID,Parent\n2024-05-02 10:00:00,h,C:\\a.exe,5210,4100,C:\\b.exe\n" * 3
    assert READER.sniff(rows.encode(), "") == 0.0


def test_a_damaged_row_among_the_first_hides_no_log() -> None:
    rows = [f'Information,5/6/2024 7:08:09 AM,Microsoft-Windows-Sysmon,1,x,"{number}"\n' for number in range(19)]
    data = "".join(["Level,Date and Time,Source,Event ID,Task Category\n", *rows[:3], "1,2,3,4,5,6\n", *rows[3:]]).encode()
    assert READER.sniff(data, "") > 0.95
