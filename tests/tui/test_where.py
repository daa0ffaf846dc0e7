"""`--where` of the listings: the same language as on the screens, and its errors end with 2."""

from __future__ import annotations

import csv
import io
import json

import pytest
from typer.testing import CliRunner, Result

from store.where.matching import left
from store.where.meaning import read
from tests.tui.conftest import CASE
from tui.command_line import app
from tui.runtime.services import Services

LISTINGS = (["rank"], ["tree"], ["processes"], ["export", "-o", "-"])


def run(services: Services, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--workspace", str(services.workspace.folder), *arguments], catch_exceptions=False)


def name_of_a_tool(services: Services) -> str:
    """A program that some processes of the case are of, and not all."""
    step = services.workspace.queue.page(CASE, limit=1)[0].steps[-1]
    return step.replace("\\", "/").rpartition("/")[2]


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("usr:x", "There is no usr:. Did you mean user:?"),
        ("flagged", 'Write is:flagged, or "flagged" for the text'),
        ("since:2024-03-01", "There is no since:. Write after:…"),
        ("after:soon", "'soon' is no time"),
        ("cmd:/(/", "has a ( without its )"),
    ],
)
def test_what_is_no_filter_ends_with_2(trained: Services, listing: list[str], line: str, said: str) -> None:
    done = run(trained, *listing, "--where", line)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())
    assert done.stdout == ""


def test_processes_and_export_write_the_processes_that_it_leaves(trained: Services) -> None:
    name = name_of_a_tool(trained)
    wanted = left(trained.workspace, CASE, read(f"image:{name}"))
    assert 0 < len(wanted) < len(left(trained.workspace, CASE, read("")))
    listed = run(trained, "processes", "--format", "jsonl", "--where", f"image:{name}")
    assert [json.loads(row)["process_id"] for row in listed.stdout.splitlines()] == wanted
    assert run(trained, "processes", f"image:{name}", "--format", "jsonl").stdout == listed.stdout
    exported = run(trained, "export", "-o", "-", "--where", f"image:{name}")
    images = [row["image"] for row in csv.DictReader(io.StringIO(exported.stdout))]
    assert len(images) == len(wanted)
    assert all(name in image.lower() for image in images)
    assert f"{len(wanted):,} process" in exported.stderr


def test_an_export_of_a_verdict_and_a_filter_meets_both(trained: Services) -> None:
    row = trained.workspace.queue.page(CASE, limit=1)[0]
    trained.workspace.labels.set(CASE, [row.key], "benign")
    both = run(trained, "export", "-o", "-", "--verdict", "benign", "--where", "!nothing-like-this")
    assert {line["verdict"] for line in csv.DictReader(io.StringIO(both.stdout))} == {"benign"}
    none = run(trained, "export", "-o", "-", "--verdict", "malicious", "--where", "!nothing-like-this")
    assert none.exit_code == 0
    assert list(csv.DictReader(io.StringIO(none.stdout))) == []


def test_rank_lists_what_one_of_its_processes_meets(trained: Services) -> None:
    name = name_of_a_tool(trained)
    done = run(trained, "rank", "--chains", "--format", "json", "--limit", "1000", "--where", f"image:{name}")
    ends = {row["chain"][-1] for row in json.loads(done.stdout)}
    assert ends
    assert all(name in end for end in ends)
    nothing = run(trained, "rank", "--format", "json", "--where", "pid:99999999")
    assert json.loads(nothing.stdout) == []
    assert nothing.exit_code == 0


def test_tree_draws_what_it_leaves_or_says_that_there_is_nothing(trained: Services) -> None:
    name = name_of_a_tool(trained)
    assert name in run(trained, "tree", "--where", f"image:{name}").stdout.lower()
    nothing = run(trained, "tree", "--where", "pid:99999999")
    assert nothing.exit_code == 1
    assert "No process meets all of that." in nothing.stderr
    both = run(trained, "tree", "--around", "F1", "--where", "curl")
    assert both.exit_code == 2
    assert "by --around or by --where, not by both" in " ".join(both.stderr.split())


@pytest.mark.parametrize(
    ("line", "asking"),
    [
        ("is:odd", "is:odd"), ("score>1", "score>1"), ("technique:T1105", "technique:T1105"), ("n>2 pid:4", "n>2"),
        ("finding:1", "finding:1"), ("!is:context image:exe score<9", "!is:context score<9"),
    ],
)  # fmt: skip
def test_what_asks_for_scores_where_there_are_none_is_told(ingested: Services, line: str, asking: str) -> None:
    told = f"Not ranked yet: nothing has what {asking} asks for. Run: oddkin rank --case {CASE}"
    done = run(ingested, "processes", "--where", line, "--format", "jsonl", "--limit", "1")
    assert (done.exit_code, told in " ".join(done.stderr.split())) == (0, True)
    assert all(json.loads(row)["image"] for row in done.stdout.splitlines())
    assert told in " ".join(run(ingested, "-q", "tree", "--where", line, "--limit", "1").stderr.split())


def test_what_asks_for_no_scores_and_a_ranked_case_are_left_alone(ingested: Services) -> None:
    assert "Not ranked" not in run(ingested, "processes", "--where", "image:exe verdict:none !note:x", "--limit", "1").stderr
    ranked = run(ingested, "rank", "--where", "is:odd", "--limit", "1")  # it ranks the case itself
    assert ranked.exit_code == 0
    assert "Not ranked yet" not in ranked.stderr
    assert "Not ranked yet" not in run(ingested, "processes", "--where", "is:odd").stderr
