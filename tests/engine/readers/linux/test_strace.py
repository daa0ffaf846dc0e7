"""strace: unfinished calls, the process tree, prefixes."""

from __future__ import annotations

import io
import lzma
from pathlib import Path

import pytest

from engine.domain.records import ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.linux import strace_tree
from engine.readers.linux.strace import READER

FORK = "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f)"


def read(*lines: str) -> list[ReaderItem]:
    return list(READER.read(io.BytesIO("\n".join(lines).encode()), ReadOptions()))


def events(*lines: str) -> list[ProcessEvent]:
    return [item for item in read(*lines) if isinstance(item, ProcessEvent)]


def links(*lines: str) -> list[tuple[str, int | None, int | None, str | None]]:
    return [(event.image, event.pid, event.ppid, event.parent_image) for event in events(*lines)]


def exe(pid: int, path: str, result: str = "= 0") -> str:
    return f'{pid} 1700000000.000001 execve("{path}", ["{path}", "a b"], 0x7ff /* 35 vars */) {result}'


def test_one_execve() -> None:
    (event,) = events(exe(10, "/bin/ls"))
    assert (event.kind, event.os, event.host, event.record_id, event.position) == ("strace", "linux", "", "1", 1)
    assert (event.pid, event.ppid, event.time_us) == (10, None, 1_700_000_000_000_001)
    assert event.command_line == "/bin/ls 'a b'"


def test_failed_calls_are_dropped_whatever_their_arguments_say() -> None:
    assert read(exe(10, "/bin/ls", "= -1 ENOENT (No such file or directory)")) == [None]
    hostile = '10 execve("/bin/x", ["x", ") = 0 ", "]) = 0"], 0x7ff /* 1 var */) = -1 EACCES (Permission denied)'
    assert read(hostile) == [None]


def test_unfinished_calls_are_paired_by_pid() -> None:
    found = read(
        '10 1700000000.000002 execve("/bin/a", ["a"], 0x7f /* 3 vars */ <unfinished ...>',
        '11 1700000000.000002 execve("/bin/b", ["b"], 0x7f /* 3 vars */ <unfinished ...>',
        "10 1700000000.5 <... execve resumed>) = 0",
        "11 1700000000.6 <... execve resumed>) = -1 ENOENT (No such file or directory)",
    )
    assert [type(item) for item in found] == [type(None), type(None), ProcessEvent, type(None)]
    event = found[2]
    assert isinstance(event, ProcessEvent)
    assert (event.image, event.record_id, event.time_us) == ("/bin/a", "3", 1_700_000_000_500_000)
    (lost,) = read("10 1700000000.000002 <... execve resumed>) = 0")
    assert isinstance(lost, Reject)
    assert lost.code == "incomplete-event"


def test_parents_through_subshells_that_never_exec() -> None:
    assert links(
        exe(10, "/bin/sh"),
        f"10 1700000000.000002 {FORK} = 11",
        f"11 1700000000.000002 {FORK} = 12",
        exe(12, "/bin/cat"),
        "11 1700000000.000002 +++ exited with 0 +++",
    ) == [("/bin/sh", 10, None, None), ("/bin/cat", 12, 10, "/bin/sh")]


def test_the_parent_is_what_it_was_when_it_forked() -> None:
    assert links(exe(10, "/bin/sh"), f"10 1700000000.000002 {FORK} = 11", exe(10, "/bin/cat"), exe(11, "/bin/ls"))[2] == (
        "/bin/ls",
        11,
        10,
        "/bin/sh",
    )


def test_a_child_that_shows_up_before_its_vfork_returns() -> None:
    lines = [
        exe(10, "/bin/make"),
        "10 1700000000.000002 vfork( <unfinished ...>",
        exe(11, "/bin/sh"),
        "11 1700000000.000002 brk(NULL) = 0x5",
        "10 1700000000.000002 <... vfork resumed>) = 11",
    ]
    assert links(*lines)[1] == ("/bin/sh", 11, 10, "/bin/make")
    assert [item.position for item in read(*lines) if item is not None] == [1, 3]
    assert len(read(*lines)) == len(lines)


def test_two_forks_at_a_time() -> None:
    assert links(
        exe(10, "/bin/a"),
        f"10 1700000000.000002 {FORK} = 20",
        exe(20, "/bin/b"),
        "10 1700000000.000002 clone( <unfinished ...>",
        "20 1700000000.000002 clone3({flags=0} <unfinished ...>",
        exe(31, "/bin/c"),
        exe(32, "/bin/d"),
        "20 1700000000.000002 <... clone3 resumed> => {parent_tid=[0]}, 88) = 31",
        "10 1700000000.000002 <... clone resumed>, child_tidptr=0x7f) = 32",
    )[2:] == [("/bin/c", 31, 20, "/bin/b"), ("/bin/d", 32, 10, "/bin/a")]


