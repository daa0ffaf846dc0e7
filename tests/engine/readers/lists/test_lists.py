"""Lists of processes: who runs under whom, since when, and who has ended."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.records import Note, ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.containers.member import Member
from engine.readers.contract import ReadOptions
from engine.readers.detect import Detected, NoLog, detect
from engine.readers.lists import cim_process, procmon, velociraptor, volatility
from engine.readers.text.moments import Moments
from engine.readers.text.timestamps import parse_utc


def read(content: str | bytes) -> list[ReaderItem]:
    data = content if isinstance(content, bytes) else content.encode()
    member = Member("x", len(data), lambda: io.BytesIO(data))
    detected = detect(member)
    assert isinstance(detected, Detected)
    with member.open() as stream:
        items = list(detected.reader.read(stream, ReadOptions(path="x", again=member.open)))
    return [item for item in items if not isinstance(item, Note)]


def told(items: list[ReaderItem]) -> list[tuple[object, ...]]:
    return [(item.image, item.pid, item.ppid, item.time_us) for item in items if isinstance(item, ProcessEvent)]


def ends(items: list[ReaderItem]) -> list[tuple[object, ...]]:
    return [(item.image, item.pid, item.time_us) for item in items if isinstance(item, ProcessEnd)]


T0, T7, T9 = (parse_utc(f"2024-05-02T10:00:0{second}Z") for second in (0, 7, 9))
WORD, SHELL = ("WINWORD.EXE", 5210, 4100, T0), ("powershell.exe", 6320, 5210, T7)

PSLIST = (
    "PID,PPID,ImageFileName,Offset(V),Threads,Handles,SessionId,Wow64,CreateTime,ExitTime,File output\n"
    "5210,4100,WINWORD.EXE,0xc1,20,-,1,False,2024-05-02 10:00:00.000000 UTC,N/A,Disabled\n"
    "6320,5210,powershell.exe,0xc2,0,-,1,False,2024-05-02 10:00:07.000000 UTC,2024-05-02 10:00:09.000000 UTC,Disabled\n"
)
PSTREE_TEXT = (
    "Volatility 3 Framework 2.5.0\n\nPID\tPPID\tImageFileName\tOffset(V)\tThreads\tCreateTime\tExitTime\n\n"
    "5210\t4100\tWINWORD.EXE\t0xc1\t20\t2024-05-02 10:00:00.000000 \tN/A\n"
    "* 6320\t5210\tpowershell.exe\t0xc2\t12\t2024-05-02 10:00:07.000000 \tN/A\n"
)
ROW = {"Offset(V)": 3, "Threads": 1, "ExitTime": None, "__children": []}
PSTREE_JSON = json.dumps(
    [
        ROW
        | {"PID": 5210, "PPID": 4100, "ImageFileName": "WINWORD.EXE", "CreateTime": "2024-05-02T10:00:00+00:00"}
        | {
            "__children": [
                ROW | {"PID": 6320, "PPID": 5210, "ImageFileName": "powershell.exe", "CreateTime": "2024-05-02T10:00:07+00:00"}
            ]
        }
    ],
    indent=1,
)


@pytest.mark.parametrize("content", [PSLIST, PSTREE_TEXT, PSTREE_JSON])
def test_volatility(content: str) -> None:
    items = read(content)
    assert told(items) == [WORD, SHELL]
    assert ends(items) == ([("powershell.exe", 6320, T9)] if content == PSLIST else [])


def test_the_depth_of_a_tree_does_not_matter() -> None:
    tree: dict[str, object] = {}
    for pid in range(200, 0, -1):
        children = [tree] if tree else []
        tree = ROW | {"PID": pid, "PPID": pid - 1, "ImageFileName": "a.exe", "CreateTime": None, "__children": children}
    assert [item.pid for item in read(json.dumps([tree])) if isinstance(item, ProcessEvent)] == list(range(1, 201))


def test_volatility_of_linux() -> None:
    text = (
        "OFFSET (V)\tPID\tTID\tPPID\tCOMM\tUID\tGID\tEUID\tEGID\tCREATION TIME\tFile output\n"
        "0x1\t1\t1\t0\tsystemd\t0\t0\t0\t0\t2024-05-02 10:00:00.000000 UTC\tDisabled\n"
        "0x2\t812\t812\t1\tsshd\t0\t0\t0\t0\t2024-05-02 10:00:07.000000 UTC\tDisabled\n"
    )
    items = read(text)
    assert told(items) == [("systemd", 1, None, T0), ("sshd", 812, 1, T7)]
    assert {item.os for item in items if isinstance(item, ProcessEvent)} == {"linux"}


VELOCIRAPTOR = {
    "Pid": 6320,
    "Ppid": 5210,
    "TokenIsElevated": False,
    "Name": "powershell.exe",
    "Exe": "C:\\Windows\\powershell.exe",
    "CommandLine": "powershell -nop",
    "CreateTime": "2024-05-02T10:00:07Z",
    "Username": "LAB\\mira",
    "Hash": {"MD5": "a", "SHA1": "b", "SHA256": "c"},
    "Authenticode": {"Trusted": "trusted"},
}


def test_velociraptor() -> None:
    (event,) = read(json.dumps(VELOCIRAPTOR) + "\n")
    assert isinstance(event, ProcessEvent)
    assert (event.image, event.pid, event.ppid, event.time_us) == ("C:\\Windows\\powershell.exe", 6320, 5210, T7)
    assert (event.user, event.command_line, event.hashes) == ("LAB\\mira", "powershell -nop", "SHA256=c,SHA1=b,MD5=a")
    tree = {key: VELOCIRAPTOR[key] for key in ("Pid", "Ppid", "Name", "Exe", "CommandLine", "Username")}
    tree |= {"CallChain": "a -> b", "StartTime": "2024-05-02T10:00:07Z", "EndTime": "2024-05-02T10:00:09Z"}
    begun, ended = read(json.dumps(tree) + "\n" + json.dumps(tree | {"EndTime": "0001-01-01T00:00:00Z"}) + "\n")[:2]
    assert isinstance(begun, ProcessEvent)
    assert begun.time_us == T7
    assert isinstance(ended, ProcessEnd)
    assert (ended.pid, ended.time_us) == (6320, T9)


CIM_CSV = (
    "#TYPE Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_Process\n"
    '"ProcessName","Handles","CreationDate","CSName","ExecutablePath","Name","ParentProcessId","ProcessId","PSComputerName"\n'
    '"System Idle Process","0","","WS1","","System Idle Process","0","0",""\n'
    '"smss.exe","50","02.05.2024 10:00:00","WS1","","smss.exe","4","404",""\n'
    '"x.exe","9","02.05.2024 10:00:07","WS1","C:\\a\\x.exe","x.exe","404","632",""\n'
)
CIM_JSON = json.dumps(
    [
        {"Name": "smss.exe", "ProcessId": 404, "ParentProcessId": 4, "CSName": "WS1", "CreationDate": "/Date(1714644000000)/"},
        {
            "Name": "x.exe",
            "ProcessId": 632,
            "ParentProcessId": 404,
            "CSName": "WS1",
            "ExecutablePath": "C:\\a\\x.exe",
            "CreationDate": {"value": "/Date(1714644007000)/", "DateTime": "Thursday, May 2, 2024 12:00:07 PM"},
        },
    ]
)
WMIC = (
    "\r\r\nNode,CommandLine,CreationDate,ExecutablePath,Name,ParentProcessId,ProcessId\r\r\n"
    "WS1,,20240502100000.000000+000,,smss.exe,4,404\r\r\n"
    'WS1,"C:\\a\\x.exe" /a,b,20240502120007.000000+120,C:\\a\\x.exe,x.exe,404,632\r\r\n'
).encode("utf-16")


WMIC_VALUES = (
    "\r\r\n\r\r\nCreationDate=20240502100000.000000+000\r\r\nCSName=WS1\r\r\nExecutablePath=\r\r\nName=smss.exe\r\r\n"
    "ParentProcessId=4\r\r\nProcessId=404\r\r\n\r\r\n\r\r\nCreationDate=20240502100007.000000+000\r\r\nCSName=WS1\r\r\n"
    "ExecutablePath=C:\\a\\x.exe\r\r\nName=x.exe\r\r\nParentProcessId=404\r\r\nProcessId=632\r\r\n\r\r\n"
).encode("utf-16")
FORMAT_LIST = (
    "\r\nProcessId       : 404\r\nParentProcessId : 4\r\nName            : smss.exe\r\nExecutablePath  : \r\nPSComputerName  "
    ": WS1\r\n"
    "CreationDate    : 5/2/2024 10:00:00 AM\r\n\r\nProcessId       : 632\r\nParentProcessId : 404\r\nName            : x.exe\r\n"
    "ExecutablePath  : C:\\a\\\r\n                  x.exe\r\nPSComputerName  : WS1\r\nCreationDate    : 5/2/2024 10:00:07 "
    "AM\r\n\r\n"
)
FORMAT_TABLE = (
    "\nProcessId ParentProcessId Name     ExecutablePath PSComputerName CreationDate\n"
    "--------- --------------- ----     -------------- -------------- ------------\n"
    "      404               4 smss.exe                WS1            5/2/2024 10:00:00 AM\n"
    "      632             404 x.exe    C:\\a\\x.exe     WS1            5/2/2024 10:00:07 AM\n\n"
)


@pytest.mark.parametrize("content", [CIM_CSV, CIM_JSON, WMIC, WMIC_VALUES, FORMAT_LIST, FORMAT_TABLE])
def test_win32_process(content: str | bytes) -> None:
    items = read(content)
    assert told(items) == [("smss.exe", 404, 4, T0), ("C:\\a\\x.exe", 632, 404, T7)]
    assert [item.host for item in items if isinstance(item, ProcessEvent)] == ["WS1", "WS1"]
    assert not any(isinstance(item, Reject) for item in items)


def test_commas_belong_to_the_command_line_of_wmic() -> None:
    event = read(WMIC)[1]
    assert isinstance(event, ProcessEvent)
    assert event.command_line == '"C:\\a\\x.exe" /a,b'


PROCMON = (
    '\ufeff"Time of Day","Process Name","PID","Operation","Path","Result","Detail"\n'
    '"10:00:07.1","WINWORD.EXE","5210","Process Create","C:\\a\\x.exe","SUCCESS","PID: 632, Command line: x ""-a"""\n'
    '"10:00:07.2","x.exe","632","Process Start","","SUCCESS","Parent PID: 5210, Command line: x"\n'
    '"10:00:07.3","x.exe","632","RegOpenKey","HKLM\\System","SUCCESS",""\n'
    '"10:00:07.4","x.exe","632","Load Image","C:\\Windows\\ntdll.dll","SUCCESS","Image Base: 0x7"\n'
    '"10:00:07.5","x.exe","632","Process Exit","","SUCCESS","Exit Status: 0"\n'
)


