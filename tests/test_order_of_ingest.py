"""Equal evidence gives the same queue, the same CSV and the same model arrays, byte for byte, whatever was ingested first."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from engine.detector import DetectorParams
from engine.domain.records import ProcessEvent
from engine.jobs.rules import rules_for_training
from engine.jobs.score import score
from engine.jobs.train import train
from engine.progress import Run
from engine.readers.records.own import to_own_json
from engine.simulator import FleetPlan, simulate, write_logs
from store.workspace import open_workspace
from tui.command_line import app

CASE = "order"
START = 1_772_500_000_000_000
ARRAYS = ("arrays.npz", "network.safetensors", "texts.json")
"""Of a model; detector.json beside them tells how many seconds training took."""
MODEL = re.compile(rb"detector-[0-9]{8}-[0-9a-f]{8}")
"""The number of a training, which two trainings cannot have in common."""
PROCESS = re.compile(rb"(?<=,)P[0-9]+(?=[,\r\n])")
"""The short number of a process: it is the workspace's own, and follows the order of ingest as the ids do (store/base/ids.py)."""


def hard_to_order(folder: Path) -> None:
    """One host whose records lie in three files, some in two of them: equal times, none at all, two spellings, no GUIDs.
    And a file whose records name no host.
    """
    draw = random.Random(5)
    files: list[list[ProcessEvent]] = [[], [], [], []]
    for number in range(200):
        parent = draw.randrange(number) if number else None
        one = ProcessEvent(
            kind=draw.choice(["sysmon1", "security4688"]), os="windows", host="WS-SPLIT",
            image=f"C:\\Apps\\app{draw.randrange(12)}.exe", time_us=draw.choice([None, START + number // 8 * 1_000_000]),
            pid=1000 + number, ppid=parent and 1000 + parent,
            command_line=f"app --task {draw.randrange(6)} --item {draw.randrange(9)}", user="CORP\\ann", record_id=str(number),
        )  # fmt: skip
        for place in draw.sample(range(3), draw.choice([1, 1, 2])):
            files[place].append(msgspec.structs.replace(one, host="ws-split" if place == 1 else one.host))
        if number % 3 == 0:
            files[3].append(msgspec.structs.replace(one, host=""))
    for name, events in zip(("one", "two", "three", "nameless"), files, strict=True):
        (folder / f"{name}.ndjson").write_bytes(b"".join(to_own_json(event) + b"\n" for event in events))


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    written = write_logs(simulate(FleetPlan(hosts=4, days=1, seed=5)), tmp_path_factory.mktemp("order"), Run())
    hard_to_order(written.logs)
    return sorted(path for path in written.logs.rglob("*") if path.is_file())


def outcome(folder: Path, ingests: Sequence[Sequence[Path]]) -> dict[str, str]:
    """What a user gets -> its SHA-256, after these ingests, rules learnt and a training."""

    def run(*arguments: str) -> bytes:
        found = CliRunner().invoke(app, ["--workspace", str(folder), *arguments], catch_exceptions=False)
        assert found.exit_code in (0, 3), found.stderr
        return found.stdout_bytes

    for files in ingests:
        run("ingest", *map(str, files), "--case", CASE)
    workspace = open_workspace(folder)
    params = DetectorParams(seed=3, device="cpu")
    params = replace(params, network=replace(params.network, steps=20), embedding=replace(params.embedding, epochs=2))
    ports = workspace.chains, workspace.vault, Run()
    rules = rules_for_training([CASE], workspace.rules, Run())
    assert rules.learnt
    made = train([CASE], params, *ports, rules=rules)
    score(CASE, made.model_id, *ports, detector=made.detector)
    files = workspace.vault.show(made.model_id).manifest["files"]
    workspace.close()
    told = {name: str(files[name]["sha256"]) for name in ARRAYS}
    told["rules"] = rules.rules.fingerprint
    commands = {"findings": ("rank",), "chains": ("rank", "--chains")}
    written = {name: run(*words, "--case", CASE, "--format", "csv", "--limit", "100000") for name, words in commands.items()}
    written["export"] = MODEL.sub(b"MODEL", run("export", "--case", CASE, "-o", "-"))
    written = {name: PROCESS.sub(b"P", table) for name, table in written.items()}
    assert min(table.count(b"\n") for table in written.values()) > 10  # the export is of what is above the threshold
    return told | {name: hashlib.sha256(table).hexdigest() for name, table in written.items()}


def turned(files: list[Path]) -> list[list[Path]]:
    return [files[::-1]]


def in_two(files: list[Path]) -> list[list[Path]]:
    return [files[3:], files[:3]]


def one_by_one(files: list[Path]) -> list[list[Path]]:
    return [[file] for file in random.Random(7).sample(files, len(files))]


@pytest.fixture(scope="module")
def as_listed(logs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return outcome(tmp_path_factory.mktemp("listed") / "w", [logs])


@pytest.mark.parametrize("order", [turned, in_two, one_by_one])
def test_the_order_of_ingest_changes_nothing(
    logs: list[Path], as_listed: dict[str, str], tmp_path: Path, order: Callable[[list[Path]], list[list[Path]]]
) -> None:
    assert outcome(tmp_path / "w", order(logs)) == as_listed