def test_pid_reuse() -> None:
    found = links(
        exe(10, "/bin/a"),
        f"10 1700000000.000002 {FORK} = 11",
        exe(11, "/bin/b"),
        "11 1700000000.000002 +++ exited with 0 +++",
        f"10 1700000000.000002 {FORK} = 12",
        exe(12, "/bin/c"),
        f"12 1700000000.000002 {FORK} = 11",
        exe(11, "/bin/d"),
    )
    assert found[3] == ("/bin/d", 11, 12, "/bin/c")


def test_a_thread_that_execs_becomes_the_process() -> None:
    found = events(
        exe(10, "/bin/a"),
        "10 1700000000.000002 clone(flags=CLONE_VM|CLONE_THREAD) = 11",
        '11 1700000000.000002 execve("/bin/b", ["b"], 0x7f <unfinished ...>',
        "10 1700000000.000002 +++ superseded by execve in pid 11 +++",
        "10 1700000000.000002 <... execve resumed>) = 0",
    )
    assert [(event.image, event.pid) for event in found] == [("/bin/a", 10), ("/bin/b", 10)]


@pytest.mark.parametrize(
    "line",
    [
        'execve("/bin/ls", ["ls"], 0x7f) = 0',
        '10:11:12 execve("/bin/ls", ["ls"], 0x7f) = 0',
        '10:11:12.123456 execve("/bin/ls", ["ls"], 0x7f /* 3 vars */) = 0 <0.000221>',
        '[pid  7] execve("/bin/ls", ["ls"], 0x7f) = 0',
        '7 1700000000.123456 (+     0.000012) execve("/bin/ls", ["ls"], ["A=b", "C=) = -1"]) = 0',
        '7     0.000123 execveat(AT_FDCWD, "/bin/ls", ["ls"], 0x7f, 0) = 0',
        '7 execveat(3</bin/ls>, "", ["ls"], 0x7f, AT_EMPTY_PATH) = 0',
    ],
)
def test_prefixes_and_spellings(line: str) -> None:
    (event,) = events(line)
    assert (event.image, event.command_line) == ("/bin/ls", "ls")
    assert event.pid == (7 if "7" in line[:7] else None)
    assert READER.sniff(line.encode(), "") > 0.9


def test_the_first_process_of_a_terminal_trace_gets_its_pid() -> None:
    found = links(
        'execve("/bin/a", ["a"], 0x7f) = 0',
        "clone(flags=SIGCHLD) = 8",
        "[pid 7] brk(0) = 1",
        '[pid 8] execve("/bin/b", ["b"], 0x7f) = 0',
    )
    assert found[1] == ("/bin/b", 8, 7, "/bin/a")


def test_relative_images_and_chdir() -> None:
    assert events(exe(5, "./run"))[0].image == "./run"
    found = events(
        '5 1700000000.000002 chdir("/srv/x") = 0', exe(5, "../run"), f"5 1700000000.000002 {FORK} = 6", exe(6, "bin/y")
    )
    assert [(event.image, event.cwd) for event in found] == [("/srv/run", "/srv/x"), ("/srv/x/bin/y", "/srv/x")]


def test_cut_lines_are_rejects_and_program_output_is_not() -> None:
    cut, output = read('7 1700000000.000002 execve("/bin/ls", ["ls", "a', "Hello, world")
    assert isinstance(cut, Reject)
    assert cut.code == "bad-record"
    assert output is None


def test_what_waits_is_bounded() -> None:
    noise = [f"{10 + number % 3} 1700000000.000002 brk(NULL) = 0x5" for number in range(strace_tree.MAX_HELD + 10)]
    stream = io.BytesIO(
        "\n".join([exe(10, "/bin/a"), "10 1700000000.000002 clone( <unfinished ...>", exe(11, "/bin/b"), *noise]).encode()
    )
    found = list(READER.read(stream, ReadOptions()))
    # Never resumed: the only process that was forking is the guess.
    second = [item for item in found if isinstance(item, ProcessEvent)][1]
    assert (second.ppid, second.parent_image) == (10, "/bin/a")
    assert len(found) == len(noise) + 3


def test_recorded_traces(recordings: Path) -> None:
    with lzma.open(recordings / "linux_strace" / "09_login_shells.strace.xz") as stream:
        found = [item for item in READER.read(stream, ReadOptions()) if item is not None]
    assert len(found) == 162
    assert sum(isinstance(item, ProcessEvent) and item.ppid is None for item in found) == 1
