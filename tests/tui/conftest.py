"""A small simulated case, trained once per run; every test gets its own copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from engine.progress import Run
from store.workspace import Workspace, open_workspace
from tests import pages
from tests.tui.home import _prepared, home, second_case
from tui.runtime.services import Services
from tui.runtime.settings import load

__all__ = ["_prepared", "home", "second_case"]  # fixtures of the command line's tests

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
CASE = "demo"


@pytest.fixture(autouse=True)
def quiet_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own settings of Textual and colours stay out of tests."""
    for name in ("NO_COLOR", "TEXTUAL", "COLORTERM", "TEXTUAL_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")


@pytest.fixture(autouse=True)
def lasting_notifications(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test waits for beside a notification may take longer on a busy machine than people are shown it."""
    from textual.notifications import Notification

    monkeypatch.setattr(Notification, "has_expired", False)


@pytest.fixture(autouse=True)
def pages_of_two() -> Iterator[None]:
    """Tables and what they read from have borders of pages within each screen."""
    with pages.small(*pages.STORE, "tui.widgets.ledger_table.PAGE"):
        yield


@pytest.fixture(scope="session")
def simulated_logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Raw logs of five simulated hosts, one day."""
    from engine.simulator import FleetPlan, simulate
    from engine.simulator.logs.write import write_logs

    folder = tmp_path_factory.mktemp("simulated")
    return write_logs(simulate(FleetPlan(hosts=5, days=1, seed=7)), folder, Run()).logs


@pytest.fixture(scope="session")
def ingested_template(simulated_logs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the case `demo`, not trained."""
    import engine.jobs.ingest.run
    from engine.jobs.ingest.request import IngestRequest
    from engine.jobs.ingest.run import ingest

    folder = tmp_path_factory.mktemp("ingested") / "workspace"
    workspace = open_workspace(folder)
    as_given = SimpleNamespace(path=SimpleNamespace(abspath=str))
    # Sources are shown by path: none of this run's temporary folders in snapshots.
    with chdir(simulated_logs.parent), patch.object(engine.jobs.ingest.run, "os", as_given):
        ingest(IngestRequest([Path(simulated_logs.name)], CASE), workspace.ingest, Run())
    with workspace.write() as connection:
        connection.exec_driver_sql("UPDATE source SET path = replace(path, ?, '')", (f"{simulated_logs.parent}/",))
        connection.commit()
    workspace.close()
    return folder


@pytest.fixture(scope="session")
def trained_template(ingested_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, trained with a few steps and scored."""
    from engine.detector import DetectorParams
    from engine.jobs.score import score
    from engine.jobs.train import train

    folder = tmp_path_factory.mktemp("trained") / "workspace"
    shutil.copytree(ingested_template, folder)
    workspace = open_workspace(folder)
    params = DetectorParams(seed=7, device="cpu")
    params = replace(params, network=replace(params.network, steps=40))
    made = train([CASE], params, workspace.chains, workspace.vault, Run(), name="first")
    score(CASE, made.model_id, workspace.chains, workspace.vault, Run(), detector=made.detector)
    workspace.close()
    return folder


def opened(folder: Path, case: str | None) -> Services:
    workspace = open_workspace(folder)
    return Services(workspace, case, load(folder), author="ada", clock=lambda: NOW, home=folder.parent)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Services]:
    """A workspace without a case."""
    services = opened(tmp_path / "workspace", None)
    yield services
    services.workspace.close()


@pytest.fixture
def ingested(ingested_template: Path, tmp_path: Path) -> Iterator[Services]:
    """A case without a model."""
    shutil.copytree(ingested_template, tmp_path / "workspace")
    services = opened(tmp_path / "workspace", CASE)
    yield services
    services.workspace.close()


@pytest.fixture
def trained(trained_template: Path, tmp_path: Path) -> Iterator[Services]:
    """A case with a model and scores."""
    shutil.copytree(trained_template, tmp_path / "workspace")
    services = opened(tmp_path / "workspace", CASE)
    yield services
    services.workspace.close()


@pytest.fixture
def workspace(trained: Services) -> Workspace:
    """The trained case's workspace."""
    return trained.workspace
