"""Remote starts: both ends of every way, and what is left untied because nobody could tell."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.related import End, RelatedStart, RemoteStart
from engine.findings.host_names import HostNames
from engine.findings.related import related
from tests.engine.findings.ends import FS, HOSTS, SQL, WS, end

SYS = "C:\\Windows\\System32\\"
CMD = SYS + "cmd.exe"
POWERSHELL = SYS + "WindowsPowerShell\\v1.0\\powershell.exe"
PSEXESVC = "C:\\Windows\\PSEXESVC.exe"
BATCH = "cmd.exe /c C:\\Windows\\Temp\\p.bat"


def psexec(at: float = 0, target: str = "\\\\fs01", command: str = BATCH, **more: object) -> End:
    return end(WS, at, "C:\\Tools\\PsExec64.exe", f"PsExec64.exe -accepteula {target} -s -d {command}", **more)


def pushed(at: float, host: int = FS, command: str = BATCH, **more: object) -> End:
    return end(host, at, CMD, command, PSEXESVC, **more)


def only(links: tuple[RelatedStart, ...]) -> RelatedStart:
    assert len(links) == 1
    return links[0]


WAYS = {
    "psexec": (
        ("C:\\Tools\\PsExec64.exe", "psexec64 \\\\fs01 -u corp\\adm -p x -s cmd /c dir C:\\Users"),
        (CMD, '"cmd" /c dir C:\\Users', PSEXESVC),
    ),
    "psexec renamed, its service too": (
        ("C:\\Users\\Public\\ps64.exe", "ps64.exe \\\\FS01 -s -d cmd.exe /c C:\\t\\p.bat"),
        (CMD, "cmd.exe /c C:\\t\\p.bat", "C:\\Windows\\qx.exe", SYS + "services.exe"),
    ),
    "psexec's service by its name": (
        ("C:\\Tools\\PsExec64.exe", "psexec64 \\\\fs01 -r updsvc cmd"),
        ("C:\\Windows\\updsvc.exe", "C:\\Windows\\updsvc.exe", SYS + "services.exe"),
    ),
    "wmi": (
        (SYS + "wbem\\WMIC.exe", 'wmic /node:"fs01","ws9" process call create "cmd.exe /c whoami > C:\\o.txt"'),
        (CMD, "cmd.exe /c whoami > C:\\o.txt", SYS + "wbem\\WmiPrvSE.exe"),
    ),
    "wmi by PowerShell": (
        (POWERSHELL, "powershell iwmi -cl win32_process -ComputerName fs01 -Name Create -Arg 'notepad.exe C:\\a.txt'"),
        (SYS + "notepad.exe", "notepad.exe C:\\a.txt", SYS + "wbem\\WmiPrvSE.exe"),
    ),
    "wmi from Linux": (
        ("/usr/bin/python3.11", "python3 /opt/impacket/wmiexec.py corp/adm:s3cret@fs01 'ipconfig /all'"),
        (CMD, "cmd.exe /Q /c ipconfig /all 1> \\\\127.0.0.1\\ADMIN$\\__1 2>&1", SYS + "wbem\\WmiPrvSE.exe"),
    ),
    "winrm": (
        (SYS + "winrs.exe", "winrs -r:fs01 -u:adm ipconfig /all"),
        (CMD, "C:\\Windows\\system32\\cmd.exe /C ipconfig /all", SYS + "winrshost.exe"),
    ),
    "winrm by PowerShell": (
        (POWERSHELL, 'powershell -c "Invoke-Command -ComputerName fs01 -ScriptBlock { whoami /groups }"'),
        (SYS + "whoami.exe", '"C:\\Windows\\system32\\whoami.exe" /groups', SYS + "wsmprovhost.exe"),
    ),
    "winrm session": (
        (POWERSHELL, "powershell Enter-PSSession -ComputerName fs01.corp.example.com"),
        (SYS + "wsmprovhost.exe", "C:\\Windows\\system32\\wsmprovhost.exe -Embedding", SYS + "svchost.exe"),
    ),
    "dcom": (
        (
            POWERSHELL,
            "powershell -c [activator]::CreateInstance([type]::GetTypeFromProgID('MMC20.Application','fs01'))"
            ".Document.ActiveView.ExecuteShellCommand('cmd.exe',$null,'/c calc.exe','7')",
        ),
        (SYS + "calc.exe", "calc.exe", SYS + "mmc.exe"),
    ),
    "task": (
        (SYS + "schtasks.exe", 'schtasks /create /s fs01 /tn t /tr "cmd.exe /c C:\\t\\p.bat" /sc once /st 00:00'),
        (CMD, "cmd.exe /c C:\\t\\p.bat", SYS + "svchost.exe"),
    ),
    "service": (
        (SYS + "sc.exe", 'sc \\\\fs01 create upd binPath= "cmd.exe /c C:\\t\\p.bat"'),
        (CMD, "cmd.exe /c C:\\t\\p.bat", SYS + "services.exe"),
    ),
    "service by its name": (
        (SYS + "sc.exe", "sc.exe \\\\fs01 start IKEEXT"),
        (SYS + "svchost.exe", "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s IKEEXT", SYS + "services.exe"),
    ),
    "ssh": (
        ("/usr/bin/ssh", "ssh -p 22 -o BatchMode=yes root@sql1 tar cz /srv/data"),
        ("/usr/bin/bash", "bash -c 'tar cz /srv/data'", "/usr/sbin/sshd"),
    ),
    "ssh session": (("/usr/bin/ssh", "ssh -l ops sql1"), ("/usr/bin/bash", "-bash", "/usr/sbin/sshd")),
    "ssh from Windows": (
        ("C:\\t\\plink.exe", "plink -batch -pw x ops@sql1 uname -a"),
        ("/usr/bin/uname", "uname -a", "/usr/lib/openssh/sshd-session"),
    ),
    "ssh copy": (
        ("/usr/bin/scp", "scp -i k.pem a.tgz ops@sql1:/tmp/"),
        ("/usr/sbin/sshd", "sshd: ops [priv]", "/usr/sbin/sshd"),
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_both_ends_of_every_way_are_tied(way: str):
    (image, command), (started, ran, *parents) = WAYS[way]
    host = SQL if "sql1" in command else FS
    source = end(WS, 0, image, command)
    target = end(host, 3, started, ran, parents[0], above=parents[1] if len(parents) > 1 else "")
    link = only(related([source], [target], HOSTS))
    assert (link.from_process, link.to_process) == (source.process, target.process)
    assert link.how == RemoteStart(way.split(maxsplit=1)[0].removesuffix("'s"))
    assert f"names {'sql1' if host == SQL else 'fs01'}" in link.evidence[0].casefold()
    assert any("3.0 s later, below" in sentence for sentence in link.evidence)


@pytest.mark.parametrize("way", WAYS)
def test_a_start_on_a_host_that_is_not_named_is_none(way: str):
    (image, command), (started, ran, *parents) = WAYS[way]
    elsewhere = FS if "sql1" in command else SQL
    target = end(elsewhere, 3, started, ran, parents[0], above=parents[1] if len(parents) > 1 else "")
    assert related([end(WS, 0, image, command)], [target], HOSTS) == ()


def test_the_evidence_says_what_matched():
    source = psexec(user="CORP\\amir")
    link = only(related([source], [pushed(90, user="CORP\\amir")], HOSTS))
    assert link.evidence == (
        "its command line names fs01",
        "the command that it gives ran on FS01.corp.example.com: cmd.exe /c C:\\Windows\\Temp\\p.bat",
        "1 min 30 s later, below PSEXESVC.exe",
        "both run as CORP\\amir",
    )


def test_an_account_that_every_host_has_is_no_evidence():
    link = only(related([psexec(user="NT AUTHORITY\\SYSTEM")], [pushed(1, user="NT AUTHORITY\\SYSTEM")], HOSTS))
    assert not any("run as" in sentence for sentence in link.evidence)


@pytest.mark.parametrize(("at", "tied"), [(-60, False), (-9, True), (299, True), (301, False)])
def test_the_other_end_is_near_in_time_by_either_clock(at: float, tied: bool):
    links = related([psexec()], [pushed(at)], HOSTS)
    assert len(links) == tied
    assert all("earlier by its clock" in link.evidence[2] for link in links if at < 0)


def test_a_task_starts_when_it_is_due():
    made = end(WS, 0, SYS + "schtasks.exe", f'schtasks /create /s fs01 /tn t /tr "{BATCH}" /sc daily /st 12:00')
    ran = end(FS, 20 * 3600, CMD, BATCH, SYS + "svchost.exe")
    assert "20 h 0 min later" in only(related([made], [ran], HOSTS)).evidence[2]


def test_a_list_of_hosts_ties_every_host_where_the_command_ran():
    wmic = end(WS, 0, SYS + "wbem\\WMIC.exe", f'wmic /node:@C:\\t.txt process call create "{BATCH}"')
    ran = [end(host, 100, CMD, BATCH, SYS + "wbem\\WmiPrvSE.exe") for host in (FS, SQL)]
    other = end(FS, 50, CMD, "cmd.exe /c ver", SYS + "wbem\\WmiPrvSE.exe")
    links = related([wmic], [*ran, other], HOSTS)
    assert [link.to_process for link in links] == [each.process for each in ran]
    assert {link.evidence[0] for link in links} == {"its targets stand in a file or a variable, which no log shows"}


def test_an_address_is_the_one_host_where_the_command_ran_and_none_of_two():
    wmic = end(WS, 0, SYS + "wbem\\WMIC.exe", f'wmic /node:10.0.0.5 process call create "{BATCH}"')
    first, second = (end(host, 5, CMD, BATCH, SYS + "wbem\\WmiPrvSE.exe") for host in (FS, SQL))
    assert only(related([wmic], [first], HOSTS)).to_process == first.process
    assert related([wmic], [first, second], HOSTS) == ()


def test_several_addresses_are_several_hosts_and_a_host_that_is_named_twice_is_one():
    wmic = end(WS, 0, SYS + "wbem\\WMIC.exe", f'wmic /node:10.0.0.5,10.0.0.6 process call create "{BATCH}"')
    ran = [end(host, 5, CMD, BATCH, SYS + "wbem\\WmiPrvSE.exe") for host in (FS, SQL)]
    assert [link.to_process for link in related([wmic], ran, HOSTS)] == [each.process for each in ran]
    twice = end(WS, 0, SYS + "wbem\\WMIC.exe", f'wmic /node:fs01,FS01.corp.example.com process call create "{BATCH}"')
    assert only(related([twice], ran, HOSTS)).to_process == ran[0].process


def test_an_address_that_is_a_hosts_name_is_that_host():
    named = HostNames.of([(WS, "WS1", ["ws1"]), (FS, "10.0.0.5", ["10.0.0.5"]), (SQL, "SQL1", ["sql1"])])
    wmic = end(WS, 0, SYS + "wbem\\WMIC.exe", f'wmic /node:10.0.0.5 process call create "{BATCH}"')
    first, second = (end(host, 5, CMD, BATCH, SYS + "wbem\\WmiPrvSE.exe") for host in (FS, SQL))
    assert only(related([wmic], [second, first], named)).to_process == first.process


def test_a_name_that_the_case_does_not_have_may_be_a_host_whose_log_names_none():
    psexec9 = psexec(target="\\\\ws-9044")
    assert related([psexec9], [pushed(2)], HOSTS) == ()
    nameless = HostNames.of([(WS, "WS1", ["ws1"]), (FS, "security.json", [])])
    assert "no log tells which host" in only(related([psexec9], [pushed(2)], nameless)).evidence[0]


def test_a_start_on_the_own_host_is_no_remote_one():
    for target in ("\\\\127.0.0.1", "\\\\localhost", "\\\\.", "\\\\ws1"):
        assert related([psexec(target=target)], [pushed(1, WS)], HOSTS) == ()


def test_of_several_that_fit_the_nearest_is_taken_and_that_there_are_others_is_said():
    early, late = psexec(0), psexec(30)
    first, second, third = pushed(2), pushed(31), pushed(200)
    links = related([late, early], [third, second, first], HOSTS)
    assert [(link.from_process, link.to_process) for link in links] == [
        (early.process, first.process),
        (late.process, second.process),
    ]
    assert all("more there fit as well; this is the nearest in time" in " ".join(link.evidence) for link in links)


def test_by_name_and_time_alone_only_what_fits_one_to_one():
    login = end(WS, 0, "/usr/bin/ssh", "ssh sql1")
    first = end(SQL, 3, "/usr/bin/bash", "-bash", "/usr/sbin/sshd", parent=71)
    same = end(SQL, 4, "/usr/bin/id", "id -u", "/usr/sbin/sshd", parent=71)
    assert only(related([login], [first, same], HOSTS)).to_process == first.process
    second = end(SQL, 40, "/usr/bin/bash", "-bash", "/usr/sbin/sshd", parent=72)
    assert related([login], [first, second], HOSTS) == ()
    assert related([login, end(WS, 30, "/usr/bin/ssh", "ssh sql1")], [second], HOSTS) == ()


def test_a_login_as_another_user_is_another_login():
    login = end(WS, 0, "/usr/bin/ssh", "ssh ops@sql1")
    other = end(SQL, 3, "/usr/bin/bash", "-bash", "/usr/sbin/sshd", parent=71, user="deploy")
    own = end(SQL, 9, "/usr/bin/bash", "-bash", "/usr/sbin/sshd", parent=72, user="ops")
    link = only(related([login], [other, own], HOSTS))
    assert link.to_process == own.process
    assert "the session is of ops, as which it logs in" in link.evidence


def test_another_command_than_the_one_asked_for_is_no_arrival():
    asked = end(WS, 0, "/usr/bin/ssh", "ssh sql1 tar cz /srv")
    assert related([asked], [end(SQL, 2, "/usr/bin/bash", "-bash", "/usr/sbin/sshd")], HOSTS) == ()


def test_a_share_that_is_only_read_asks_for_no_start():
    commands = (
        "net view \\\\fs01",
        "net use H: \\\\fs01\\home",
        "robocopy \\\\fs01\\deploy C:\\x /mir",
        "shutdown /m \\\\fs01 /r",
    )
    starts = [end(WS, 0, SYS + "net.exe", command) for command in commands]
    assert related(starts, [pushed(1), end(FS, 1, CMD, "cmd.exe /c dir", SYS + "services.exe")], HOSTS) == ()


texts = st.text(st.sampled_from("ab \\/:\"'-@,.{}()$\0\udcff\u202e") | st.characters(), max_size=120)
TOOLS = ("psexec", "wmic", "winrs", "ssh", "schtasks", "sc", "powershell", "at", "scp", "python3", "", "\\\\")


@given(st.lists(st.tuples(st.sampled_from(TOOLS), texts, texts), max_size=12), st.integers(0, 9))
def test_hostile_texts_and_any_order_change_nothing(rows: list[tuple[str, str, str]], seed: int):
    starts = [end(WS, place, tool, f"{tool} {text}", text) for place, (tool, text, _) in enumerate(rows)]
    arrived = [end(FS, place, tool, text, "sshd", above="services.exe") for place, (tool, _, text) in enumerate(rows)]
    found = related(starts, arrived, HOSTS)
    shuffled = random.Random(seed)
    shuffled.shuffle(starts)
    shuffled.shuffle(arrived)
    assert related(starts, arrived, HOSTS) == found
    assert len({link.to_process for link in found}) == len(found)


def test_many_alike_starts_are_each_tied_once():
    size = 400
    starts = [psexec(second) for second in range(size)]
    arrived = [pushed(second + 0.5) for second in range(size)]
    links = related(starts, arrived, HOSTS)
    assert [(link.from_process, link.to_process) for link in links] == [
        (one.process, other.process) for one, other in zip(starts, arrived, strict=True)
    ]
