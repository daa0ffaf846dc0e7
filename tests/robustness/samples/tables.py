"""Lists of processes and tables."""

from __future__ import annotations

from collections.abc import Iterator

from tests.engine.readers.linux.seeds import _row
from tests.engine.readers.lists.test_lists import VELOCIRAPTOR
from tests.engine.readers.seeds import _cells, _generic
from tests.robustness.samples.sample import TABLE, TEXT, Row, Sample, numbered

FAMILY = "tables"
COLUMNS = b"time,host,pid,ppid,image,parent_image,command_line\n"
PS = b"UID          PID    PPID  C STIME TTY          TIME CMD\n"
VOLATILITY_2 = (
    b"Volatility Foundation Volatility Framework 2.6\n"
    b"Offset(V)          Name                    PID   PPID   Thds     Hnds   Sess  Wow64 Start                          Exit\n"
    b"------------------ -------------------- ------ ------ ------ -------- ------ ------ ------------------------------ "
    b"------------------------------\n"
)
VOLATILITY_3 = b"Volatility 3 Framework 2.5.0\n\nPID\tPPID\tImageFileName\tOffset(V)\tThreads\tCreateTime\tExitTime\n\n"


def table_samples() -> Iterator[Sample]:
    """All of them."""
    yield Sample("csv", FAMILY, _generic, (TEXT,), before=COLUMNS)
    yield Sample("csv", FAMILY, lambda at: _cells(_generic(at).split(",")), (TEXT,), before=COLUMNS, title="quoted")
    yield Sample("csv", FAMILY, lambda at: _generic(at).replace(",", ";"), (TEXT,), before=COLUMNS.replace(b",", b";"), title=";")
    yield Sample("sequences", FAMILY, lambda at: f"['prog{at}','bash','httpd','systemd']", (TEXT,))
    yield Sample("pairs", FAMILY, lambda at: f"explorer.exe,prog{at}.exe", (TEXT,), before=b"parent,child\n")
    yield Sample("volatility", FAMILY, _pslist)
    yield Sample("volatility", FAMILY, _volatility_2, (TEXT,), before=VOLATILITY_2, title="2, text")
    yield Sample("volatility", FAMILY, _volatility_3, (TEXT,), before=VOLATILITY_3, title="3, text")
    words = {"powershell.exe": "prog{n}.exe", "6320": "{pid}"}
    yield Sample("velociraptor-pslist", FAMILY, numbered(VELOCIRAPTOR, **words))
    yield Sample("cim-process", FAMILY, _cim)
    yield Sample("cim-process", FAMILY, _wmic, (TEXT,), before=WMIC, between=b"\r\r\n", title="wmic")
    yield Sample("wmi-properties", FAMILY, _properties, (TEXT,))
    yield Sample("wmi-properties", FAMILY, _format_list, (TEXT,), title="Format-List")
    yield Sample("procmon", FAMILY, _procmon, (TABLE,))
    yield Sample("osqueryi-text", FAMILY, _row, (TEXT,))
    yield Sample("csv", FAMILY, _ps, (TEXT,), before=PS, title="ps -ef")


WMIC = b"\r\r\nNode,CommandLine,CreationDate,ExecutablePath,Name,ParentProcessId,ProcessId\r\r\n"


def _pslist(number: int) -> Row:
    return {
        "PID": 2000 + number, "PPID": 4100, "ImageFileName": f"prog{number}.exe", "Offset(V)": f"0xc{number:02}", "Threads": 20,
        "Handles": "-", "SessionId": 1, "Wow64": False, "CreateTime": "2024-05-02 10:00:00.000000 UTC", "ExitTime": "N/A",
        "File output": "Disabled",
    }  # fmt: skip


def _volatility_2(number: int) -> str:
    begin = f"0xfffffa8003a3b0{number:02} {f'prog{number}.exe':<20} {2000 + number:>6}"
    return f"{begin} {4100:>6}     20      529      1      0 2024-05-02 10:00:00 UTC+0000"


def _volatility_3(number: int) -> str:
    return f"{2000 + number}\t4100\tprog{number}.exe\t0xc1\t20\t2024-05-02 10:00:00.000000 \tN/A"


def _cim(number: int) -> Row:
    return {
        "Name": f"prog{number}.exe", "ProcessId": 2000 + number, "ParentProcessId": 404, "CSName": "WS1",
        "ExecutablePath": f"C:\\a\\prog{number}.exe", "CommandLine": "x -a", "CreationDate": "2024-05-02T10:00:07Z",
    }  # fmt: skip


def _wmic(number: int) -> str:
    return f"WS1,x /a,20240502120007.000000+120,C:\\a\\prog{number}.exe,prog{number}.exe,404,{2000 + number}"


def _properties(number: int) -> str:
    return (
        f"\r\r\n\r\r\nCreationDate=20240502100007.000000+000\r\r\nCSName=WS{number}\r\r\nExecutablePath=C:\\a\\prog{number}.exe\r\r\n"
        f"Name=prog{number}.exe\r\r\nParentProcessId=404\r\r\nProcessId={2000 + number}\r\r"
    )


def _format_list(number: int) -> str:
    return (
        f"\r\nProcessId       : {2000 + number}\r\nParentProcessId : 404\r\nName            : prog{number}.exe\r\n"
        f"ExecutablePath  : C:\\a\\prog{number}.exe\r\nPSComputerName  : WS{number}\r\nCreationDate    : 5/2/2024 10:00:07 AM\r"
    )


def _procmon(number: int) -> Row:
    return {
        "Time of Day": "10:00:07.1", "Process Name": "WINWORD.EXE", "PID": "5210", "Operation": "Process Create",
        "Path": f"C:\\a\\prog{number}.exe", "Result": "SUCCESS", "Detail": f"PID: {2000 + number}, Command line: x -a",
    }  # fmt: skip


def _ps(number: int) -> str:
    return f"www-data  {2000 + number:>6}     812  0 10:00 ?        00:00:00 /usr/bin/prog{number} -c id"
