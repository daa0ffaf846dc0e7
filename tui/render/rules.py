"""Rules, and what they do, for eyes and for machines. Patterns and examples hold log text: all of it is made visible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table

from engine.untrusted import visible
from tui.render.tables import table
from tui.words.rule_words import learnt_from_clusters, origin, where

if TYPE_CHECKING:
    from engine.jobs.rules import RulesLearnt
    from engine.rules.corpus import ChainChanges
    from engine.rules.guards import Check
    from engine.rules.learning.patterns import NearWords
    from engine.rules.learning.report import Reduction
    from engine.rules.rule import Rule, RuleSet

WIDTH = 70
MOST_LIKE = 12
COUNTED = ("before", "after", "factor")
Row = tuple[str, str, str, str]


def rules_table(rules: Sequence[Rule]) -> Table:
    """One row a rule, in order of application."""
    out = table(
        "rule", "state", "words", "become", "pattern", "placeholder", "where", "origin", right=("rule", "words", "become")
    )
    for rule in rules:
        state = "refused" if rule.refusals else rule.state.value
        out.add_row(
            str(rule.id or ""),
            state,
            f"{rule.support:,}",
            f"{rule.merges:,}",
            visible(rule.pattern, WIDTH),
            rule.replacement,
            where(rule),
            origin(rule),
        )
    return out


def rule_text(rule: Rule, checks: Sequence[Check]) -> str:
    """Everything about one rule."""
    lines = [
        f"rule {rule.id} (version {rule.version}), {rule.state.value}, {rule.kind}",
        f"  pattern       {visible(rule.pattern)}",
        f"  becomes       {rule.replacement}",
        f"  where         {where(rule)}",
        f"  origin        {origin(rule, like=MOST_LIKE)}",
        f"  support       {rule.support:,} different words became {rule.merges:,}",
    ]
    if rule.clusters:
        lines.append(f"  met in        clusters {', '.join(map(str, rule.clusters[:10]))}")
    lines += [f"  example       {visible(before)} -> {visible(after)}" for before, after in rule.examples]
    lines += [f"  left alone    {visible(word)}" for word in rule.counter_examples]
    lines += [f"  refused       {visible(text)}" for text in rule.refusals]
    lines += [f"  guard {'ok    ' if one.passed else 'BROKEN'}  {one.guard}: {visible(one.sentence)}" for one in checks]
    return "\n".join(lines)


def rule_dict(rule: Rule) -> dict[str, Any]:
    """For JSON."""
    return {"rule": rule.id, "state": rule.state.value, **rule.to_dict(), "origin_in_words": origin(rule, like=MOST_LIKE)}


def report_table(found: RulesLearnt) -> Table:
    """What learning did."""
    clustering, held = found.learnt.clustering, found.held_out
    noise = float((clustering.labels < 0).mean())
    out = _counted(
        *_counts(found.reduction),
        ("words changed by a rule", "", f"{found.reduction.coverage:.1%}", ""),
        (f"clusters (eps {clustering.eps:.3f}, min {clustering.min_samples})", "", f"{clustering.count:,}", ""),
        ("words in no cluster", "", f"{noise:.1%}", ""),
        ("recall of the neighbour search", "", f"{clustering.recall:.1%}", ""),
    )
    if held is not None:
        out.add_section()
        _add(
            out,
            (f"other half of the hosts, {held.applied_to:,} paths", "", "", ""),
            ("  paths, rules of the first half", "", "", f"{held.path_factor:.2f}"),
            ("  paths, rules of all hosts", "", "", f"{held.path_factor_all:.2f}"),
            ("  words, rules of the first half", "", "", f"{held.word_factor:.2f}"),
            ("  words, rules of all hosts", "", "", f"{held.word_factor_all:.2f}"),
            ("  words the first half does not know", f"{held.unknown_before:.1%}", f"{held.unknown_after:.1%}", ""),
        )
    _add(out, ("seconds", "", f"{found.seconds:,.0f}", ""))
    return out


def preview_table(found: Reduction, chains: ChainChanges) -> Table:
    """What the rules would do to a case."""
    before, after = chains.before.different, chains.after.different
    return _counted(
        *_counts(found),
        ("different chains", f"{before:,}", f"{after:,}", f"{before / max(after, 1):.2f}"),
        ("chains of which a step changes", "", f"{chains.changed:,}", ""),
        ("processes of these", "", f"{chains.processes:,}", ""),
    )


def _counts(found: Reduction) -> Sequence[Row]:
    return (
        ("unique paths", f"{found.paths_before:,}", f"{found.paths_after:,}", f"{found.path_factor:.2f}"),
        ("unique words", f"{found.words_before:,}", f"{found.words_after:,}", f"{found.word_factor:.2f}"),
        ("words met in one path only", f"{found.hapax_before:.1%}", f"{found.hapax_after:.1%}", ""),
        ("paths whose directories were kept", "", f"{found.kept_back:,}", ""),
    )


def _counted(*rows: Row) -> Table:
    out = table("", *COUNTED, right=COUNTED)
    _add(out, *rows)
    return out


def _add(out: Table, *rows: Row) -> None:
    for row in rows:
        out.add_row(*row)


def preview_dict(found: Reduction, chains: ChainChanges, rules: RuleSet) -> dict[str, Any]:
    """For JSON."""
    counts = {
        "before": chains.before.different, "after": chains.after.different,
        "changed": chains.changed, "processes": chains.processes,
    }  # fmt: skip
    changed = [asdict(one) for one in chains.chains]
    return {"reduction": found.to_dict(), "expressions": _expressions(rules), "chains": counts, "changed_chains": changed}


def _expressions(rules: RuleSet) -> dict[str, int]:
    return {"applied": len(rules), "learnt_from_clusters": learnt_from_clusters(rules)}


def near_dict(found: NearWords) -> dict[str, Any]:
    """For JSON."""
    return {
        "word": found.word,
        "seen": found.seen,
        "has_vector": found.has_vector,
        "ngrams": len(found.ngrams),
        "known_ngrams": list(found.known),
        "sharing": [{"word": word, "ngrams": count} for word, count in found.sharing],
        "nearest": [{"word": word, "cosine": round(near, 4)} for word, near in found.near],
    }


def report_dict(found: RulesLearnt) -> dict[str, Any]:
    """For JSON."""
    from engine.rules.rule import RuleSet

    clustering = found.learnt.clustering
    return {
        "rules": [rule_dict(rule) for rule in found.rules],
        "reduction": found.reduction.to_dict(),
        "expressions": _expressions(RuleSet.of(found.rules)),
        "held_out": None if found.held_out is None else found.held_out.to_dict(),
        "clustering": {
            "clusters": clustering.count,
            "eps": clustering.eps,
            "min_samples": clustering.min_samples,
            "neighbour_recall": clustering.recall,
            "noise": float((clustering.labels < 0).mean()),
        },
        "seconds": found.seconds,
    }
