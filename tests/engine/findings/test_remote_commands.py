"""What command lines ask another host for, by position; hostile ones cost what their beginning costs."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.findings.host_names import HostNames
from engine.findings.remote_commands import LONGEST, MOST_TARGETS, contained, names_a_start, reduced, started_key, told
from tests.engine.findings.ends import FS, HOSTS, SQL, WS


@pytest.mark.parametrize(
    ("command", "how", "targets", "tail"),
    [
        ("psexec -accepteula \\\\a,b -u x -p y cmd /c ver", "psexec", ("a", "b"), "cmd /c ver"),
        ("ps.exe \\\\a -s -d cmd.exe /c x.bat", "psexec", ("a",), "cmd /c x.bat"),
        ("wmic /NODE:a,b process call create calc.exe", "wmi", ("a", "b"), "process call create calc"),
        ("wmic /node a process call create calc.exe", "wmi", ("a",), "process call create calc"),
        ("winrs -r:https://a ver", "winrm", ("https://a",), "ver"),
        ("winrs /remote:a /u:x ver", "winrm", ("a",), "ver"),
        ("powershell icm -comp a, b { ver }", "winrm", ("a", "b"), "ver"),
        ("ssh -4 -i k -oBatchMode=yes -lops a tar c /x", "ssh", ("a",), "tar c /x"),
        ("ssh ops@a -p 22 uptime", "ssh", ("a",), "uptime"),
        ("scp -P 22 C:\\t\\f ops@a:/tmp/f", "ssh", ("a",), ""),
        ("schtasks.exe /Run /S a /TN t", "task", ("a",), ""),
        ("at \\\\a 12:00 cmd /c x", "task", ("a",), "12:00 cmd /c x"),
        ("sc \\\\a start svc", "service", ("a",), "start svc"),
        ("python3 psexec.py -hashes :1f dom/u:p@ss@a 'cmd /c ver'", "psexec", ("a",), "cmd /c ver"),
        ("evil-winrm -i a -u x", "winrm", ("a",), ""),
    ],
)
def test_targets_and_commands_are_read(command: str, how: str, targets: tuple[str, ...], tail: str):
    found = told("", "", command)
    assert found is not None
    assert (found.how, found.targets) == (how, targets)
    assert found.tail.startswith(tail)
    assert names_a_start(command)


@pytest.mark.parametrize(
    "command",
    [
        "wmic bios get serialnumber",
        "wmic /node:a os get name",
        "schtasks /query /s a",
        "sc query",
        "ssh -V",
        "powershell Get-Process -ComputerName a",
        "scp a b",
        "mstsc /v:a",
        "net view \\\\a",
        "ssh",
        "",
    ],
)
def test_what_asks_for_no_start_is_none(command: str):
    assert told("", "", command) is None


def test_users_and_sessions_and_lists_are_told():
    assert told("", "", "ssh ops@a").user == "ops"
    assert told("", "", "ssh -l ops a").user == "ops"
    assert told("", "", "wmiexec.py corp/adm:x@a").user == "adm"
    assert [told("", "", command).opens for command in ("ssh a", "ssh a ver", "psexec \\\\a cmd")] == [True, False, False]
    assert told("", "", "wmic /node:@C:\\t.txt process call create x").listed
    assert told("", "", "powershell icm -ComputerName (gc hosts.txt) { ver }").listed


def test_a_renamed_tool_is_known_by_its_original_name():
    found = told("C:\\t\\x.exe", "psexec.c", "x.exe \\\\a cmd")
    assert (found.how, found.renamed, found.tail) == ("psexec", False, "cmd")


def test_what_powershell_is_given_as_base64_is_read():
    clear = base64.b64encode("icm -ComputerName fs01 { whoami /all }".encode("utf-16-le")).decode()
    found = told("", "", f"powershell.exe -nop -enc {clear}")
    assert (found.how, found.targets, found.tail) == ("winrm", ("fs01",), "whoami /all")


@pytest.mark.parametrize(
    ("image", "command", "key"),
    [
        ("C:\\Windows\\System32\\cmd.exe", '"C:\\Windows\\System32\\cmd.exe" /c  "echo  Hi"', "cmd /c echo hi"),
        ("C:\\Program Files\\T\\t.exe", "C:\\Program Files\\T\\t.exe -a", "t -a"),
        ("/usr/bin/tar", "tar cz /srv", "tar cz /srv"),
        ("/usr/bin/dash", "/bin/sh -c 'tar cz /srv'", "sh -c tar cz /srv"),
    ],
)
def test_a_started_command_is_keyed_without_quotes_and_directory(image: str, command: str, key: str):
    assert started_key(image, command) == key


def test_a_command_is_contained_as_whole_words_only():
    assert contained("cmd /c ver", reduced('psexec C:\\x\\cmd.exe /c "ver"'))
    assert not contained("cmd /c ver", "cmd /c very")
    assert not contained("md /c ver", "cmd /c ver")


def test_names_are_resolved_in_the_own_domain_first():
    names = HostNames.of([(WS, "A", ["a.x.org"]), (FS, "B", ["b.x.org"]), (SQL, "B", ["b.y.org"])])
    assert names.find("b", WS) == FS
    assert names.find("B.Y.ORG.", WS) == SQL
    assert names.find("b.z.org", WS) is None
    assert HOSTS.find("sql1.corp.example.com", WS) == SQL
    assert HOSTS.find("fs01", SQL) == FS
    assert HOSTS.find("https://FS01:5986/wsman", SQL) == FS
    assert [HOSTS.find(own, WS) for own in ("localhost", "127.0.0.9", "::1", "WS1", "")] == [WS] * 5
    assert HOSTS.find("10.0.0.9", WS) is None


tools = st.sampled_from(
    ("psexec ", "wmic process call create /node:", "ssh ", "powershell icm -comp ", "scp ", "winrs -r:", "\\\\")
)


@given(tools, st.text(st.sampled_from("\\\"' /-@,:aA(){};=\0\udc80") | st.characters(), max_size=300))
def test_any_text_is_read_and_what_is_found_is_bounded(tool: str, text: str):
    found = told(text, text, tool + text)
    if found is not None:
        assert len(found.targets) <= MOST_TARGETS
        assert len(found.text) <= 2 * LONGEST
    assert started_key(text, text) == reduced(started_key(text, text))


@pytest.mark.parametrize(
    "text", ["a " * 50_000, "\\\\a " * 50_000, '"' * 100_000, "'\"" * 50_000, "-" * 100_000, "A" * 100_000 + "="]
)
def test_long_texts_are_read_to_their_bound(text: str):
    whole, cut = told("", "", "psexec \\\\fs01 " + text), told("", "", ("psexec \\\\fs01 " + text)[:LONGEST])
    assert whole == cut
    assert not contained("a " * 100 + "b", reduced(text))
