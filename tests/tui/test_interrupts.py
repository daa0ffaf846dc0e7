"""Ctrl-C, SIGTERM and SIGHUP: 130 wherever they come, and a message that is true of the job."""

from __future__ import annotations

import io
import json
import os
import select
import signal
import subprocess
import sys
from typing import Any

import pytest
import typer

from engine.errors import Cancelled
from engine.progress import CancelToken
from tests.tui.home import ROOT, Home
from tui.shell.ask import confirm
from tui.shell.interrupt import interruptible

AT_IMPORT = """
import os, signal, sys
class Killer:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.{name})
sys.meta_path.insert(0, Killer())
signal.signal(signal.SIGINT, signal.default_int_handler)
from tui.cli import main
main()
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_while_the_program_is_imported(name: str) -> None:
    command = [sys.executable, "-c", AT_IMPORT.format(name=name)]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (130, b"")


def test_a_command_that_is_no_job_is_interrupted_at_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def examine(*_arguments: object) -> list[Any]:
        os.kill(os.getpid(), signal.SIGINT)
        return []

    monkeypatch.setattr("store.doctor.examine.examine", examine)
    done = home.run("doctor")
    assert done.exit_code == 130
    assert "sound" not in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_question_can_be_interrupted(home: Home, number: signal.Signals) -> None:
    leader, follower = os.openpty()
    with home.spawn("cases", "remove", "case", stdin=follower, stderr=follower, stdout=subprocess.PIPE) as process:
        os.close(follower)
        shown = b""
        while b"[y/N]" not in shown:
            assert select.select([leader], [], [], 30)[0], shown
            shown += os.read(leader, 1024)
        process.send_signal(number)  # once: also between the prompt and the read
        assert process.wait(20) == 130
    os.close(leader)
    assert "case" in home.run("cases", "list").stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_job_is_asked_to_stop_and_says_what_became_of_it(number: signal.Signals) -> None:
    token = CancelToken()
    before = signal.getsignal(number)

    def job() -> None:
        with interruptible(token, "Nothing was changed."):
            os.kill(os.getpid(), number)
            token.raise_if_cancelled()

    with pytest.raises(Cancelled) as stopped:
        job()
    assert stopped.value.remedy == "Nothing was changed."
    assert signal.getsignal(number) is before


def test_a_second_signal_stops_at_once_and_a_late_one_is_not_forgotten() -> None:
    asked = CancelToken()
    asked.cancel()
    with pytest.raises(KeyboardInterrupt), interruptible(asked, ""):
        os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(Cancelled, match="complete already"), interruptible(CancelToken(), ""):
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_an_ingest_that_is_asked_to_end_keeps_what_it_has(home: Home, number: signal.Signals) -> None:
    log = home.folder / "log.jsonl"
    one = {"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Image": "C:\\a.exe", "ProcessId": 5, "Hostname": "h"}
    log.write_text((json.dumps(one) + "\n") * 10)
    ask = (
        "import os; import engine.jobs.ingest.run as run\n"
        "run.link_case = lambda _case, _store, run, _crew: "
        f"(os.kill(os.getpid(), {int(number)}), run.raise_if_cancelled())\n"
    )
    with home.spawn("ingest", str(log), "--case", "kept", start=ask) as process:
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"What was finished is kept" in told
    assert home.run("ingest", str(log), "--case", "kept").exit_code == 0


def test_an_ignored_signal_stays_ignored(home: Home) -> None:
    """Who starts a command with nohup wants it to outlive the terminal."""
    ask = "import os, signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); import tui.cli; os.kill(os.getpid(), signal.SIGHUP)\n"
    with home.spawn("cases", "list", start=ask, stdout=subprocess.PIPE) as process:
        shown, _ = process.communicate(timeout=60)
    assert (process.returncode, b"case" in shown) == (0, True)


def test_an_interrupted_training_says_that_nothing_was_changed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def train(*arguments: Any, **_more: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        arguments[4].raise_if_cancelled()

    monkeypatch.setattr("engine.jobs.train.train", train)
    done = home.run("train")
    assert (done.exit_code, "Nothing was changed." in done.stderr) == (130, True)


@pytest.mark.parametrize("arguments", [("models", "import"), ("labels", "import")])
def test_imports_do_not_wait_for_a_pipe(home: Home, arguments: tuple[str, ...]) -> None:
    os.mkfifo(home.folder / "pipe")
    done = home.run(*arguments, str(home.folder / "pipe"))
    assert (done.exit_code, "no regular file" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("typed", "answer"), [("y\n", True), ("Yes\n", True), ("n\n", False), ("\n", False), ("what\ny\n", True)]
)
def test_answers(typed: str, answer: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert confirm("Remove it?") is answer


def test_the_end_of_the_input_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(typer.Abort):
        confirm("Remove it?")


def test_a_signal_that_was_noted_and_not_handled_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when it comes after Python's last look at its flags: the wait for the terminal must not begin."""
    leader, follower = os.openpty()
    waiting = select.select

    def late(readable: list[int], *more: Any) -> Any:
        handler = signal.signal(signal.SIGINT, lambda *_: None)  # noted, and nobody raises
        try:
            os.kill(os.getpid(), signal.SIGINT)
            ready = waiting(readable, *more, 20)
        finally:
            signal.signal(signal.SIGINT, handler)
        assert ready[0] == [readable[1]], "the wait went on"
        raise KeyboardInterrupt

    monkeypatch.setattr("select.select", late)
    with os.fdopen(follower) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        with pytest.raises(KeyboardInterrupt):
            confirm("Remove it?")
    os.close(leader)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_interface_says_that_it_was_interrupted(home: Home, number: signal.Signals) -> None:
    leader, follower = os.openpty()
    shown = b""
    with home.spawn(stdin=follower, stdout=follower, stderr=follower, environment={"TEXTUAL_ANIMATIONS": "none"}) as process:
        os.close(follower)
        while b"Sources" not in shown:  # the Case screen is drawn
            assert select.select([leader], [], [], 60)[0], shown
            shown += os.read(leader, 65536)
        process.send_signal(number)
        while process.poll() is None and select.select([leader], [], [], 60)[0]:
            try:
                shown += os.read(leader, 65536)
            except OSError:
                break
        assert process.wait(60) == 130
    os.close(leader)
    assert b"\x1b[?1049l" in shown  # the terminal was given back
