"""What becomes of records of no known kind: nothing that is no process creation is one, and what is one is read."""

from __future__ import annotations

import csv
import io
import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.records import Note, ProcessEvent, Reject, Unknown
from engine.errors import InputError
from engine.readers.containers.member import Member
from engine.readers.contract import ReadOptions
from engine.readers.detect import NoLog, detect
from engine.readers.guess.guessed import guess_record
from engine.readers.tables.csv_generic import READER
from engine.readers.text.moments import Moments
from engine.readers.text.timestamps import parse_utc
from tests.engine.readers.guess.others import OTHERS


def read(content: bytes) -> list[object]:
    """The items of what is recognised; none of what is no log."""
    member = Member("x", len(content), lambda: io.BytesIO(content))
    detected = detect(member)
    if isinstance(detected, NoLog):
        return []
    with member.open() as stream:
        return list(detected.reader.read(stream, ReadOptions(path="x", again=member.open)))


def processes(text: str, encoding: str = "utf-8") -> list[tuple[str, int | None, int | None]]:
    return [(item.image, item.pid, item.ppid) for item in read(text.encode(encoding)) if isinstance(item, ProcessEvent)]


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_about_something_else_makes_no_process(name: str) -> None:
    items = read(OTHERS[name].encode())
    assert [item for item in items if isinstance(item, ProcessEvent)] == []
    # Known to be something else, or without anything that could be a process: not to be reported as a loss.
    assert [item for item in items if isinstance(item, Unknown) and item.near] == []


