"""A name in backticks in a docstring exists: what was renamed or removed is not told of any more."""

from __future__ import annotations

import pytest

from tests.contracts.docstring_names import IN_BACKTICKS, docstrings, exists
from tests.contracts.sources import ROOT, SOURCES, nodes, shown
from tests.test_docs import app, command_names

SAMPLES = {
    **dict.fromkeys(("bash", "Bash", "ls", "conhost", "http"), "a program's name"),
    **dict.fromkeys(("python27", "python39", "jre7", "_64", "temp1_x.zip", "system32"), "a word of a path"),
    **dict.fromkeys(("argc",), "a field of an audit record, matched by an expression"),
    **dict.fromkeys(
        ("np.union1d(one, other)", "ast.literal_eval", "strptime", "metadata.create_all"),
        "of a library: named because it is not used",
    ),
}
"""Names that the code does not have, and why they stand in backticks all the same."""
COMMANDS = set(command_names(app))


def test_names_in_docstrings_exist() -> None:
    missing = {
        (shown(path), name)
        for path in SOURCES
        for constant in docstrings(nodes(path))
        for name in IN_BACKTICKS.findall(str(constant.value))
        if name not in SAMPLES and not exists(name, path, COMMANDS)
    }
    assert missing == set()


def test_every_sample_is_still_told_of() -> None:
    named = {
        name for path in SOURCES for constant in docstrings(nodes(path)) for name in IN_BACKTICKS.findall(str(constant.value))
    }
    assert set(SAMPLES) - named == set()


@pytest.mark.parametrize(
    "name",
    [
        "nobody_has_this_name",
        "engine.domain.distinct.nothing",
        "store.nowhere",
        "CancelToken.raise_if_late",
        "distinct.nothing",
        "oddkin dance",
        "--no-such-option",
        "store/queue/nowhere.py",
    ],
)
def test_what_does_not_exist_is_found(name: str) -> None:
    assert not exists(name, ROOT / "engine" / "errors.py", COMMANDS)


@pytest.mark.parametrize(
    "name",
    [
        "engine.domain.distinct",
        "CancelToken.raise_if_cancelled",
        "command_line",
        "process.entity_id",
        "oddkin rules learn --case X",
        "--no-starter",
        "engine/handover/tables.py",
        "[pid 1234] execve(…",
    ],
)
def test_what_exists_is_known(name: str) -> None:
    assert exists(name, ROOT / "engine" / "errors.py", COMMANDS)
