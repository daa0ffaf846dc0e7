"""What another process does to the workspace reaches the screens, and what this one does is not told twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from store.base.changes import ForeignChanges
from store.workspace import Workspace, open_workspace
from tests.store.samples import event, fill, score
from tests.tui.conftest import CASE
from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.command_line import app as commands
from tui.runtime.messages import CaseChanged, FiguresChanged, IngestFinished, ScoresChanged, VerdictChanged
from tui.runtime.services import Services
from tui.runtime.watch import Watch
from tui.widgets.header_line import HeaderLine


class Idle:
    """No job runs."""

    running: str | None = None


@pytest.fixture
def other(trained: Services) -> Iterator[Workspace]:
    """The same workspace, opened as another process opens it."""
    workspace = open_workspace(trained.workspace.folder)
    yield workspace
    workspace.close()


def watch(services: Services, runner: Any = None) -> Watch:
    made = Watch(None, services, runner or Idle())  # type: ignore[arg-type]
    assert made.look() == []
    return made


def keys(workspace: Workspace, count: int = 1) -> list[str]:
    return [row.key for row in workspace.queue.page(CASE, limit=count)]


def test_nothing_is_told_where_nothing_happens(trained: Services, other: Workspace) -> None:
    looking = watch(trained)
    with other.read() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM chain").scalar()
    assert looking.look() == []


def test_a_verdict_of_another_process_is_told(trained: Services, other: Workspace) -> None:
    looking = watch(trained)
    other.labels.set(CASE, keys(other), "malicious", author="bob")
    (told,) = looking.look()
    assert isinstance(told, VerdictChanged)
    assert told.beyond
    assert looking.look() == []


def test_an_own_verdict_is_counted_and_not_told_again(trained: Services, other: Workspace) -> None:
    looking = watch(trained)
    trained.workspace.labels.set(CASE, keys(other), "malicious", author="ada")
    assert [type(one) for one in looking.look()] == [FiguresChanged]
    trained.workspace.labels.undo(CASE, "ada")
    trained.workspace.labels.redo(CASE, "ada")
    assert [type(one) for one in looking.look()] == [FiguresChanged]


def test_another_ones_verdict_before_an_own_one_is_not_missed(trained: Services, other: Workspace) -> None:
    looking = watch(trained)
    first, second = keys(other, 2)
    other.labels.set(CASE, [first], "malicious", author="bob")
    trained.workspace.labels.set(CASE, [second], "benign", author="ada")
    assert [type(one) for one in looking.look()] == [VerdictChanged]


def test_evidence_scores_and_cases_of_another_process_are_told(trained: Services, other: Workspace) -> None:
    looking = watch(trained)
    fill(other, [event(number, host="NEW") for number in range(1, 4)], case=CASE, path="new.json", sha256="f" * 64)
    assert [type(one) for one in looking.look()] == [IngestFinished]
    model = score(other, CASE)
    (told,) = looking.look()
    assert isinstance(told, ScoresChanged)
    assert told.model_id == model
    fill(other, [event(1)], case="second", path="second.json", sha256="e" * 64)
    assert [type(one) for one in looking.look()] == [IngestFinished]
    other.cases.remove(CASE)
    assert looking.look() == [CaseChanged("second")]


def test_what_an_own_job_tells_itself_is_only_counted(trained: Services, other: Workspace) -> None:
    runner = Idle()
    looking = watch(trained, runner)
    runner.running = "ingest"
    fill(other, [event(number, host="NEW") for number in range(1, 4)], case=CASE, path="new.json", sha256="f" * 64)
    assert [type(one) for one in looking.look()] == [FiguresChanged]


def test_the_first_case_of_another_process_is_opened(empty: Services) -> None:
    looking = watch(empty)
    there = open_workspace(empty.workspace.folder)
    fill(there, [event(1)], case="acme")
    there.close()
    assert looking.look() == [CaseChanged("acme")]


def test_the_connection_is_given_back(trained: Services) -> None:
    looking = ForeignChanges(trained.workspace)
    looking.look(CASE)
    looking.close()
    assert looking.look(CASE) is not None
    looking.close()


def header(application: OddkinApp) -> str:
    return application.screen.query_one(HeaderLine).render().plain


async def test_the_screen_follows_the_command_line(trained: Services, tmp_path: Path) -> None:
    application = OddkinApp(trained)
    async with application.run_test(size=(160, 36)) as pilot:
        await wait_for(lambda: "0 verdicts" in header(application), "the header counts", pilot)
        application.others.start()
        (key,) = keys(trained.workspace)
        done = CliRunner().invoke(commands, ["-w", str(trained.workspace.folder), "label", key, "benign", "--yes"])
        assert done.exit_code == 0, done.output
        await wait_for(lambda: "1 verdict" in header(application), "the header follows", pilot)
        log = {
            "EventID": 1,
            "Channel": "Microsoft-Windows-Sysmon/Operational",
            "Image": "C:\\a.exe",
            "ProcessId": 5,
            "Computer": "n",
        }
        (tmp_path / "log.json").write_text(json.dumps(log | {"Computer": "n"}) + "\n")
        hosts = trained.workspace.cases.show(CASE).hosts
        ingest = ["-w", str(trained.workspace.folder), "ingest", str(tmp_path / "log.json"), "--case", CASE]
        assert CliRunner().invoke(commands, ingest).exit_code == 0
        await wait_for(lambda: f"{hosts + 1} hosts" in header(application), "the header follows", pilot)


async def test_a_list_that_was_not_read_yet_does_not_say_that_there_is_nothing(
    ingested: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    from tests.tui.rendered import screen_lines
    from tui.screens.case import screen as case_screen

    goes_on, load = threading.Event(), case_screen.load_case

    def slow(*arguments: Any) -> Any:
        goes_on.wait(30)
        return load(*arguments)

    monkeypatch.setattr(case_screen, "load_case", slow)
    application = OddkinApp(ingested)
    async with application.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        shown = "\n".join(screen_lines(application))
        assert "Reading …" in shown
        assert "No case yet" not in shown
        assert "Nothing here" not in shown
        goes_on.set()
        await wait_for(lambda: "Reading …" not in "\n".join(screen_lines(application)), "the lists are read", pilot)
