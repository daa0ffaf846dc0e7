"""What is asked for and is not there: the error names its kind, and what there is of that kind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from store.workspace import open_workspace
from tests.store.samples import event, fill, score
from tests.tui.home import Home

COMMANDS = (("show", "{}"), ("tree", "--around", "{}"), ("label", "{}", "benign", "--yes"))
ABSENT = (
    ("F999", 1, "There is no finding F999 in case case.", "There are F1 to F6: oddkin rank"),
    ("F0", 1, "There is no finding F0 in case case.", "There are F1 to F6: oddkin rank"),
    ("f99999999999", 1, "There is no finding F99999999999 in case case.", "There are F1 to F6: oddkin rank"),
    ("F9/1", 1, "There is no finding F9 in case case.", "There are F1 to F6: oddkin rank"),
    ("F1/99", 1, "There is no incident F1/99.", "There is F1/1 alone: oddkin show F1"),
    ("P99999999", 1, "There is no process P99999999 in case case.", "`oddkin processes` lists those there are"),
    ("999", 1, "There is no chain of rank 999 in case case.", "There are ranks 1 to 7: oddkin rank --chains"),
    ("#0", 1, "There is no chain of rank 0 in case case.", "There are ranks 1 to 7: oddkin rank --chains"),
    ("ffffffff", 1, "There is no chain in case case whose id begins with ffffffff.", "`oddkin rank --chains` lists chains"),
    ("foo", 2, "'foo' is no name of a finding, an incident, a process or a chain.", "A finding is named F3"),
    ("F1/", 2, "'F1/' is no name of a finding, an incident, a process or a chain.", "A finding is named F3"),
    ("P1/leaf", 2, "'P1/leaf' is no name of a finding, an incident, a process or a chain.", "P123471/branch"),
    ("P99999999/branch", 1, "There is no process P99999999 in case case.", "`oddkin processes` lists those there are"),
    ("", 2, "'' is no name of a finding, an incident, a process or a chain.", "A finding is named F3"),
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """One finding of one incident, and everyday processes."""
    workspace = open_workspace(tmp_path / "w")
    odd = [event(1), event(2, 1, image="C:\\t\\odd.exe"), event(3, 2, image="C:\\t\\odder.exe")]
    fill(workspace, [*odd, *[event(number) for number in range(10, 40)]])
    model = score(workspace, grouped=True)
    workspace.close()
    return Home(tmp_path, model)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize(("reference", "code", "said", "remedy"), ABSENT, ids=[one[0] or "nothing" for one in ABSENT])
def test_a_reference_that_means_nothing(
    home: Home, command: tuple[str, ...], reference: str, code: int, said: str, remedy: str
) -> None:
    result = home.run(*(word.format(reference) for word in command))
    assert result.exit_code == code, result.output
    assert said in result.stderr
    assert remedy in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("command", "said", "remedy"),
    [
        (("rank", "--case", "nope"), "There is no case 'nope'.", "There are: case."),
        (("cases", "show", "nope"), "There is no case 'nope'.", "There are: case."),
        (("models", "show", "nope"), "There is no model 'nope'.", "There is {model}."),
        (("models", "verify", "nope"), "There is no model 'nope'.", "There is {model}."),
        (("models", "export", "nope", "-o", "-"), "There is no model 'nope'.", "There is {model}."),
        (("rank", "--model", "nope"), "There is no model 'nope'.", "There is {model}."),
        (("rules", "show", "9"), "There is no rule 9.", "There is none."),
        (("rules", "accept", "9"), "There is no rule 9.", "There is none."),
        (("rank", "--host", "nope"), "There is no host 'nope'.", "There is WEB01."),
        (("tree", "--host", "nope"), "There is no host 'nope'.", "There is WEB01."),
        (("processes", "--host", "nope"), "There is no host 'nope'.", "There is WEB01."),
        (("models", "remove", "{beginning}"), "There is no model '{beginning}'.", "Removing wants the whole id: {model}"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_a_name_that_nothing_has(home: Home, command: tuple[str, ...], said: str, remedy: str) -> None:
    filled = {"model": home.model, "beginning": home.model[:-1]}
    result = home.run(*(word.format(**filled) for word in command))
    assert result.exit_code == 1, result.output
    assert said.format(**filled) in result.stderr
    assert remedy.format(**filled) in result.stderr


@pytest.mark.parametrize("reference", ["F1", "F3/2", "P123471"])
def test_a_reference_is_no_sequence(home: Home, reference: str) -> None:
    result = home.run("classify", reference)
    assert result.exit_code == 2
    assert f"{reference} would be of a case" in result.stderr
    assert f"oddkin show {reference}" in result.stderr


@pytest.mark.parametrize("command", [("show",), ("tree", "--around")], ids=" ".join)
def test_a_branch_is_shown_by_the_process_that_it_begins_with(home: Home, command: tuple[str, ...]) -> None:
    found = re.search(r"P\d+", home.run("processes").stdout)
    assert found is not None
    named = found[0]
    branch, process = home.run(*command, f"{named}/branch"), home.run(*command, named)
    assert (branch.exit_code, branch.stdout) == (0, process.stdout)


@pytest.mark.parametrize("command", ["show", "verify", "check", "use", "remove"])
def test_the_models_that_are_told_are_the_same_with_the_ready_one(home: Home, command: str) -> None:
    ready = home.run("models", "ready").stdout.strip()
    told = home.run("models", command, "nope").stderr
    assert ready in told
    assert home.model in told


def test_what_a_filter_leaves_nothing_of_tells_a_command_that_runs(home: Home) -> None:
    refused = home.run("tree", "--where", "zzzz")
    assert refused.exit_code == 1
    assert "All of them: oddkin processes\n" in refused.stderr
