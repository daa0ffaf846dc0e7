"""Run a folder of Sigma rules over a case: what they say becomes marks of its processes, and nothing of a score.

Rules run over what processes look like, each look once, and spread from there: most processes look like others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from engine.domain.marks import SIGMA, MarkOrigin, RuleMark
from engine.jobs.ports.marks import ConditionRefused, ConditionSlow, GatheredRows, MarksKept, MarkStore
from engine.progress import Run, Step
from engine.sigma.conversion import Matcher, converted, linear
from engine.sigma.folder import RuleFolder, rule_folder
from engine.sigma.rules import ANYWHERE, FIELDS, LOST, ConvertedRule, RuleLeft, WhyLeft

Convert = Callable[[RuleFolder, Run], "list[ConvertedRule | RuleLeft]"]


@dataclass(frozen=True, slots=True)
class RulesRun:
    """What became of the rules of a folder."""

    origin: MarkOrigin
    ran: int
    rows: int
    """Different looks of processes that they were asked of."""
    left: tuple[RuleLeft, ...]
    """Rules that did not run, files by name."""
    absent: Mapping[str, int]
    """Field that no process has -> rules that ran and ask for it: what they ask there is never so."""
    kept: MarksKept

    @property
    def counts(self) -> Mapping[WhyLeft, int]:
        """How many rules were left, and why."""
        found = Counter(one.why for one in self.left)
        return {why: found[why] for why in WhyLeft if found[why]}

    @property
    def lost(self) -> tuple[RuleLeft, ...]:
        """Those of them that were meant for these processes, or may have been."""
        return tuple(one for one in self.left if one.why in LOST)


def convert(folder: RuleFolder, run: Run) -> list[ConvertedRule | RuleLeft]:
    """By pySigma, in a process of its own."""
    return [*converted(folder, run)]


def run_rules(
    case: str, path: Path, store: MarkStore, run: Run, *, convert: Convert = convert, matcher: Matcher = linear
) -> RulesRun:
    """Read the rules, run them, keep what they say instead of what the same rules said before.

    A rule that cannot be read, converted or run costs only itself, and is told. Raises InputError where there are no rules,
    NotFound; Cancelled, which changes nothing.
    """
    folder = rule_folder(path, run.raise_if_cancelled)
    every = convert(folder, run)
    rules = [one for one in every if isinstance(one, ConvertedRule)]
    left = [one for one in every if isinstance(one, RuleLeft)]
    wanted = {field.lower() for rule in rules for field in rule.fields}
    fields = [field for field in FIELDS if field.lower() in wanted or ANYWHERE in wanted]
    with store.gathered(case, fields, matcher, run) as gathered:
        found, failed = _run(rules, gathered, run)
        left = sorted([*left, *failed], key=lambda one: (one.file, one.title))
        ran = len(rules) - len(failed)
        origin = MarkOrigin(SIGMA, str(folder.path), folder.sha256, ran, sum(one.why in LOST for one in left))
        kept = store.keep_rows(case, origin, found, gathered, run)
    return RulesRun(origin, ran, gathered.rows, tuple(left), _absent(rules), kept)


def _run(rules: list[ConvertedRule], gathered: GatheredRows, run: Run) -> tuple[dict[RuleMark, set[int]], list[RuleLeft]]:
    """Rule -> rows that it describes, of those that describe any; and the rules that failed."""
    found: dict[RuleMark, set[int]] = defaultdict(set)
    failed: list[RuleLeft] = []
    for number, rule in enumerate(rules, start=1):
        run.raise_if_cancelled()
        try:
            rows = {
                row
                for query in rule.queries
                for row in gathered.matching(query, rule.fields, rule.system, run.raise_if_cancelled)
            }
        except (ConditionRefused, ConditionSlow) as error:
            why = WhyLeft.SLOW if isinstance(error, ConditionSlow) else WhyLeft.FAILED
            failed.append(RuleLeft(rule.file, rule.mark.title, why, error.message))
        else:
            if rows:
                found[replace(rule.mark, by=SIGMA)] |= rows
        run.report(Step("run rules", number, len(rules), "rules", rule.mark.title, last=number == len(rules)))
    return dict(found), failed


def _absent(rules: list[ConvertedRule]) -> dict[str, int]:
    kept = {field.lower() for field in (*FIELDS, ANYWHERE)}
    counts = Counter(field for rule in rules for field in rule.fields if field.lower() not in kept)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
