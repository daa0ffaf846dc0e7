"""Every kept mutant dies. The faults are put into a scratch copy, one after the other; nothing here is changed.

That each mutant still fits its file is part of the suite; the runs themselves take minutes: pytest -m mutants.
"""

from __future__ import annotations

import ast
import os
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.mutants import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
KINDS = 30
OPTIONS = "-n 0 -x -q -p no:cacheprovider --hypothesis-profile=unshrunk"
TAKES_S = 300
"""Longer than any of the tests takes; who is still running then has decided nothing."""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_text_of_a_mutant_is_there_once(mutant: Mutant) -> None:
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1, f"renew the mutant {mutant.name!r} in tests/mutants/mutants.py: {mutant.file} has changed"
    ast.parse(text.replace(mutant.old, mutant.new))
    for argument in mutant.test.split(" "):
        assert (ROOT / argument.partition("::")[0]).exists(), f"renew the mutant {mutant.name!r}: {argument} is gone"


def test_names_are_different_and_there_are_enough() -> None:
    names = Counter(mutant.name for mutant in MUTANTS)
    assert names.most_common(1)[0][1] == 1
    assert len(names) >= KINDS


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the tests need."""
    folder = tmp_path_factory.mktemp("mutants")
    for part in ("engine", "store", "tui", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / part, folder / part)
    return folder


def outcome(folder: Path, tests: str) -> tuple[int, str]:
    """The exit code of pytest on the copy, and what it said at the end. 0: no test failed, 1: one did, -1: still running."""
    command = [sys.executable, "-P", "-m", "pytest", *shlex.split(f"{OPTIONS} {tests}")]
    own = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(folder), "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "examples")}
    try:
        done = subprocess.run(
            command, cwd=folder, env=os.environ | own, capture_output=True, text=True, timeout=TAKES_S, check=False
        )
    except subprocess.TimeoutExpired:
        return -1, f"still running after {TAKES_S} s"
    return done.returncode, done.stdout[-2000:]


@pytest.mark.mutants
@pytest.mark.parametrize("tests", sorted({mutant.test for mutant in MUTANTS}))
def test_without_a_mutant_the_tests_pass(scratch: Path, tests: str) -> None:
    code, said = outcome(scratch, tests)
    assert code == 0, said


@pytest.mark.mutants
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_dies(scratch: Path, mutant: Mutant) -> None:
    path = scratch / mutant.file
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        code, said = outcome(scratch, mutant.test)
    finally:
        path.write_text(text, encoding="utf-8")
    assert code == 1, f"{mutant.name}: {mutant.test} does not notice it\n{said}"