def test_of_process_monitor_only_what_creates_and_ends() -> None:
    items = read(PROCMON)
    assert told(items) == [("C:\\a\\x.exe", 632, 5210, None)]
    assert ends(items) == [("x.exe", 632, None)]
    (event,) = [item for item in items if isinstance(item, ProcessEvent)]
    assert (event.parent_image, event.command_line) == ("WINWORD.EXE", 'x "-a"')
    assert len(items) == 5


VOLATILITY_2 = (
    "Volatility Foundation Volatility Framework 2.6\n"
    "Offset(V)          Name                    PID   PPID   Thds     Hnds   Sess  Wow64 Start                          Exit\n"
    "------------------ -------------------- ------ ------ ------ -------- ------ ------ ------------------------------ "
    "------------------------------\n"
    "0xfffffa8003a3b060 WINWORD.EXE            5210   4100     20      529      1      0 2024-05-02 10:00:00 UTC+0000\n"
    "0xfffffa8003a3c060 powershell.exe         6320   5210     12      100      1      0 2024-05-02 10:00:07 UTC+0000\n"
)


def test_volatility_2_as_text() -> None:
    assert told(read(VOLATILITY_2)) == [WORD, SHELL]


PS_EF = (
    "UID          PID    PPID  C STIME TTY          TIME CMD\n"
    "root           1       0  0 May02 ?        00:00:03 /sbin/init splash\n"
    "root           2       0  0 May02 ?        00:00:00 [kthreadd]\n"
    "www-data    2001     812  0 10:00 ?        00:00:00 sh -c id; echo 'a  b'\n"
    "mira        2100    2099  0 10:00 pts/0    00:00:00 -bash\n"
)
PS_LONG = (
    "    PID    PPID USER                      STARTED COMMAND\n   2001     812 www-data Thu May  2 10:00:07 2024 sh -c id\n"
)


