"""`oddkin export`: what is chosen, in which format, what is said and with which exit code."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from engine.handover.registry import find, names
from engine.handover.rows import COLUMNS
from store.workspace import open_workspace
from tests.store.samples import event, fill, score
from tests.tui.home import Home


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A finding of one incident, which was called malicious, and everyday processes."""
    folder = tmp_path_factory.mktemp("export")
    workspace = open_workspace(folder / "w")
    odd = [
        event(1, image="C:\\inetpub\\w3wp.exe"),
        event(2, 1, image="C:\\Windows\\System32\\cmd.exe", command_line="cmd.exe /c whoami"),
        event(
            3,
            2,
            image="C:\\Windows\\System32\\whoami.exe",
            command_line="whoami /all",
            parent_image="C:\\Windows\\System32\\cmd.exe",
        ),
    ]
    fill(workspace, [*odd, *[event(number) for number in range(10, 40)]], path=str(folder / "evidence.json"))
    model = score(workspace, grouped=True)
    workspace.close()
    made = Home(folder, model)
    assert made.run("label", "F1", "malicious", "--note", "web shell #T1505.003", "--yes").exit_code == 0
    return made


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_what_is_named_is_written_each_process_once(scene: Home) -> None:
    whole = rows(scene.run("export", "F1", "-o", "-").stdout)
    assert len(whole) > 1
    assert {row["finding_rank"] for row in whole} == {"1"}
    assert list(whole[0]) == list(COLUMNS)
    lead = whole[0]["process"]
    assert [row["process"] for row in rows(scene.run("export", lead, "-o", "-").stdout)] == [lead]
    both = rows(scene.run("export", "F1", "F1/1", lead, "-o", "-").stdout)
    assert [row["process"] for row in both] == [row["process"] for row in whole]
    branch = rows(scene.run("export", f"{lead}/branch", "-o", "-").stdout)
    assert branch[0]["process"] == lead
    chain = rows(scene.run("export", "1", "-o", "-").stdout)
    assert {row["rank"] for row in chain} == {"1"}


@pytest.mark.parametrize("option", [("--verdict", "malicious"), ("--where", "pid:3"), ("--from", "2020-01-01")])
def test_what_would_have_no_effect_beside_names_is_refused(scene: Home, option: tuple[str, str]) -> None:
    done = scene.run("export", "F1", *option, "-o", "-")
    assert (done.exit_code, done.stdout) == (2, "")
    assert option[0] in done.stderr


def test_names_that_mean_nothing_and_formats_that_are_none(scene: Home, tmp_path: Path) -> None:
    target = tmp_path / "x.csv"
    assert scene.run("export", "F99", "-o", str(target)).exit_code == 1
    done = scene.run("export", "--format", "xlsx", "-o", str(target))
    assert (done.exit_code, "There are: csv, jsonl" in done.stderr) == (2, True)
    done = scene.run("export", "--format", "stix", "--bom", "-o", str(target))
    assert done.exit_code == 2
    assert not target.exists()


@pytest.mark.parametrize("form", names())
def test_every_format_goes_into_a_file_and_is_counted(scene: Home, tmp_path: Path, form: str) -> None:
    target = tmp_path / f"x{find(form).ending}"
    done = scene.run("export", "F1", "--format", form, "-o", str(target))
    assert done.exit_code == 0, done.stderr
    assert f" of case case -> {target}" in done.stderr
    assert any(unit in done.stderr for unit in find(form).unit)
    assert target.stat().st_size > 50
    assert target.read_bytes() == scene.run("export", "F1", "--format", form, "-o", "-").stdout_bytes


@pytest.mark.parametrize("form", names())
def test_nothing_chosen_is_said_and_pictures_of_nothing_are_none(scene: Home, tmp_path: Path, form: str) -> None:
    target = tmp_path / "x"
    done = scene.run("export", "--verdict", "benign", "--format", form, "-o", str(target))
    if form in {"dot", "mermaid", "svg", "sigma"}:
        assert (done.exit_code, target.exists()) == (1, False)
        assert "None of these processes is in an incident" in done.stderr
    else:
        assert (done.exit_code, target.exists()) == (0, True)
        assert done.stderr.splitlines()[-1].startswith("0 ") is (form not in {"stix"})


def test_no_rule_is_drafted_of_what_nobody_called_malicious(scene: Home, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(scene.workspace, tmp_path / "w")
    other = Home(tmp_path, scene.model)
    assert other.run("label", "F1", "none", "--yes").exit_code == 0
    done = other.run("export", "F1", "--format", "sigma", "-o", str(tmp_path / "x.yml"))
    assert (done.exit_code, "called malicious" in done.stderr, (tmp_path / "x.yml").exists()) == (1, True, False)


def test_a_draft_counts_over_the_case(scene: Home) -> None:
    text = scene.run("export", "F1", "--format", "sigma", "-o", "-").stdout
    assert "elsewhere" in text
    assert "- attack.t1505.003" in text
    assert "Image|endswith: '\\whoami.exe'" in text


def test_a_picture_is_complete(scene: Home) -> None:
    drawn = scene.run("export", "F1/1", "--format", "svg", "-o", "-").stdout
    for row in rows(scene.run("export", "F1/1", "-o", "-").stdout):
        assert row["process"] in drawn
        assert row["command_line"] in drawn


@pytest.mark.parametrize("form", ["stix", "timesketch", "svg"])
def test_what_stands_beside_an_export_says_what_is_in_it(scene: Home, tmp_path: Path, form: str) -> None:
    target = tmp_path / "x"
    assert scene.run("export", "F1", "--format", form, "-o", str(target)).exit_code == 0
    content = target.read_bytes()
    told = json.loads((tmp_path / "x.oddkin.json").read_bytes())
    assert (told["what"], told["format"], told["case"]) == ("export", form, "case")
    assert (told["bytes"], told["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert [model["model"] for model in told["models"]] == [scene.model]
    entry = [one for one in audited(scene) if one["what"].get("sha256") == told["sha256"]][-1]
    assert (entry["act"], entry["what"]["rows"]) == ("handed over", told["rows"])
    assert told["audit"]["number"] == entry["number"]


@pytest.mark.parametrize("command", [("export", "F1"), ("report",)], ids=["export", "report"])
def test_nothing_is_written_where_its_sidecar_cannot_stand(scene: Home, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "x.csv.oddkin.json").mkdir()
    before = len(audited(scene))
    done = scene.run(*command, "-o", str(tmp_path / "x.csv"))
    assert done.exit_code == 1
    assert "x.csv.oddkin.json is a folder" in done.stderr
    assert not (tmp_path / "x.csv").exists()
    named = scene.run(*command, "-o", str(tmp_path / "y.csv.oddkin.json"))
    assert named.exit_code == 1
    assert "does not end in .oddkin.json" in named.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.csv.oddkin.json"]
    assert [entry["act"] for entry in audited(scene)[before:]] == ["audit exported"]


def audited(scene: Home) -> list[dict[str, Any]]:
    """The entries of the audit."""
    return [json.loads(line) for line in scene.run("audit", "export", "-").stdout.splitlines()]
