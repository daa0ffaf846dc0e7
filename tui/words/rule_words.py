"""Where a normalisation rule acts, and which chains it changes, in words. Log text in them is made visible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.untrusted import visible
from tui.words.words import SHORT_KEY

if TYPE_CHECKING:
    from engine.rules.corpus import ChainChanges
    from engine.rules.learning.report import Reduction
    from engine.rules.rule import Rule, RuleSet


def where(rule: Rule) -> str:
    """Where a rule acts, in words."""
    parts = {"any": "", "directory": "directories", "name": "file names"}[rule.position.value]
    zones = ", ".join(sorted(zone.name.lower().replace("_", " ") for zone in rule.zones))
    under = "below " + ", ".join(visible(word) for word in rule.under[:4]) if rule.under else ""
    return "; ".join(text for text in (parts, zones and f"in {zones}", under) if text) or "anywhere"


LIKE = 3
"""Words that a short origin names."""


def origin(rule: Rule, like: int = LIKE) -> str:
    """Where a rule comes from, in a sentence without a full stop, with at most `like` words of its cluster."""
    from engine.rules.rule import LEARNT, WRITTEN

    taken = f"taken from {visible(rule.taken_from)}: " if rule.taken_from else ""
    if rule.kind == WRITTEN:
        return f"{taken}written by hand"
    if rule.kind != LEARNT:
        return f"{taken}recognised kind: {visible(rule.kind)}"
    found = rule.origin
    if found is None:
        return f"{taken}learnt from clusters of words"
    words = ", ".join(visible(word, 60) for word in found.like[:like]) + ", …" * (found.words > min(len(found.like), like))
    others = f" and {found.others:,} other{'s' * (found.others != 1)}" if found.others else ""
    return f"{taken}learnt from cluster {found.cluster}{others} ({found.words:,} words): {words}"


def ratios(found: Reduction, rules: RuleSet) -> str:
    """What normalisation did, in the terms of the paper that it is from: paths, words, how many expressions."""
    learnt = learnt_from_clusters(rules)
    return (
        f"paths {found.paths_before:,} -> {found.paths_after:,} ({found.path_factor:.2f} x), "
        f"words {found.words_before:,} -> {found.words_after:,} ({found.word_factor:.2f} x), "
        f"by {len(rules):,} expressions, {learnt:,} of them learnt from clusters"
    )


def learnt_from_clusters(rules: RuleSet) -> int:
    """Rules whose form clusters showed; the others are recognised kinds, or written by hand."""
    from engine.rules.rule import LEARNT

    return sum(rule.kind == LEARNT for rule in rules.rules)


def change_lines(found: ChainChanges) -> list[str]:
    """The listed chains: key, processes, what becomes of each changed step, with how many chains it is one afterwards."""
    lines = []
    for one in found.chains:
        joined = f"; one with {one.joins:,} other{'s' * (one.joins != 1)}" if one.joins else ""
        parted = f"; apart from {one.parts_from:,}" if one.parts_from else ""
        lines.append(f"chain {one.key[:SHORT_KEY]}  {one.count:,} process{'es' * (one.count != 1)}{joined}{parted}")
        lines += [f"  {visible(a)} -> {visible(b)}" for a, b in zip(one.before, one.after, strict=True) if a != b]
    if found.changed > len(found.chains) > 0:
        lines.append(f"… and {found.changed - len(found.chains):,} more")
    return lines
