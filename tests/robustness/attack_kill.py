"""kill -9 while a command works: what was there stays, what is run again is complete and is there once."""

from __future__ import annotations

import csv
import os
import random
import shutil
import sqlite3
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from store.doctor.examine import examine
from store.workspace import open_workspace
from tests.kill.killing import dump, run
from tests.ndjson_log import simulate_events
from tests.robustness.attack import Attack, Report
from tests.store.samples import score

CASE, OURS = "c", "ann"
GIVEN = 12
"""Verdicts of each class that were given before."""
OLD = "an earlier export\n"
CACHES = {"kept", "kept_part"}
"""Filed with the times of linking, and made anew where they are missing (store/scores/kept.py)."""


@dataclass(frozen=True, slots=True)
class Act:
    """A command that is killed.

    `begins`: the workspace that it begins with. `check(folder, whole)`: what else must hold in the folder of a killed and
    resumed run, whose uninterrupted twin is in `whole`; both contain the workspace `w`.
    """

    name: str
    begins: str
    arguments: tuple[str, ...]
    check: Callable[[Path, Path], None]
    resumes: bool = True
    """False for what would do another thing when it had been done already: it is run again only if it changed nothing."""


def _verdicts(folder: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "w" / "oddkin.sqlite") as connection:
        query = "SELECT chain_key, scope, verdict, note, author FROM label_current ORDER BY chain_key, scope"
        return connection.execute(query).fetchall()


def _events(folder: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "w" / "oddkin.sqlite") as connection:
        query = "SELECT chain_key, scope, old_verdict, verdict, action, note, author FROM label_event ORDER BY id"
        return connection.execute(query).fetchall()


def _same_case(folder: Path, whole: Path) -> None:
    found, right = ({name: rows for name, rows in dump(one / "w").items() if name not in CACHES} for one in (folder, whole))
    assert found == right, f"these tables differ: {[name for name in right if found.get(name) != right[name]]}"


def _same_verdicts(folder: Path, whole: Path) -> None:
    assert _verdicts(folder) == _verdicts(whole)
    assert _events(folder) == _events(whole)


def _whole_export(folder: Path, whole: Path) -> None:
    assert (folder / "out.csv").read_bytes() == (whole / "out.csv").read_bytes()
    assert [path.name for path in folder.glob(".oddkin-*.partial")] == []


def _one_model(folder: Path, whole: Path) -> None:
    _verdicts_stay(folder, whole)
    found, right = dump(folder / "w"), dump(whole / "w")
    folders = {path.name for path in (folder / "w" / "models").iterdir() if path.is_dir()}
    assert len(folders) == len(found["model"])
    assert len(found["process"]) == len(right["process"])
    assert len(found["chain"]) == len(right["chain"])


def _verdicts_stay(folder: Path, whole: Path) -> None:
    assert _verdicts(folder) == _verdicts(whole)


ACTS = (
    Act("ingest", "ready", ("ingest", "{begin}/more.ndjson", "--case", CASE), _same_case),
    Act("label", "scored", ("label", "{last}", "malicious", "--note", "late", "--author", OURS, "--yes"), _same_verdicts),
    Act("labels undo", "scored", ("labels", "undo", "--author", OURS), _same_verdicts, resumes=False),
    Act("export", "scored", ("export", "--case", CASE, "-o", "{folder}/out.csv"), _whole_export),
    Act("train", "scored", ("train", "--case", CASE, "--epochs", "1"), _one_model),
    Act("classify", "trained", ("classify", "--case", CASE, "--steps", "20"), _one_model),
)


