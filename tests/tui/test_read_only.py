"""A workspace on a medium that nobody may write to: what only reads works and says so, what writes is refused with words."""

from __future__ import annotations

import importlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from engine.errors import StoreError
from store.base.database import DATABASE
from store.workspace import open_workspace
from tests.store.samples import event, fill
from tests.tui.home import Home

NOBODY = 65534
pytestmark = pytest.mark.skipif(not hasattr(os, "setresuid"), reason="permissions of another kind")


@contextmanager
def unprivileged() -> Iterator[None]:
    """As somebody whom permissions stop: root is stopped by none."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.fixture
def sealed(home: Home) -> Iterator[Callable[..., Home]]:
    """A copy of the workspace outside root's own folders that may be read by everybody and, as asked, written by nobody."""
    base = Path(tempfile.mkdtemp(prefix="oddkin-read-only-"))

    def made(*, folder: int = 0o555, file: int = 0o444) -> Home:
        base.chmod(0o755)
        shutil.copytree(home.workspace, base / "w")
        for path in (base / "w").rglob("*"):
            path.chmod(0o555 if path.is_dir() else 0o444)
        (base / "w" / DATABASE).chmod(file)
        (base / "w").chmod(folder)
        return Home(base, home.model)

    yield made
    for path in (base / "w", base):
        if path.exists():
            path.chmod(0o755)
    shutil.rmtree(base)


READING = (
    ("rank",), ("show", "1"), ("tree", "--around", "1"), ("models", "list"), ("models", "verify"), ("cases", "list"),
    ("labels", "history"), ("export", "-o", "-"), ("doctor",), ("rules", "list"),
)  # fmt: skip
WRITING = (
    ("label", "1", "malicious"), ("train",), ("classify",), ("rules", "learn"), ("models", "import", "{evidence}"),
    ("models", "use", "{model}"), ("models", "remove", "{model}", "--force"), ("cases", "remove", "case", "--yes"),
    ("ingest", "{evidence}"), ("sigma", "{evidence}"), ("marks", "import", "{evidence}"), ("marks", "forget"),
)  # fmt: skip


@pytest.mark.parametrize("modes", [{}, {"folder": 0o555, "file": 0o666}, {"folder": 0o777, "file": 0o444}])
def test_reading_works_and_says_that_it_is_reading_only(home: Home, sealed: Callable[..., Home], modes: dict[str, int]) -> None:
    wanted = {command: home.run(*command).stdout for command in READING}  # also loads what a stranger may not load
    alone = sealed(**modes)
    with unprivileged():
        found = {command: alone.run(*command) for command in READING}
    for command, result in found.items():
        assert result.exit_code == 0, (command, result.output)
        assert "can only be read" in result.stderr, command
        if command != ("doctor",):
            assert result.stdout == wanted[command]


@pytest.mark.parametrize("command", WRITING, ids=lambda command: " ".join(command[:2]))
def test_what_would_write_is_refused_with_a_remedy(home: Home, sealed: Callable[..., Home], command: tuple[str, ...]) -> None:
    home.run("rank")
    home.run("train", "--help")
    alone = sealed()
    (alone.folder / "evidence.json").write_text('{"EventID": 1, "Image": "C:\\\\a.exe"}\n')
    asked = [word.format(evidence=alone.evidence, model=alone.model) for word in command]
    before = (alone.workspace / DATABASE).read_bytes()
    for name in ("engine.detector.model", "engine.jobs.ingest.run", "engine.jobs.score", "tui.words.training_words"):
        importlib.import_module(name)  # as above

    with unprivileged():
        result = alone.run(*asked)
    assert result.exit_code == 1, result.output
    assert "can only be read" in result.stderr
    assert "--workspace" in result.stderr
    assert (alone.workspace / DATABASE).read_bytes() == before


