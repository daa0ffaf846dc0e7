"""Processes that read blocks: the order of answers, and that none of them is left, hangs, or takes anything along unsaid."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import Cancelled, InputError
from engine.progress import unasked
from engine.readers.crew.crew import Crew, SourceBlock
from engine.readers.crew.hand import ROOT, Hand

ANSWERER = "tests.engine.readers.crew.answerer"
BLOCKS = [(10 * number, b"%d" % number) for number in range(1, 12)]


def read(crew: Crew, settings: bytes = b"", blocks: list[tuple[int, bytes]] = BLOCKS) -> Iterator[SourceBlock]:
    return crew.read(ANSWERER, settings, iter(blocks), "log.json")


def gone(pid: int) -> bool:
    """Whether a process has ended, now or within a while."""
    for _ in range(600):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def pids(blocks: list[SourceBlock]) -> list[int]:
    return [int(block.answer.split(b":")[0]) for block in blocks]


@pytest.mark.parametrize("readers", [1, 2, 3])
def test_answers_come_in_the_order_of_the_blocks(readers: int) -> None:
    with closing(Crew(readers, pays_bytes=0)) as crew:
        for _ in range(2):  # a second source is read by the same processes
            found = list(read(crew))
            assert [(block.number, block.data) for block in found] == BLOCKS
            assert [block.answer.split(b":", 1)[1] for block in found] == [b"%d:%s" % block for block in BLOCKS]
            assert len(set(pids(found))) == readers
    assert all(gone(pid) for pid in set(pids(found)))


def test_processes_start_behind_the_first_bytes_of_all_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.readers.crew.crew.LEAST_BYTES", 2)
    with closing(Crew(2, pays_bytes=4)) as crew:
        assert not any(block.answer for block in read(crew, blocks=BLOCKS[:3]))
        assert [bool(block.answer) for block in read(crew)] == [False] * 2 + [True] * 9
        assert not any(block.answer for block in read(crew, blocks=BLOCKS[:2]))
    with closing(Crew(0, pays_bytes=0)) as crew:
        assert not any(block.answer for block in read(crew))


@pytest.mark.parametrize(("settings", "words"), [(b"exit", "ended (code 7)"), (b"die", "ended (signal 9)")])
def test_a_process_that_ends_is_said_behind_what_came_before(settings: bytes, words: str) -> None:
    with closing(Crew(2, pays_bytes=0)) as crew:
        blocks = read(crew, settings)
        assert next(blocks).data == b"1"
        with pytest.raises(InputError) as caught:
            next(blocks)
        assert caught.value.message == f"The process that read it {words} in the part that begins at 20."
        assert "--workers 1" in caught.value.remedy
        assert [block.data for block in read(crew)] == [data for _, data in BLOCKS]  # others read the next source


def test_a_process_that_does_not_answer_is_ended_and_said() -> None:
    with closing(Crew(2, pays_bytes=0, patience=2)) as crew:
        first = list(read(crew, b""))
        with pytest.raises(InputError, match="took longer than 2 seconds and was ended in the part that begins at 20"):
            list(read(crew, b"hang"))
    assert all(gone(pid) for pid in set(pids(first)))


def test_a_cancellation_does_not_wait_for_an_answer() -> None:
    asked = []

    def pause() -> None:
        asked.append(True)
        if len(asked) > 5:
            raise Cancelled("stop")

    with closing(Crew(1, pause, pays_bytes=0)) as crew, pytest.raises(Cancelled):
        list(read(crew, b"hang"))
    assert len(asked) == 6


def test_a_source_that_breaks_is_told_behind_the_answers_before() -> None:
    def breaking() -> Iterator[tuple[int, bytes]]:
        yield from BLOCKS[:3]
        raise InputError("broken")

    found: list[SourceBlock] = []
    with closing(Crew(2, pays_bytes=0)) as crew, pytest.raises(InputError, match="broken"):
        deque(map(found.append, crew.read(ANSWERER, b"", breaking(), "")), maxlen=0)
    assert [block.data for block in found] == [b"1", b"2", b"3"]


def test_a_reader_that_stops_early_leaves_no_answer_for_the_next() -> None:
    with closing(Crew(2, pays_bytes=0)) as crew:
        blocks = read(crew)
        next(blocks)
        blocks.close()  # type: ignore[attr-defined]
        assert [block.number for block in read(crew)] == [number for number, _ in BLOCKS]


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_processes_end_with_who_started_them() -> None:
    program = (
        f"import sys, os, signal; sys.path.insert(0, {str(ROOT)!r})\n"
        "from engine.readers.crew.hand import Hand\n"
        "print(Hand()._process.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert gone(int(done.stdout))


@pytest.mark.skipif(os.name == "nt", reason="process groups")
def test_an_interrupt_at_the_terminal_is_for_who_started_them_alone() -> None:
    with closing(Hand()) as hand:
        assert os.getpgid(hand._process.pid) != os.getpgid(0)


def test_nothing_is_imported_from_the_folder_of_the_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who stands in a folder of evidence would otherwise run what lies in it."""
    (tmp_path / "msgspec.py").write_text("raise SystemExit(9)")
    (tmp_path / "numpy.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    with closing(Crew(1, unasked, pays_bytes=0)) as crew:
        blocks = list(crew.read("engine.readers.records.lines.json_blocks", b"\x93\xc0\xa0\xc0", iter([(1, b"{}")]), ""))
    assert blocks[0].answer