class _Range:
    """The workspaces that acts begin with, and each act run to its end, made when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ticks: dict[str, int] = {}
        self.last = 0

    def begin(self, name: str) -> Path:
        """A folder with a case, scores and verdicts; `trained`: scored by a model that can teach a classifier, `ready`: by the
        one that comes with oddkin, `scored`: by none.
        """
        made = self._folder / name
        if made.exists():
            return made
        made.mkdir()
        simulate_events(240, made / "events.ndjson", seed=3)
        simulate_events(120, made / "more.ndjson", seed=4)
        (made / "out.csv").write_text(OLD)
        run(made / "w", 0, "ingest", str(made / "events.ndjson"), "--case", CASE)
        if name == "trained":
            run(made / "w", 0, "train", "--case", CASE, "--epochs", "1")
        workspace = open_workspace(made / "w")
        if name == "scored":
            score(workspace, CASE, flagged=6, grouped=True)
        keys = [row.key for row in workspace.queue.page(CASE, limit=10_000)]
        self.last = len(keys)
        for number, key in enumerate(keys[: 2 * GIVEN]):
            verdict = "malicious" if number % 2 else "false_positive"
            workspace.labels.set(CASE, [key], verdict, note=f"note {number}", author=OURS)
        workspace.close()
        return made

    def arguments(self, act: Act, folder: Path) -> list[str]:
        """Of the act in a folder."""
        return [argument.format(folder=folder, begin=self.begin(act.begins), last=self.last) for argument in act.arguments]

    def copy(self, act: Act, name: str) -> Path:
        """A folder in which the act can be done."""
        begin, folder = self.begin(act.begins), self._folder / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(begin, folder)
        return folder

    def whole(self, act: Act) -> tuple[Path, int]:
        """The act uninterrupted: its folder, and its ticks."""
        folder = self._folder / f"whole {act.name}"
        if act.name not in self._ticks:
            self.copy(act, folder.name)
            code, self._ticks[act.name] = run(folder / "w", 0, *self.arguments(act, folder))
            assert code == 0
        return folder, self._ticks[act.name]


def _killed(place: _Range, act: Act, rng: random.Random) -> str:
    """Kill, look, run again, look. Raises AssertionError for what must not be; the outcome is what the kill left."""
    whole, total = place.whole(act)
    folder = place.copy(act, "killed")
    before, arguments = dump(folder / "w"), place.arguments(act, folder)
    given = {row[:2] for row in _verdicts(folder)}
    code, _ticks = run(folder / "w", rng.randint(1, total), *arguments)
    assert code == -9, f"it was not killed, but ended with {code}"
    left = dump(folder / "w")
    if act.resumes:
        assert given <= {row[:2] for row in _verdicts(folder)}, "verdicts are gone"
    with (folder / "out.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    assert "".join(rows[0]) == OLD.strip() or (folder / "out.csv").read_bytes() == (whole / "out.csv").read_bytes()
    if act.resumes or left == before:
        for partial in folder.glob(".oddkin-*.partial"):
            os.utime(partial, (0, 0))  # an empty one that is young may be about to be locked by somebody
        assert run(folder / "w", 0, *arguments)[0] == 0
    workspace = open_workspace(folder / "w")
    try:
        assert [complaint for complaint in examine(workspace) if complaint.severity == "error"] == []
    finally:
        workspace.close()
    act.check(folder, whole)
    return "killed before anything was kept" if left == before else "killed after something was kept"


def run_attack(folder: Path, seed: int, rounds: int) -> Report:
    """Each round one kill, the acts in turn."""
    report = Report()
    place = _Range(folder)
    for number in range(rounds):
        act = ACTS[number % len(ACTS)]
        try:
            report.count(act.name, _killed(place, act, random.Random(f"{seed} {number}")))
        except Exception:  # whatever goes wrong is an outcome that must not be
            report.count(act.name, "FAILED")
            report.fail(f"seed {seed}, round {number}, {act.name}: {traceback.format_exc(limit=-3)}")
    return report


ATTACK = Attack(
    "kill",
    "SIGKILL at a moment of a command (an SQL statement, a commit, a flush, a rename), then the same command again: what was"
    " there before stays, verdicts above all; what the second run leaves is what an uninterrupted one leaves, each thing once; an"
    " export is the old one or whole, and no part of one stays; the doctor calls the workspace sound.",
    run_attack,
    4,
    60,
)
