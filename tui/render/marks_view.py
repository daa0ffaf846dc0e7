"""Marks for eyes and for programs: the rules of a set and how much each marks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from engine.domain.marks import RuleMark
from engine.untrusted import visible
from tui.render.tables import table
from tui.words.triage.marks import LONGEST
from tui.words.words import when

if TYPE_CHECKING:
    from rich.table import Table

    from engine.jobs.sigma import RulesRun
    from store.processes.marks.marks import MarkingRule, MarkSetView


def rules_table(rules: Sequence[MarkingRule]) -> Table:
    """A rule a line, the highest level first."""
    out = table("level", "processes", "hosts", "techniques", "title", right=("processes", "hosts"))
    for one in rules:
        mark = one.mark
        out.add_row(
            mark.level or "none", f"{one.processes:,}", f"{one.hosts:,}", " ".join(mark.techniques), visible(mark.title, LONGEST)
        )
    return out


def told_mark(mark: RuleMark) -> dict[str, Any]:
    """A mark for a program; JSON escapes what a terminal would interpret."""
    return {"by": mark.by, "title": mark.title, "level": mark.level or None, "rule": mark.rule or None,
            "techniques": list(mark.techniques)}  # fmt: skip


def told_set(one: MarkSetView) -> dict[str, Any]:
    """A set with its rules."""
    return {
        "by": one.by, "path": one.path, "sha256": one.sha256, "asked": one.asked, "lost": one.lost,
        "processes": one.processes or None, "at": when(one.at_us, fraction=True), "later": one.later,
        "rules": [told_mark(rule.mark) | {"processes": rule.processes, "hosts": rule.hosts} for rule in one.rules],
    }  # fmt: skip


def sets_json(sets: Sequence[MarkSetView]) -> str:
    """All sets of a case."""
    return json.dumps([told_set(one) for one in sets], indent=1)


def run_json(done: RulesRun, kept: MarkSetView) -> str:
    """What became of the rules of a folder, with each that did not run."""
    told = told_set(kept) | {
        "marked": done.kept.marked,
        "different_processes": done.rows,
        "not_run": {why.value: number for why, number in done.counts.items()},
        "absent_fields": dict(done.absent),
        "rules_not_run": [asdict(one) for one in done.left],
    }
    return json.dumps(told, indent=1)
