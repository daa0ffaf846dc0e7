"""A workspace in PostgreSQL by the command line and in the interface: who looks at what, and that no password is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from store.base.acting import Acting
from store.base.postgres.address import parsed
from store.workspace import Workspace, open_server
from tests import postgres
from tests.store.samples import event, fill, score
from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.command_line import app
from tui.runtime.services import Services
from tui.runtime.settings import load
from tui.screens.triage.presence_line import TOLD, PresenceLine
from tui.screens.triage.screen import TriageScreen

PASSWORD = "s3cret"


@pytest.fixture
def url(cluster: postgres.Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of an empty database, with a password (which this server does not ask for)."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return cluster.url(cluster.empty()).replace("oddkin@", f"oddkin:{PASSWORD}@")


@pytest.fixture
def bob(url: str, tmp_path: Path) -> Iterator[Workspace]:
    """Somebody else at a case that is ranked."""
    with closing(open_server(parsed(url), tmp_path / "bob", Acting("bob\x1b[31m"))) as workspace:
        fill(workspace, [event(1), *(event(number, 1) for number in range(10, 40)), event(90, 12, image="C:\\a\\deep.exe")])
        score(workspace, grouped=True)
        yield workspace


def run(url: str, *words: str) -> Result:
    return CliRunner().invoke(app, ["-w", url, *words], catch_exceptions=False)


def test_an_empty_database_is_said_to_hold_no_workspace(url: str) -> None:
    found = run(url, "cases", "list")
    assert found.exit_code == 2
    assert "There is no workspace in postgresql+psycopg://oddkin@/" in found.output
    assert PASSWORD not in found.output


def test_the_command_line_tells_who_looks_at_what(url: str, bob: Workspace) -> None:
    assert "look at" not in run(url, "rank").output
    bob.presence.look("case", 1)
    ranked = run(url, "rank").output
    assert "Others look at: F1 by bob" in ranked
    assert "\x1b" not in ranked
    assert "F1 is being looked at by bob" in run(url, "show", "F1").output
    (own,) = bob.presence.others("case")
    assert own.finding == 1
    labelled = run(url, "label", "F1", "benign", "--yes")
    assert "F1 is being looked at by bob" in labelled.output
    assert labelled.exit_code == 0
    assert bob.presence.others("case") == (), "who has judged it looks at it no longer"
    assert [one.verdict for one in bob.labels.current("case")][:1] == ["benign"]


def test_no_password_is_said_or_kept(url: str, bob: Workspace) -> None:
    for words in (["rank"], ["doctor"], ["labels", "list"], ["show", "F9"], ["train", "--case", "nosuch"]):
        assert PASSWORD not in run(url, *words).output
    assert run(url, "label", "F1", "benign", "--yes").exit_code == 0
    assert [entry.said["act"] for entry in bob.audit.list()][-1] == "verdicts given"
    with bob.read() as connection:
        for table in ("audit", "label_event", "presence"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert PASSWORD not in str(rows)
    kept = [path for path in bob.folder.parent.parent.rglob("*") if path.is_file()]
    assert not any(PASSWORD.encode() in path.read_bytes() for path in kept)


async def test_the_interface_tells_who_looks_at_what(url: str, bob: Workspace, tmp_path: Path) -> None:
    with closing(open_server(parsed(url), tmp_path / "ada", Acting("ada"))) as workspace:
        bob.presence.look("case", 1)
        services = Services(workspace, "case", load(workspace.folder), author="ada", home=tmp_path)
        running = OddkinApp(services, start_mode="triage")
        async with running.run_test(size=(120, 36)) as pilot:

            def line() -> PresenceLine:
                screen = running.mode_screens["triage"]
                assert isinstance(screen, TriageScreen)
                return screen.presence

            await wait_for(lambda: "triage" in running.mode_screens and line().has_class(TOLD), "bob is seen", pilot)
            said = str(line().render())
            assert "F1 by bob" in said
            assert "\x1b" not in said
            await wait_for(lambda: [one.finding for one in bob.presence.others("case")] == [1], "ada is seen", pilot)
            bob.presence.leave()
            line().look()
            await wait_for(lambda: not line().has_class(TOLD), "nobody is told any more", pilot)