def test_ps() -> None:
    items = read(PS_EF)
    assert told(items) == [
        ("/sbin/init", 1, None, None),
        ("[kthreadd]", 2, None, None),
        ("sh", 2001, 812, None),
        ("bash", 2100, 2099, None),
    ]
    assert isinstance(items[2], ProcessEvent)
    assert (items[2].user, items[2].command_line) == ("www-data", "sh -c id; echo 'a  b'")
    assert told(read(PS_LONG)) == [("sh", 2001, 812, T7)]


def test_the_forest_of_ps_is_no_part_of_a_command_line() -> None:
    forest = (
        "   PPID     PID COMMAND\n      0     812 nginx: master process\n"
        "    812    2001  |   \\_ sh -c id\n   2001    2002  |       \\_ id\n"
    )
    items = read(forest)
    assert told(items) == [("nginx", 812, None, None), ("sh", 2001, 812, None), ("id", 2002, 2001, None)]
    assert [event.command_line for event in items if isinstance(event, ProcessEvent)][1:] == ["sh -c id", "id"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            "USER   PID %CPU %MEM    VSZ   RSS TTY  STAT START   TIME COMMAND\n"
            "root     1  0.0  0.1 168   11 ?    Ss   May02   0:03 /sbin/init\n",
            "a list of processes that does not tell their parents (ps; ps -ef does)",
        ),
        (
            "\r\nImage Name                     PID Session Name\r\n========================= ======== ================\r\n"
            "powershell.exe                6320 Console\r\n",
            "a list of processes that does not tell their parents (tasklist)",
        ),
        (
            "COMMAND    PID  TID TASKCMD  USER   FD      TYPE             DEVICE SIZE/OFF       NODE NAME\n"
            "systemd      1               root  cwd       DIR              253,0      224        128 /\n",
            "open files (lsof)",
        ),
        ("a b c\n1 2 3\n", ""),
    ],
)
def test_lists_without_parents_are_named(data: str, words: str) -> None:
    assert detect(Member("x", len(data), lambda: io.BytesIO(data.encode()))) == NoLog(words)


