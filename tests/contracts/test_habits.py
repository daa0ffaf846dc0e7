"""The files that one works with every day say what is there: verbs, hooks, decisions, the table of what one touches."""

from __future__ import annotations

import re

import pytest

from tests.contracts.sources import PACKAGES, ROOT

JUSTFILE = (ROOT / "Justfile").read_text(encoding="utf-8")
HOOKS = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
DECISIONS = sorted(path for path in (ROOT / "docs" / "decisions").glob("*.md") if path.name != "README.md")
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_justfile_has_the_verbs() -> None:
    verbs = set(re.findall(r"^([a-z]+)(?: \*\w+)?:$", JUSTFILE, re.MULTILINE))
    assert verbs == {"default", "setup", "demo", "test", "check", "mutants", "screenshots", "bench"}


def test_the_verbs_run_what_ci_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for tool in ("ruff check .", "ruff format --check .", "mypy", "lint-imports"):
        assert f".venv/bin/{tool}\n" in JUSTFILE.replace("    ", "")
        assert f".venv/bin/{tool}\n" in script


def test_hooks_are_local_and_fetch_nothing() -> None:
    assert re.findall(r"repo: (\S+)", HOOKS) == ["local"]
    assert re.findall(r"- id: (\S+)", HOOKS) == ["ruff", "ruff-format", "mypy", "lint-imports"]
    assert "://" not in HOOKS
    assert set(re.findall(r"language: (\S+)", HOOKS)) == {"system"}


@pytest.mark.parametrize("marker", ["slow", "benchmark", "mutants"])
def test_what_is_left_out_of_the_suite_is_in_contributing(marker: str) -> None:
    assert f"not {marker}" in PROJECT
    assert f"-m {marker}" in CONTRIBUTING


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_what_why_and_what_was_rejected(path: object) -> None:
    text = (ROOT / "docs" / "decisions" / str(path)).read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)", text, re.MULTILINE) == ["What", "Why", "Rejected"]
    for named in re.findall(rf"`((?:{'|'.join(PACKAGES)}|tests|docs)/[^`]+)`", text):
        assert (ROOT / named).exists(), named


def test_every_decision_is_in_the_list() -> None:
    listed = re.findall(r"\]\(([\w-]+\.md)\)", (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8"))
    assert listed == [path.name for path in DECISIONS]
    assert len(listed) >= 10


def test_the_table_of_what_one_touches_names_files_that_exist() -> None:
    rows = re.findall(r"^\| (a [^|]+?) \| (\d+) \| (.+?) \|$", CONTRIBUTING, re.MULTILINE)
    assert {"a reader", "a signal", "a screen", "a verdict kind", "a column of the queue"} <= {what for what, _, _ in rows}
    for _, _, which in rows:
        for named in re.findall(rf"`((?:{'|'.join(PACKAGES)}|docs)/[^`]+)`", which):
            assert "<" in named or (ROOT / named).exists(), named
