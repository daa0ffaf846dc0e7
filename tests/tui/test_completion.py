"""What a shell offers: commands, options, and the names in a workspace, without loading what computes or opening it to write."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from store.base.database import DATABASE
from store.base.glance import FILE, MOST, QUERIES, names
from store.workspace import open_workspace
from tests.store.samples import event, fill, score
from tests.tui.every_command import leaves
from tests.tui.home import ROOT, Home

START = """
import atexit, sys
atexit.register(lambda: print("MODULES", *sys.modules, file=sys.stderr))
sys.argv = ["oddkin"]
from tui.cli import main
main()
"""
SHELLS = ("bash", "zsh", "fish")
SLOW = {"torch", "numpy", "sqlalchemy", "alembic", "textual", "gensim", "sklearn"}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Three cases, of which one cannot be typed, and two hosts, of which one would be run."""
    folder = tmp_path_factory.mktemp("completion")
    workspace = open_workspace(folder / "w")
    for name in ("acme", "berta", "two words"):
        odd = [event(1), event(2, 1, image="C:\\t\\odd.exe"), event(3, 2, image="C:\\t\\odder.exe")]
        hostile = [event(50, host="$(touch x)")]
        fill(workspace, [*odd, *[event(number) for number in range(10, 40)], *hostile], case=name, sha256=name[0] * 64)
    model = score(workspace, "acme", grouped=True)
    workspace.close()
    return Home(folder, model)


def ask(shell: str, words: list[str], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """What typer's scripts for these shells do when tab is pressed behind the last of `words`."""
    line = " ".join(words)
    env = os.environ | {"PYTHONPATH": str(ROOT), "_ODDKIN_COMPLETE": f"complete_{shell}"} | (environment or {})
    env |= {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1), "_TYPER_COMPLETE_ARGS": line}
    env |= {"_TYPER_COMPLETE_FISH_ACTION": "get-args", "_TYPER_COMPLETE_WORD_TO_COMPLETE": words[-1]}
    return subprocess.run([sys.executable, "-P", "-c", START], capture_output=True, text=True, env=env)  # noqa: PLW1510


def offered(scene: Home, *words: str) -> set[str]:
    return set(ask("bash", ["oddkin", "-w", str(scene.workspace), *words]).stdout.split("\n")) - {""}


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("ra",), {"rank"}),
        (("cases", ""), {"list", "show", "verify", "remove", "forget-hashes"}),
        (("rank", "--case", ""), {"acme", "berta"}),
        (("rank", "--case", "ac"), {"acme"}),
        (("cases", "remove", "b"), {"berta"}),
        (("label", "F1", "fal"), {"false_positive"}),
        (("show", "F1", "--format", ""), {"table", "json", "csv"}),
        (("tree", "--host", ""), {"WEB01"}),
        (("show", "--case", "acme", "F"), {"F1", "F2", "F3", "F4", "F5", "F6"}),
        (("tree", "--case", "acme", "--around", "F2"), {"F2"}),
        (("show", "--case", "acme", "F1/"), {"F1/1"}),
        (("label", "--case", "acme", "F1/"), {"F1/1"}),
        (("show", "--case", "berta", "F1/"), set()),
        (("show", "--case", "berta", "F"), set()),
        (("show", "--case", "nope", "F"), set()),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_offered(scene: Home, words: tuple[str, ...], wanted: set[str]) -> None:
    assert offered(scene, *words) == wanted


def test_hosts_that_cannot_be_typed_hide_no_other(tmp_path: Path) -> None:
    """Neither one in no encoding, nor so many that stand before."""
    workspace = open_workspace(tmp_path / "w")
    hostile = ["bad \udcff", "nul\0", "\ud800", "\x1b[31m", "-rf", "`id`", *(f" {number}" for number in range(MOST + 50))]
    fill(workspace, [event(number, host=name) for number, name in enumerate([*hostile, "web01", "DC01"], 1)])
    workspace.close()
    assert offered(Home(tmp_path, ""), "tree", "--host", "") == {"DC01", "web01"}


def test_models_are_offered_wherever_one_is_named(scene: Home) -> None:
    for words in (("models", "show"), ("models", "export"), ("rank", "--model"), ("rules", "take"), ("evaluate", "--beside")):
        assert offered(scene, *words, "det") == {scene.model}, words


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_is_answered_and_nothing_slow_is_loaded(scene: Home, shell: str) -> None:
    done = ask(shell, ["oddkin", "-w", str(scene.workspace), "rank", "--case", "ac"])
    assert done.returncode == 0
    assert "acme" in done.stdout
    assert not set(done.stderr.partition("MODULES")[2].split()) & SLOW


@pytest.mark.parametrize("shell", SHELLS)
def test_the_scripts_are_shown(shell: str) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    code = START.replace('["oddkin"]', f'["oddkin", "--show-completion", "{shell}"]')
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, env=env, check=True)
    assert "_ODDKIN_COMPLETE" in done.stdout
    assert f"complete_{shell}" in done.stdout
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=done.stdout, text=True, check=False).returncode == 0


def test_help_offers_to_install_it(home: Home) -> None:
    shown = home.run("--help").stdout
    assert "--install-completion" in shown
    assert "--show-completion" in shown


def test_every_parameter_of_a_known_name_is_completed() -> None:
    from tui.shell.completions import COMPLETERS

    for path, command in leaves():
        for one in command.params:
            if one.name in COMPLETERS:
                assert one._custom_shell_complete is not None, (path, one.name)


def test_completing_makes_and_changes_nothing(scene: Home, tmp_path: Path) -> None:
    assert names(tmp_path / "nothere", "case") == []
    assert list(tmp_path.iterdir()) == []
    (tmp_path / DATABASE).write_text("no database")
    assert {tuple(names(tmp_path, kind)) for kind in QUERIES} == {()}
    before = (scene.workspace / DATABASE).read_bytes()
    offered(scene, "rank", "--case", "")
    assert (scene.workspace / DATABASE).read_bytes() == before


def test_the_file_is_the_stores() -> None:
    assert FILE == DATABASE