SAMPLES: list[tuple[Callable[..., ReaderItem], dict[str, object]]] = [
    (
        volatility.map_record,
        dict(zip(PSLIST.split("\n", maxsplit=1)[0].split(","), PSLIST.split("\n")[1].split(","), strict=True)),
    ),
    (velociraptor.map_record, VELOCIRAPTOR),
    (cim_process.map_record, json.loads(CIM_JSON)[1]),
    (
        procmon.map_record,
        {
            "Process Name": "a",
            "PID": "5",
            "Operation": "Process Create",
            "Path": "C:\\x.exe",
            "Detail": "PID: 6, Command line: x",
        },
    ),
]
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.lists(st.integers() | st.text(), max_size=3)
)


@pytest.mark.parametrize("number", range(len(SAMPLES)))
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_value_of_any_type_costs_at_most_the_record(number: int, data: st.DataObject) -> None:
    map_record, sample = SAMPLES[number]
    changed = dict(sample)
    for key in data.draw(st.lists(st.sampled_from(sorted(sample)), max_size=4)):
        value = data.draw(VALUES | st.dictionaries(st.text(max_size=5), VALUES, max_size=2))
        changed[key] = value
    for key in data.draw(st.lists(st.sampled_from(sorted(sample)), max_size=2)):
        changed.pop(key, None)
    item = map_record(changed, 1, Moments())
    assert isinstance(item, ProcessEvent | ProcessEnd | Reject | None)
    assert not (isinstance(item, Reject) and item.code == "unforeseen")


def test_a_damaged_first_row_hides_no_list_below_a_banner() -> None:
    header, rows = PSTREE_TEXT.split("\n\n5210")
    assert told(read(f"{header}\n\n]\n5210{rows}")) == [WORD, SHELL]
