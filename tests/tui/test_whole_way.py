"""By keys only: an empty workspace, logs, a queue, a model, verdicts, undo, a CSV. Every screen has its part."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.runtime.services import Services
from tui.screens.case.case_overview import CaseOverview
from tui.widgets.ledger_table import LedgerTable


async def test_from_logs_to_an_exported_verdict(
    empty: Services, simulated_logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logs").symlink_to(simulated_logs)
    monkeypatch.chdir(tmp_path)
    services, app = empty, OddkinApp(empty)
    store = services.workspace
    async with app.run_test(size=(120, 36)) as pilot:
        overview = app.screen.query_one(CaseOverview)
        await wait_for(lambda: "ingest logs" in str(overview.content), "the welcome", pilot)
        await pilot.press("I", "l", "o", "tab", "enter")
        await wait_for(lambda: services.case == "default" and app.runner.running is None, "the logs are in", pilot)
        await wait_for(lambda: "Triage" in str(overview.content), "the queue is there without a training", pilot)
        ready = store.vault.ready()
        assert store.vault.in_use("default") == ready

        await pilot.press("3")
        await wait_for(lambda: app.current_mode == "train", "the training screen", pilot)
        await wait_for(lambda: bool(services.device), "the device is known", pilot, limit_s=60)
        await pilot.press("j", "j", "j", "right", "r")  # one epoch
        await wait_for(
            lambda: store.vault.in_use("default") not in (None, ready), "a model of this case is in use", pilot, limit_s=120
        )
        await wait_for(lambda: app.runner.running is None, "the training has ended", pilot)

        await pilot.press("4")
        await wait_for(lambda: app.current_mode == "triage", "triage", pilot)
        table = app.screen.query_one(LedgerTable)
        await wait_for(lambda: table.count > 10 and table.current is not None, "the queue", pilot)
        rows = store.findings.page("default", limit=3)
        assert rows[0].whole is not None
        await pilot.press("x", "m")
        await wait_for(lambda: _verdict(services, rows[0].key) == "malicious", "the first verdict", pilot)
        await wait_for(lambda: table.current is not None and table.current.key == rows[1].key, "the next finding", pilot)
        await pilot.press("b")
        await wait_for(lambda: _verdict(services, rows[1].key) == "benign", "the second verdict", pilot)
        await pilot.press("u")
        await wait_for(lambda: _verdict(services, rows[1].key) is None, "it is taken back", pilot)

        await pilot.press("e")
        await wait_for(lambda: app.screen is not app.mode_screens["triage"], "the export asks where to", pilot)
        await pilot.press("enter")
        target = services.home / "oddkin-default.csv"
        await wait_for(target.is_file, "the file is there", pilot)
        for mode in ("2", "5", "1"):
            await pilot.press(mode)
            await pilot.pause()
        assert store.queue.counts("default").decided == 1
        await wait_for(lambda: "1 decided" in str(overview.content), "the case tells of the verdict", pilot)
    with target.open(newline="", encoding="utf-8") as stream:
        written = list(csv.DictReader(stream))
    assert {row["verdict"] for row in written if row["chain_id"] == rows[0].key} == {"malicious"}
    assert {row["labelled_by"] for row in written if row["verdict"]} == {"ada"}


def _verdict(services: Services, key: str) -> str | None:
    label = services.workspace.labels.of_chain("default", key)
    return label.verdict if label is not None else None