CHILD, PARENT = ("C:\\a\\x.exe", 632, 400), ("/usr/bin/id", 2002, 2001)
GOOD = {
    "six columns": "Timestamp,Host,Image,PID,ParentPID,ParentImage\n2024-05-02 10:00:00,ws1,C:\\a\\x.exe,632,400,C:\\p.exe\n",
    "semicolons": "Zeit;Computer;Image;ProcessId;ParentProcessId\n02.05.2024 10:00:00;ws1;C:\\a\\x.exe;632;400\n",
    "tabs": "time\thost\texe\tpid\tppid\tcmdline\n1714644000\tws1\tC:\\a\\x.exe\t632\t400\tx -a\n",
    "sep line": 'sep=;\nTime;Path;Process ID;Parent Process ID\n2024-05-02 10:00:00;"C:\\a\\x.exe";632;400\n',
    "type line": '#TYPE Selected.System.Management.ManagementObject\n"Name","ExecutablePath","PID","PPID"\n"x","C:\\a\\x.exe",'
    '"632","400"\n',
    "comments first": "# exported by us\n# 2024-05-02\nimage,pid,ppid\nC:\\a\\x.exe,632,400\n",
    "title first": "Processes of ws1\n\nimage,pid,ppid\nC:\\a\\x.exe,632,400\n",
    "rows in quotes": '"time,image,pid,ppid,cmd"\n"2024-05-02 10:00:00,C:\\a\\x.exe,632,400,""x ""a"" b"""\n',
    "joined files": "image,pid,ppid\nC:\\a\\x.exe,632,400\n\ufeffimage,pid,ppid\nC:\\a\\x.exe,632,400\n",
    "many events": "event_type,time,image,pid,ppid,dst_ip,path\n"
    "network_connect,2024-05-02,C:\\a\\x.exe,632,400,203.0.113.9,\nprocess_start,2024-05-02,C:\\a\\x.exe,632,400,,\n"
    "file_write,2024-05-02,C:\\a\\x.exe,632,400,,C:\\b.txt\nprocess_end,2024-05-02,C:\\a\\x.exe,632,400,,\n",
    "rows told by what they hold": "time,image,pid,ppid,RemoteAddress,TargetFilename\n"
    "2024-05-02,C:\\a\\x.exe,632,400,203.0.113.9,\n2024-05-02,C:\\a\\x.exe,632,400,,\n2024-05-02,C:\\a\\x.exe,632,400,,C:\\b\n",
    "json": '{"time":"2024-05-02T10:00:00Z","pid":632,"ppid":400,"exe":"C:\\\\a\\\\x.exe","cmd":["x","-a"]}\n',
    "nested json": '{"ts":1714644000,"event":{"process":{"pid":632,"executable":"C:\\\\a\\\\x.exe","parent":{"pid":400}}}}\n',
    "date and time apart": "Date,Time,Process,Process ID,Parent Process ID\n02/05/2024,10:00:00,C:\\a\\x.exe,632,400\n",
    "German": "Zeitstempel;Host;Prozess;PID;Elternprozess;Eltern-PID\n02.05.2024 10:00:00;ws1;C:\\a\\x.exe;632;C:\\p.exe;400\n",
    "ids of Windows": "TimeCreated,Id,MachineName,NewProcess,Pid,Ppid\n"
    "2024-05-02 10:00:00,4688,ws1,C:\\a\\x.exe,632,400\n2024-05-02 10:00:01,4689,ws1,C:\\a\\x.exe,632,\n",
    "short names": '{"evt":"exec","proc":{"pid":632,"ppid":400,"exe":"C:\\\\a\\\\x.exe"}}\n{"evt":"exit","proc":{"pid":632,'
    '"ppid":400,"exe":"C:\\\\a\\\\x.exe"}}\n',
    "wrapped": '{"count":1,"events":[{"pid":632,"ppid":400,"exe":"C:\\\\a\\\\x.exe"}]}',
    "snapshot": '{"hostname":"ws1","processes":[{"pid":632,"ppid":400,"exe":"C:\\\\a\\\\x.exe","name":"x.exe"}]}',
    "data frame": "image,pid,ppid,cmd\nC:\\a\\x.exe,632.0,400.0,nan\nnan,nan,nan,nan\n",
    "json array": '[{"name":"x.exe","path":"C:\\\\a\\\\x.exe","pid":632,"parent_pid":400,"username":"LAB\\\\a"}]',
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_about_process_creation_is_read(name: str) -> None:
    found = processes(GOOD[name])
    assert set(found) == {CHILD}
    assert len(found) == 1 + (name == "joined files")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_in_any_unicode(encoding: str) -> None:
    assert processes(GOOD["six columns"], encoding) == [CHILD]
    assert processes(GOOD["json"] * 2, encoding) == [CHILD] * 2


def test_a_name_stands_in_where_there_is_no_path() -> None:
    text = "Name,Path,PID,PPID\nsmss.exe,,404,4\nx.exe,C:\\a\\x.exe,632,400\ny.exe,C:\\a\\y.exe,633,400\n"
    assert processes(text) == [("smss.exe", 404, 4), CHILD, ("C:\\a\\y.exe", 633, 400)]


@pytest.mark.parametrize(
    ("text", "near"),
    [
        (
            "Kiedy,Plik,Numer,Polecenie\n10:00,C:\\a\\x.exe,632,C:\\a\\x.exe -a\n",
            {"image": "Plik", "command_line": "Polecenie"},
        ),
        ('{"wann":"10:00","programm":"C:\\\\a\\\\x.exe","pid":632}\n' * 2, {"image": "programm", "pid": "pid"}),
    ],
)
def test_what_could_be_a_process_is_unknown_and_says_what_could_be_mapped(text: str, near: dict[str, str]) -> None:
    unknown = [item for item in read(text.encode()) if isinstance(item, Unknown)]
    assert len(unknown) == len(text.strip().split("\n")) - ("Kiedy" in text)
    assert dict(unknown[0].near) == near


def test_empty_and_other_files_are_told_apart() -> None:
    def words(content: bytes) -> object:
        return detect(Member("x", len(content), lambda: io.BytesIO(content)))

    assert words(b"") == words(b" \n\n") == words("\ufeff\n".encode("utf-16")) == NoLog("empty")
    assert words(b"[]\n") == words(b"{}") == NoLog("JSON without a record")
    assert words(b"time,image,pid,ppid\r\n") == NoLog("a table with a header and no row")
    assert words(b"hello, image, of the world\n") == NoLog()
    assert words(OTHERS["mftecmd"].encode()) == NoLog("a table of files (MFTECmd)")
    assert words(OTHERS["dns by an agent"].encode()) != NoLog()
    assert words(b"MIT License\n\nCopyright\n") == NoLog()


TABLES = [name for name, text in OTHERS.items() if text[0] not in "{["]


@pytest.mark.parametrize("name", TABLES)
def test_what_is_about_something_else_is_so_in_every_layout(name: str) -> None:
    rows = list(csv.reader(io.StringIO(OTHERS[name])))
    records = [dict(zip(rows[0], row, strict=False)) for row in rows[1:]]
    lines = "".join(json.dumps(record) + "\n" for record in records)
    layouts = [lines * 3, json.dumps(records), json.dumps({"value": records}), lines]
    for delimiter in ";\t|":
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
        layouts.append(out.getvalue())
    layouts.append("#TYPE Selected.System.Object\r\n" + OTHERS[name])
    for layout in layouts:
        assert processes(layout) == []
        assert processes(layout, "utf-16") == []


SAMPLE: dict[str, object] = {
    "time": "5/2/2024 10:00:00",
    "pid": 632,
    "ppid": "400",
    "exe": "C:\\a\\x.exe",
    "cmd": ["x", "-a"],
    "event": "process_start",
    "user": "LAB\\a",
    "parent": {"exe": "C:\\p.exe", "cmdline": "p"},
}
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3), max_leaves=6
)