def test_a_rehearsed_verdict_changes_nothing_and_so_works(home: Home, sealed: Callable[..., Home]) -> None:
    wanted = home.run("label", "1", "malicious", "--dry-run").stderr
    alone = sealed()
    with unprivileged():
        result = alone.run("label", "1", "malicious", "--dry-run")
    assert result.exit_code == 0
    assert "Nothing was changed (--dry-run)." in wanted
    assert result.stderr.endswith(wanted)


def test_an_export_elsewhere_is_written(home: Home, sealed: Callable[..., Home]) -> None:
    home.run("export", "-o", str(home.folder / "out.csv"))
    alone = sealed()
    alone.folder.chmod(0o777)
    with unprivileged():
        result = alone.run("export", "-o", str(alone.folder / "out.csv"))
    assert result.exit_code == 0
    assert (alone.folder / "out.csv").read_bytes() == (home.folder / "out.csv").read_bytes()


def test_changes_that_are_still_in_the_log_are_not_passed_over(sealed: Callable[..., Home], home: Home) -> None:
    writer = open_workspace(home.workspace)
    with writer.write() as connection:
        connection.exec_driver_sql("UPDATE cases SET name = 'renamed'")
        connection.commit()
    assert (home.workspace / f"{DATABASE}-wal").stat().st_size
    alone = sealed()
    (alone.workspace).chmod(0o755)
    (alone.workspace / f"{DATABASE}-shm").unlink()
    (alone.workspace).chmod(0o555)
    writer.close()
    with unprivileged(), pytest.raises(StoreError, match="only be read where one may write"):
        open_workspace(alone.workspace)


def test_a_workspace_that_changes_while_it_is_read_is_not_believed(sealed: Callable[..., Home]) -> None:
    alone = sealed()
    with unprivileged():
        workspace = open_workspace(alone.workspace)
    alone.workspace.chmod(0o755)
    (alone.workspace / DATABASE).chmod(0o644)
    with closing(sqlite3.connect(alone.workspace / DATABASE)) as writer:
        writer.execute("UPDATE cases SET name = 'renamed'")
        writer.commit()
    with pytest.raises(StoreError, match="was changed"):
        workspace.cases.list()
    workspace.close()


def test_an_older_workspace_that_cannot_be_migrated_is_refused(sealed: Callable[..., Home]) -> None:
    alone = sealed(folder=0o755, file=0o644)
    with closing(sqlite3.connect(alone.workspace / DATABASE)) as writer:
        writer.execute("UPDATE alembic_version SET version_num = '0004_staged'")
        writer.commit()
    for path in (alone.workspace / DATABASE, alone.workspace):
        path.chmod(0o444 if path.is_file() else 0o555)
    with unprivileged(), pytest.raises(StoreError, match="older oddkin"):
        open_workspace(alone.workspace)


def test_a_remedy_that_would_write_begins_with_the_copy(home: Home, sealed: Callable[..., Home]) -> None:
    workspace = open_workspace(home.workspace)
    with workspace.write() as connection:
        connection.exec_driver_sql("DELETE FROM model_use")
        connection.commit()
    workspace.close()
    alone = sealed()
    with unprivileged():
        result = alone.run("show", "1")
    assert result.exit_code == 1, result.output
    assert "has no scores yet" in result.stderr
    assert (
        "→ Copy the folder to a place where you may write, and name that with --workspace. There: Run: oddkin rank"
        in result.stderr
    )


def test_what_came_since_is_said_and_the_rest_is_shown(home: Home, sealed: Callable[..., Home]) -> None:
    wanted = home.run("rank").stdout
    workspace = open_workspace(home.workspace)
    fill(workspace, [event(number, host="NEW", image="C:\\new.exe") for number in range(1, 4)], path="new.json", sha256="f" * 64)
    workspace.close()
    home.run("show", "1")
    alone = sealed()
    with unprivileged():
        result = alone.run("rank")
    assert result.exit_code == 0, result.output
    assert "1 chain was added since; where nobody may write that cannot be scored, and is not in what follows" in result.stderr
    assert len(result.stdout.splitlines()) == len(wanted.splitlines())
