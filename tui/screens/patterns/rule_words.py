"""A rule, and what it does, as lines of the Patterns screen."""

from __future__ import annotations

from collections.abc import Sequence

from engine.rules.apply import parts_of
from engine.rules.corpus import ChangedChain
from engine.rules.guards import Check
from engine.rules.learning.learn import ClusterView
from engine.rules.learning.patterns import Patterns
from engine.rules.rule import Rule
from engine.untrusted import visible
from tui.actions.rules import Exchange, LiveEffect
from tui.words.rule_words import change_lines, origin, where
from tui.words.spans import Line
from tui.words.words import SHORT_KEY

LABEL = 12
CLUSTERS = 6
WRAP = 46
STATES = {"accepted": ("●", "good"), "proposed": ("○", "accent"), "rejected": ("×", "dim")}


def state_of(rule: Rule) -> tuple[str, str]:
    """Sign and role."""
    return ("!", "error") if rule.refusals else STATES[rule.state.value]


def detail_lines(rule: Rule, checks: tuple[Check, ...], patterns: Patterns | None, effect: LiveEffect | None) -> list[Line]:
    """Pattern, place, effect, guards, examples, clusters."""
    sign, role = state_of(rule)
    lines: list[Line] = [
        [
            (f"{sign} ", role),
            ("refused" if rule.refusals else rule.state.value, role),
            (f"  {rule.kind}, version {rule.version}", "dim"),
        ],
        *_long_row("pattern", visible(rule.pattern)),
        _row("becomes", rule.replacement),
        _row("where", where(rule)),
        *_long_row("origin", origin(rule, like=6)),
        _row("support", f"{rule.support:,} words became {rule.merges:,}"),
        [("", "")],
        *_effect_lines(rule, effect),
        [("", "")],
        [("guards", "title")],
    ]
    lines += [_guard(one) for one in (effect.checks if effect is not None and effect.rule == rule.id else checks)]
    lines += [[("", "")], [("examples", "title")]]
    lines += [[(visible(before, 60), ""), (" → ", "dim"), (visible(after, 60), "accent")] for before, after in rule.examples]
    if patterns is not None:
        lines += _cluster_lines(rule, patterns)
    return lines


def _row(label: str, value: str) -> Line:
    return [(f"{label:<{LABEL}}", "dim"), (value, "")]


def _long_row(label: str, value: str) -> list[Line]:
    """A value over as many lines as it takes: a pattern that is cut off says nothing."""
    parts = [value[start : start + WRAP] for start in range(0, len(value), WRAP)] or [""]
    return [_row(label if place == 0 else "", part) for place, part in enumerate(parts)]


def _guard(one: Check) -> Line:
    sign, role = ("✓", "good") if one.passed else ("✗", "error")
    return [(f"{sign} ", role), (f"{one.guard:<{LABEL}}", "dim"), (visible(one.sentence), "" if one.passed else "error")]


def _effect_lines(rule: Rule, effect: LiveEffect | None) -> list[Line]:
    if effect is None or effect.rule != rule.id:
        return [[("effect on this case: counting …", "dim")]]
    share = "" if effect.paths == effect.of else f" (of every {-(-effect.of // effect.paths)}th path)"
    on, off = effect.with_it, effect.without
    return [
        [("effect on this case", "title"), (share, "dim")],
        _row("paths", f"{off.paths_after:,} without it → {on.paths_after:,} with it ({on.path_factor:.2f}× fewer than recorded)"),
        _row("words", f"{off.words_after:,} without it → {on.words_after:,} with it ({on.word_factor:.2f}×)"),
        *_chain_lines(effect),
    ]


def _chain_lines(effect: LiveEffect) -> list[Line]:
    found = effect.chains
    if found is None:
        return [_row("chains", f"too many to look at here: oddkin rules apply-preview --rule {effect.rule}")]
    told = f"{found.before.different:,} without it → {found.after.different:,} with it; {found.changed:,} change"
    lines = [_row("chains", told)]
    for one in found.chains:
        also = f", one with {one.joins:,} other{'s' * (one.joins != 1)}" if one.joins else ""
        lines.append([(f"  chain {one.key[:SHORT_KEY]}", ""), (f"  {one.count:,} process{'es' * (one.count != 1)}{also}", "dim")])
        lines += [
            [(f"    {visible(old, 60)}", "dim"), (" -> ", "dim"), (visible(new, 60), "accent")] for old, new in changed_words(one)
        ]
    if found.changed > len(found.chains) > 0:
        lines.append([(f"  … and {found.changed - len(found.chains):,} more", "dim")])
    return lines


def changed_words(one: ChangedChain) -> list[tuple[str, str]]:
    """The words of the chain's paths that become others, each once: whole paths are too long for a pane."""
    pairs = [
        pair
        for before, after in zip(one.before, one.after, strict=True)
        for pair in zip(parts_of(before)[0], parts_of(after)[0], strict=True)
    ]
    return list(dict.fromkeys(pair for pair in pairs if pair[0] != pair[1]))


def exchange_lines(found: Exchange) -> list[str]:
    """What a changed rule would do, as the lines under a question."""
    before, after = found.before, found.after
    text = (
        f"Paths of this case: {before.paths_after:,} with the old rule → {after.paths_after:,} with the new one; "
        f"words {before.words_after:,} → {after.words_after:,}."
    )
    if found.chains is None:
        return [text]
    lines = [visible(line, 200) for line in change_lines(found.chains)]
    return [f"{text} {found.chains.changed:,} chains change.", *lines]


def _cluster_lines(rule: Rule, patterns: Patterns) -> list[Line]:
    if rule.pattern not in patterns.rules:
        return []
    place = patterns.rules.index(rule.pattern)
    found = [one for one in patterns.clusters if place in one.rules]
    lines: list[Line] = [[("", "")], [("clusters", "title"), (f"  {len(found):,} with words that it changes", "dim")]]
    for one in found[:CLUSTERS]:
        lines += cluster_lines(one)
    return lines


def cluster_detail(one: ClusterView, rules: Sequence[tuple[Rule, tuple[Check, ...]]], effect: LiveEffect | None) -> list[Line]:
    """A cluster, all its examples, and each rule that changes its words with what the guards say."""
    lines: list[Line] = [
        _row("pattern", visible(one.pattern, 100) or "–"),
        _row("words", f"{one.size:,}"),
        _row("cohesion", f"{one.cohesion:.2f}"),
        [("", "")],
        [("words like", "title")],
        *([(f"  {visible(word, 100)}", "")] for word in one.examples),
    ]
    if not rules:
        return [*lines, [("", "")], [("No rule changes its words: names that people chose, or too few, or too mixed.", "dim")]]
    for rule, checks in rules:
        sign, role = state_of(rule)
        lines += [[("", "")], [(f"{sign} ", role), (f"rule {rule.id}", "title"), (f"  {visible(rule.pattern)}", "")]]
        known = effect is not None and effect.rule == rule.id
        lines += [_guard(check) for check in (effect.checks if known and effect else checks)]
        if effect is not None and effect.rule == rule.id:
            lines += _effect_lines(rule, effect)
    return lines


def cluster_lines(one: ClusterView) -> list[Line]:
    """Number, size, cohesion, examples."""
    head: Line = [(f"cluster {one.number}", "strong"), (f"  {one.size:,} words, cohesion {one.cohesion:.2f}", "dim")]
    return [head, *([(f"  {visible(word, 70)}", "")] for word in one.examples[:4])]
