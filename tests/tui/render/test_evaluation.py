"""What `evaluate` prints of a whole case, and of nothing."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest

from engine.jobs.evaluate import Evaluation
from engine.measure.whole import LabelledIntrusion, Whole
from engine.metrics.reading import Read
from tui.render.evaluation import as_json, parts
from tui.shell.streams import console_for

WHOLE = Whole(
    findings=2_000, attacks=114, background=21_000, until=Read(75, 1_255, 92, 92 / 114, 0.95),
    first=Read(10, 79, 78, 78 / 114, 0.75), above=Read(12, 90, 80, 80 / 114, 0.8889),
    intrusions=(
        LabelledIntrusion("web-shell, stage 1", "iis01", 17, 2, 16 / 17, 3, 1, 16 / 17),
        LabelledIntrusion("\x1b[2J[bold]lost[/]", "srv\u202e", 4, 0, 0.0, 0, 2, 0.25),
    ),
    fragmentation=2.0, completeness=0.4706, lowest_completeness=0.0,
)  # fmt: skip
METRICS = {"ap": 0.5, "auc": 0.5, "recall@10": 0.5, "first": 1.0, "alerts": 2.0, "findings": 3.0, "in_10_findings": 0.625}


def evaluation(whole: Whole | None, why: str = "") -> Evaluation:
    return Evaluation(1, [], [], {"detector": METRICS}, [], {}, whole, why)


def printed(result: Evaluation, width: int = 120) -> str:
    stream = io.StringIO()
    console = console_for(stream, plain=True, width=width)
    for part in parts(result, "file"):
        console.print(part)
    return stream.getvalue()


def row(text: str, head: str) -> list[str]:
    """The cells of the line that begins so, behind its name."""
    return next(line for line in map(str.strip, text.splitlines()) if line.startswith(head)).removeprefix(head).split()


def test_purity_stands_beside_what_it_cost() -> None:
    text = printed(evaluation(WHOLE))
    assert row(text, "until 80 % are found") == ["75", "1,255", "92", "0.807", "0.950"]
    assert row(text, "the first ten") == ["10", "79", "78", "0.684", "0.750"]
    assert row(text, "above the threshold") == ["12", "90", "80", "0.702", "0.889"]
    assert "fragmentation 2.000, completeness 0.471 (lowest 0.000)" in text
    assert row(text, "web-shell, stage 1") == ["iis01", "17", "2", "0.941", "F3", "1", "0.941"]
    # The figures of queues stay.
    assert row(text, "detector")[-2:] == ["3.0", "0.625"]


def test_what_is_never_reached_has_dashes_and_null() -> None:
    never = evaluation(replace(WHOLE, until=None))
    assert row(printed(never), "until 80 % are found") == ["–"] * 5
    whole = json.loads(as_json(never))["whole"]
    assert [whole[name] for name in ("purity", "processes_read", "findings_read", "processes_per_attack")] == [None] * 4
    assert whole["in_10_findings"] == 78 / 114


def test_names_of_intrusions_are_inert() -> None:
    text = printed(evaluation(WHOLE))
    assert "\\e[2J[bold]lost[/]" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("known", [True, False])
def test_intrusions_are_named_only_where_they_are_known(known: bool) -> None:
    text = printed(evaluation(WHOLE if known else replace(WHOLE, intrusions=(), fragmentation=float("nan"))))
    assert ("Intrusions in findings" in text) == known
    assert ("intrusions are known from the labels" in text) == known


def test_json_has_the_figures_of_the_whole_case() -> None:
    whole = json.loads(as_json(evaluation(WHOLE)))["whole"]
    intrusions = whole.pop("intrusions")
    assert whole == {
        "findings": 2_000, "attacks": 114, "background": 21_000, "findings_read": 75, "processes_read": 1_255,
        "processes_per_attack": 1_255 / 114, "purity": 0.95, "in_10_findings": 78 / 114, "processes_in_10_findings": 79,
        "purity_in_10_findings": 0.75, "purity_above": 0.8889, "findings_above": 12, "processes_above": 90, "attacks_above": 80,
        "fragmentation": 2.0, "completeness": 0.4706, "lowest_completeness": 0.0,
    }  # fmt: skip
    assert intrusions[0] == {
        "name": "web-shell, stage 1", "host": "iis01", "processes": 17, "findings": 2, "largest_share": 16 / 17,
        "first_finding": 3, "trees": 1, "lowest_tree_share": 16 / 17,
    }  # fmt: skip


def test_without_figures_the_reason_is_told_in_both_forms() -> None:
    nothing = evaluation(None, "no process of the case is labelled as an attack")
    assert "no figures, no process of the case is labelled as an attack." in printed(nothing)
    found = json.loads(as_json(nothing))
    assert found["whole"] is None
    assert found["whole_missing"] == "no process of the case is labelled as an attack"
    assert json.loads(as_json(evaluation(WHOLE)))["whole_missing"] is None
