"""`--format` is honoured by every command that has it, for whatever it shows; what would have no effect is refused."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from enum import EnumType
from typing import Any

import pytest

from engine.handover import registry
from store.workspace import open_workspace
from tests.store.samples import event, fill, score
from tests.tui.every_command import READING, leaves
from tests.tui.home import Home

SUBJECTS = ("F1", "F1/1", "P{process}", "1", "{key}")
"""Everything that can be shown."""
WITHOUT_A_CASE = {("formats",): ("evtx",), ("starter", "show"): ()}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One finding, and everyday processes."""
    folder = tmp_path_factory.mktemp("forms")
    workspace = open_workspace(folder / "w")
    odd = [event(1), event(2, 1, image="C:\\t\\odd.exe"), event(3, 2, image="C:\\t\\odder.exe")]
    fill(workspace, [*odd, *[event(number) for number in range(10, 40)]], path=str(folder / "evidence.json"))
    model = score(workspace, grouped=True)
    workspace.close()
    return Home(folder, model)


def is_csv(text: str) -> bool:
    header, *rows = csv.reader(io.StringIO(text))
    return len(header) > 3 and all(len(row) == len(header) for row in rows)


def is_lines(text: str) -> bool:
    return all(isinstance(json.loads(line), dict) for line in text.splitlines())


def is_json(text: str) -> bool:
    return isinstance(json.loads(text), (dict, list)) or json.loads(text) is None


def is_for_eyes(text: str) -> bool:
    return not text.startswith(("{", "[", "case,", "rank,"))


LOOKS: dict[str, Callable[[str], bool]] = {
    "csv": is_csv, "jsonl": is_lines, "ecs": is_lines, "json": is_json, "table": is_for_eyes, "text": is_for_eyes,
    "timesketch": is_csv, "iocs": is_csv, "timesketch-jsonl": is_lines, "navigator": is_json, "stix": is_json,
    "html": lambda text: text.startswith("<!DOCTYPE html>"), "md": lambda text: text.startswith("# Report"),
    "dot": lambda text: text.startswith("digraph"), "svg": lambda text: text.startswith("<svg") or text.startswith("<?xml"),
    "mermaid": lambda text: text.startswith(("graph", "flowchart")), "markdown": lambda text: text.startswith("#"),
}  # fmt: skip


def choices(command: Any) -> tuple[str, ...]:
    """What `--format` of a command takes; () for a command without it, or with a name of a reader."""
    if command.name == "export" and len(command.params) > 5:
        return tuple(name for name in registry.names() if name != "sigma")  # wants verdicts: tests/tui/test_export.py
    found = [one for one in command.params if "--format" in one.opts]
    form = found[0].type_descriptor.annotation if found else None
    return tuple(one.value for one in form) if isinstance(form, EnumType) else ()


def cases() -> Iterator[tuple[tuple[str, ...], tuple[str, ...], str]]:
    """(command, arguments, format)."""
    for path, command in leaves():
        for form in choices(command):
            if path == ("show",):
                yield from ((path, (subject,), form) for subject in SUBJECTS)
            elif path in READING or path in WITHOUT_A_CASE:
                yield path, {**READING, **WITHOUT_A_CASE}[path], form


ALL = list(cases())
NEEDS = {
    ("evaluate",),
    ("labels", "curve"),
    ("rules", "nearest"),
    ("rules", "show"),
    ("rules", "apply-preview"),
    ("models", "check"),
    ("cases", "verify"),
    ("exceptions", "preview"),
}
"""Want known labels, learnt words, a model with files or evidence: their own tests read what they print."""


def test_the_commands_that_have_forms_are_known() -> None:
    assert {path for path, command in leaves() if choices(command)} - {path for path, _, _ in ALL} == {
        ("classify",), ("rules", "learn"), ("labels", "merge"), ("sigma",),
    }  # fmt: skip
    assert {("rank",), ("show",), ("processes",), ("export",), ("tree",), ("cases", "list"), ("models", "list")} <= {
        path for path, _, _ in ALL
    }


@pytest.mark.parametrize(
    ("command", "arguments", "form"),
    [one for one in ALL if one[0] not in NEEDS],
    ids=[f"{' '.join(path)} {' '.join(words)} {form}" for path, words, form in ALL if path not in NEEDS],
)
def test_a_form_is_honoured(scene: Home, command: tuple[str, ...], arguments: tuple[str, ...], form: str) -> None:
    finding = json.loads(scene.run("show", "F1", "--format", "json").stdout)
    (chain, *_) = json.loads(scene.run("rank", "--chains", "--format", "json").stdout)
    filled = {"process": finding["incident"]["lead"][1:], "key": chain["chain_id"], "model": scene.model, "folder": scene.folder}
    result = scene.run(*command, *(word.format(**filled, labels="") for word in arguments), "--format", form)
    assert result.exit_code == 0, result.output
    assert LOOKS[form](result.stdout), result.stdout[:200]


@pytest.mark.parametrize(("path", "command"), [one for one in leaves() if "json" in choices(one[1])], ids=str)
def test_one_spelling_everywhere(path: tuple[str, ...], command: Any) -> None:
    old = [one for one in command.params if "--json" in one.opts]
    assert all(one.hidden for one in old), path


def test_nothing_else_is_spelled_json() -> None:
    assert {
        path for path, command in leaves() for one in command.params if "--json" in one.opts and not choices(command)
    } == set()


@pytest.mark.parametrize(
    "command", [("cases", "list"), ("cases", "show"), ("models", "list"), ("rules", "list"), ("starter", "show")]
)
def test_the_old_spelling_still_works_and_says_so(scene: Home, command: tuple[str, ...]) -> None:
    old, new = scene.run(*command, "--json"), scene.run(*command, "--format", "json")
    assert (old.exit_code, old.stdout) == (0, new.stdout)
    assert "--json is spelled --format json now" in old.stderr
    assert "--json" not in new.stderr
    assert "--json" not in scene.run(*command, "--help").output


@pytest.mark.parametrize(
    "words",
    [
        ("rank", "--bom"), ("rank", "--format", "json", "--bom"), ("export", "-o", "-", "--format", "jsonl", "--bom"),
        ("tree", "--around", "F1", "--from", "2026-01-01"), ("tree", "--around", "F1", "--host", "WEB01"),
        ("demo", "--logs", "{folder}/l", "--out", "{folder}/o"),
        ("labels", "curve", "--known", "x.csv", "--model", "m", "--no-starter"),
        ("evaluate", "--labels", "x.csv", "--ladder", "--format", "json"), ("evaluate", "--labels", "x.csv", "--seeds", "5"),
        ("evaluate", "--labels", "x.csv", "--setting", "needles"),
        ("evaluate", "--labels", "x.csv", "-o", "{folder}/page.md"),
        ("classify", "--format", "csv"), ("classify", "a -> b", "--format", "json"),
        ("classify", "--preset", "published", "--format", "json"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_would_have_no_effect_is_refused(scene: Home, words: tuple[str, ...]) -> None:
    before = sorted(scene.folder.iterdir())
    result = scene.run(*(word.format(folder=scene.folder) for word in words))
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert sorted(scene.folder.iterdir()) == before


def test_rejects_are_in_the_json_when_they_are_asked_for(home: Home) -> None:
    told = json.loads(home.run("cases", "show", "--format", "json", "--rejects").stdout)
    assert {one["code"] for one in told["reject_list"]} == {"bad-json"}
    assert "reject_list" not in json.loads(home.run("cases", "show", "--format", "json").stdout)
