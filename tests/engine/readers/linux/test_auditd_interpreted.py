"""What `ausearch -i` prints: plain values with blanks, dates in the order of any locale, and what else says when and who."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone

import pytest

from engine.domain.records import Note, ProcessEvent, ReaderItem
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.linux.auditd_interpreted import arguments, fields

MAY_2ND = int(datetime(2024, 5, 2, 10, 0, 0, 101_000, tzinfo=UTC).timestamp() * 1_000_000)


def event(date: str, serial: int = 700, pid: int = 2001, **given: str) -> str:
    """One execve as ausearch prints it: SYSCALL comes last."""
    values = {
        "argv": "argc=3 a0=sh a1=-c a2=id",
        "title": "sh -c id",
        "exe": "/usr/bin/bash",
        "success": "yes",
        "node": "",
    } | given
    before = f"{values.get('node', '')}type={{}} msg=audit({date}:{serial}) : "
    return (
        f"----\n{before.format('PROCTITLE')}proctitle={values['title']} \n"
        f"{before.format('PATH')}item=0 name={values['exe']} inode=1201 dev=fd:00 mode=file,755 ouid=root nametype=NORMAL \n"
        f"{before.format('CWD')}cwd=/var/my www \n"
        f"{before.format('EXECVE')}{values['argv']} \n"
        f"{before.format('SYSCALL')}arch=x86_64 syscall=execve success={values['success']} exit=0 a0=0x55d0 a1=0x55d1 items=2 "
        f"ppid=812 pid={pid} auid=unset uid=apache gid=apache tty=(none) ses=unset comm=bash exe={values['exe']} key=exec \n"
    )


def read(text: str, **options: object) -> list[ReaderItem]:
    found = choose(text.encode(), "ausearch.txt")
    assert found is not None
    assert found.reader.name == "auditd"
    return list(found.reader.read(io.BytesIO(text.encode()), ReadOptions(**options)))  # type: ignore[arg-type]


def events(text: str, **options: object) -> list[ProcessEvent]:
    return [item for item in read(text, **options) if isinstance(item, ProcessEvent)]


def test_an_execve_with_names_for_numbers() -> None:
    (found,) = events(event("05/02/2024 10:00:00.101"))
    assert (found.kind, found.image, found.pid, found.ppid) == ("auditd", "/usr/bin/bash", 2001, 812)
    assert (found.command_line, found.user, found.cwd, found.record_id) == ("sh -c id", "apache", "/var/my www", "700")
    assert found.logon_id is None


@pytest.mark.parametrize(
    "date",
    [
        *("05/02/2024 10:00:00.101", "05/02/24 10:00:00.101", "02.05.2024 10:00:00.101", "2.5.2024 10:00:00.101"),
        *("2024-05-02 10:00:00.101", "02-05-24 10:00:00.101", "2024年05月02日 10:00:00.101", "2024. 05. 02. 10:00:00.101"),
        *("2024/05/02 10:00:00.101", "Thursday 02 May 2024 10:00:00.101"),
    ],
)
def test_dates_of_locales(date: str) -> None:
    (found,) = events(event(date))
    assert found.time_us == MAY_2ND


def test_a_date_that_cannot_be_read_costs_the_time_and_is_counted() -> None:
    item, note = (one for one in read(event("02. brumaire 2024 10:00:00.101")) if one is not None)
    assert isinstance(item, ProcessEvent)
    assert item.time_us is None
    assert isinstance(note, Note)
    assert (note.code, note.count) == ("unreadable-time", 1)


def test_one_date_that_only_fits_one_order_decides_for_the_file() -> None:
    whole = event("02/05/2024 10:00:00.101") + event("13/05/2024 10:00:00.101", 701)
    first, second = events(whole)
    assert (first.time_us, second.time_us) == (MAY_2ND, MAY_2ND + 11 * 86_400_000_000)
    assert [item.code for item in read(whole) if isinstance(item, Note)] == ["local-time"]


def test_a_date_far_behind_the_head_decides_as_well() -> None:
    filler = "".join(event("02/05/2024 10:00:00.101", 1000 + number, 3000 + number) for number in range(200))
    whole = filler + event("31/05/2024 10:00:00.101", 5)
    assert whole.index("31/05") > 64 * 1024
    found = events(whole, again=lambda: io.BytesIO(whole.encode()))
    assert {one.time_us for one in found[:200]} == {MAY_2ND}


def test_an_order_that_nothing_proves_is_said() -> None:
    notes = {item.code: item for item in read(event("05/02/2024 10:00:00.101")) if isinstance(item, Note)}
    assert notes.keys() == {"day-order", "local-time"}
    assert "month first" in notes["day-order"].text


def test_the_time_is_the_machines_own() -> None:
    (found,) = events(event("2024-05-02 10:00:00.101"), zone=timezone(timedelta(hours=2)))
    assert found.time_us == MAY_2ND - 7_200_000_000


def test_words_that_look_like_hex_and_values_with_blanks() -> None:
    (found,) = events(event("2024-05-02 10:00:00.101", argv="argc=2 a0=cafe a1=cd /tmp; a9=1 ls", exe="/tmp/my prog"))
    assert (found.image, found.command_line) == ("/tmp/my prog", "cafe 'cd /tmp; a9=1 ls'")


def test_failed_ones_are_other_and_nodes_are_hosts() -> None:
    failed = event("2024-05-02 10:00:00.101", success="no")
    assert events(failed) == []
    (found,) = events(event("2024-05-02 10:00:00.101", node="node=web-3 "))
    assert found.host == "web-3"


def test_the_title_stands_in_for_lost_arguments_when_it_is_the_programs_own() -> None:
    lost = event("2024-05-02 10:00:00.101", title="bash -x").replace("type=EXECVE", "type=SOCKADDR")
    (own,) = events(lost)
    assert own.command_line == "bash -x"
    (foreign,) = events(lost.replace("bash -x", "nginx"))
    assert foreign.command_line is None


def test_summaries_are_no_log_of_processes() -> None:
    assert choose(b"1. 05/02/2024 10:00:00 /usr/bin/bash pts0 web-3 1000 700\n" * 3, "aureport.txt") is None


def test_fields_and_arguments() -> None:
    assert fields(b"exit=ENOENT(No such file or directory) exe=/tmp/a b key=(null)") == {
        b"exit": b"ENOENT(No such file or directory)",
        b"exe": b"/tmp/a b",
        b"key": b"(null)",
    }
    assert arguments([b"argc=3 a0=sh a1=-c a2_len=8 a2[0]=abcd ", b"a2[1]=efgh "]) == [b"sh", b"-c", b"abcdefgh"]
