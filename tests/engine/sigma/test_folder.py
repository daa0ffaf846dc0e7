"""Which files are rules, in which order, and the digest over all of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.errors import InputError, NothingThere
from engine.progress import unasked
from engine.sigma import folder as folders
from engine.sigma.folder import RuleFolder, rule_folder


def made(path: Path, **files: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        place = path / name.replace("__", "/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.with_suffix(".yml").write_text(text)
    return path


def digest(folder: RuleFolder) -> str:
    assert all(isinstance(content, bytes) for _, content in folder.files())
    return folder.sha256


def test_rules_are_found_below_a_folder_in_the_order_of_names(tmp_path: Path) -> None:
    path = made(tmp_path / "r", b="2", a__c="1")
    (path / "README.md").write_text("no rule")
    (path / "x.YAML").write_text("3")
    found = rule_folder(path, unasked)
    assert [*found.files()] == [("a/c.yml", b"1"), ("b.yml", b"2"), ("x.YAML", b"3")]


def test_a_digest_is_of_names_and_contents_and_not_of_the_place(tmp_path: Path) -> None:
    one = digest(rule_folder(made(tmp_path / "one", a="1", b="2"), unasked))
    assert one == digest(rule_folder(made(tmp_path / "two" / "three", a="1", b="2"), unasked))
    assert one != digest(rule_folder(made(tmp_path / "four", a="1", b="3"), unasked))
    assert one != digest(rule_folder(made(tmp_path / "five", a="1", c="2"), unasked))


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    path = made(tmp_path / "r", a="1")
    (path / "again").symlink_to(path)
    assert rule_folder(path, unasked).names == ("a.yml",)


def test_a_pipe_and_a_large_file_cost_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "r", a="1", b="22222")
    os.mkfifo(path / "c.yml")
    monkeypatch.setattr(folders, "LARGEST", 3)
    found = [*rule_folder(path, unasked).files()]
    assert found[0] == ("a.yml", b"1")
    large, pipe = found[1][1], found[2][1]
    assert isinstance(large, InputError)
    assert isinstance(pipe, InputError)
    assert ("too large" in large.message, "a pipe" in pipe.message) == (True, True)


def test_a_single_file_is_a_folder_of_one(tmp_path: Path) -> None:
    path = made(tmp_path / "r", a="1") / "a.yml"
    assert [*rule_folder(path, unasked).files()] == [("a.yml", b"1")]


def test_without_rules_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(NothingThere):
        rule_folder(tmp_path, unasked)
    with pytest.raises(InputError, match="is not there"):
        rule_folder(tmp_path / "nowhere", unasked)