@given(
    changes=st.dictionaries(st.sampled_from([*SAMPLE, "remote_ip", "Id", "", "a.b"]), VALUES, max_size=4),
    gone=st.sets(st.sampled_from([*SAMPLE])),
)
@settings(max_examples=300, deadline=None)
def test_a_record_of_any_shape_is_one_item(changes: dict[str, object], gone: set[str]) -> None:
    record = {key: value for key, value in (SAMPLE | changes).items() if key not in gone}
    item = guess_record(record, 7, Moments())
    assert isinstance(item, ProcessEvent | Reject | Unknown | None)
    assert item is None or item.position == 7
    assert not (isinstance(item, Reject) and item.code == "unforeseen")
    assert not isinstance(item, Unknown) or len(item.keys) <= 40


@given(
    rows=st.lists(
        st.lists(st.sampled_from(["C:\\a\\x.exe", "632", "", '"', "\0", "é", "nan", "process_end", ";", "\n", "#"]), max_size=5),
        max_size=8,
    )
)
@settings(max_examples=200, deadline=None)
def test_a_table_of_any_cells_is_one_item_a_row(rows: list[list[str]]) -> None:
    text = "image,pid,ppid,event,cmd\n" + "".join(",".join(row) + "\n" for row in rows)
    items = [item for item in READER.read(io.BytesIO(text.encode()), ReadOptions()) if not isinstance(item, Note)]
    positions = [item.position for item in items if item is not None]
    assert positions == sorted(positions)
    assert len(items) <= text.count("\n")
    assert not any(isinstance(item, Reject) and item.code == "unforeseen" for item in items)


def test_a_header_that_says_utc_is_believed() -> None:
    text = 'TimeGenerated [UTC],image,pid,ppid\n"5/2/2024, 10:00:00.123 AM",C:\\a\\x.exe,632,400\n'
    (event,) = list(READER.read(io.BytesIO(text.encode()), ReadOptions(zone=ZoneInfo("Asia/Tokyo"))))
    assert isinstance(event, ProcessEvent)
    assert event.time_us == parse_utc("2024-05-02T10:00:00.123Z")


def test_xml_of_processes_that_nobody_knows_is_said() -> None:
    def look(content: bytes) -> object:
        return detect(Member("x.xml", len(content), lambda: io.BytesIO(content)))

    xml = "<?xml version='1.0'?><processes><process><pid>632</pid><image>C:\\a\\x.exe</image></process></processes>"
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(InputError) as caught:
            look(xml.encode(encoding))
        assert "not recognised: XML" in caught.value.message
        assert "processes, process, pid, image" in caught.value.message
    task = b"<?xml version='1.0'?><Task><Actions><Exec><Command>C:\\a\\x.exe</Command></Exec></Actions></Task>"
    assert look(task) == NoLog("XML of no kind that oddkin knows")


def test_a_date_and_a_time_of_day_are_one_time() -> None:
    header = "Date,Time,Process,Process ID,Parent Process ID\n"
    text = header + "12/05/2024,11:59:58 PM,C:\\a.exe,6,4\n13/05/2024,10:00:00 AM,C:\\a.exe,7,4\n"
    times = [item.time_us for item in read(text.encode()) if isinstance(item, ProcessEvent)]
    assert times == [parse_utc("2024-05-12T23:59:58Z"), parse_utc("2024-05-13T10:00:00Z")]
