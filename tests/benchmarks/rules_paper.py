"""Rules learnt from paths of the paper's variety, judged by who made which word.

    python -m tests.benchmarks.rules_paper [SIZE] [SEED]

SIZE 1 is 745,379 paths. Prints a table; nothing is asserted. One thread: set OMP_NUM_THREADS=1 on a busy machine.
"""

from __future__ import annotations

import re
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence

from engine.paths import tokens
from engine.progress import Run, Step
from engine.rules.apply import Normaliser, parts_of
from engine.rules.learning.estate import EstatePaths
from engine.rules.learning.learn import LearntRules, learn
from engine.rules.learning.report import held_out, reduction
from tests.variety.paths import HAND, NAME, SimPath, paper_paths


def main() -> None:
    """Measure."""
    size = float(sys.argv[1]) if len(sys.argv) > 1 else 0.1
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    estate = list(paper_paths(size, seed))
    paths = [one.path for one in estate]
    wall, cpu = time.monotonic(), time.process_time()
    learnt = learn(paths, 1, Run(told))
    row("learn, wall s / CPU s", f"{time.monotonic() - wall:,.0f} / {time.process_time() - cpu:,.0f}")
    row("peak memory, MiB", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f}")
    clustering(learnt)
    begun = time.process_time()
    found = reduction(paths, learnt.rule_set)
    row("apply and count, CPU s", f"{time.process_time() - begun:,.1f}")
    row("rules accepted / found", f"{len(learnt.rule_set)} / {len(learnt.rules)}")
    for rule in learnt.rules:
        if rule.refusals:
            row("refused", f"{rule.pattern[:60]}: {rule.refusals[0]}")
    row("unique paths", f"{found.paths_before:,} -> {found.paths_after:,} = {found.path_factor:.2f}x")
    row("unique words", f"{found.words_before:,} -> {found.words_after:,} = {found.word_factor:.2f}x")
    row("words changed / met once", f"{found.coverage:.1%} / {found.hapax_before:.1%} -> {found.hapax_after:.1%}")
    row("paths kept in their location", f"{found.kept_back:,}")
    truth(estate, learnt)
    if size <= 0.2:
        halves(estate, learnt)


def truth(estate: Sequence[SimPath], learnt: LearntRules) -> None:
    """Against the patterns that made the words."""
    made: dict[str, str] = {}
    possible_paths: set[tuple[str, ...]] = set()
    for one in estate:
        words = tokens(one.path)
        for word, pattern in zip(words, one.patterns, strict=True):
            made.setdefault(word, pattern)
        possible_paths.add(tuple(w if p in {NAME, HAND} else p for w, p in zip(words, one.patterns, strict=True)))
    possible_words = {word if pattern in {NAME, HAND} else pattern for word, pattern in made.items()}
    row(
        "patterns themselves would give",
        f"{len(estate) / len(possible_paths):.2f}x paths, {len(made) / len(possible_words):.2f}x words",
    )
    normaliser = Normaliser(learnt.rule_set)
    classes: dict[str, set[str]] = defaultdict(set)
    zones: dict[str, set[str]] = defaultdict(set)
    for one in estate:
        after = normaliser.path(one.path)
        zones[after].add(one.zone)
        for old, new in zip(parts_of(one.path)[0], parts_of(after)[0], strict=True):
            classes[new].add(old)
    merged = [words for words in classes.values() if len(words) > 1]
    right = sum(Counter(made.get(word, word) for word in words).most_common(1)[0][1] for words in merged)
    row("merged words of one pattern", f"{right / sum(map(len, merged)):.2%} of {sum(map(len, merged)):,}")
    row("normalised paths of two zones", f"{sum(len(found) > 1 for found in zones.values())}")
    by_hand(learnt, made, classes)


def by_hand(learnt: LearntRules, made: dict[str, str], classes: dict[str, set[str]]) -> None:
    """Names that the simulator's people chose, and what changed them: a rule should leave all but copies alone."""
    hand = {word for word, pattern in made.items() if pattern == HAND}
    changed = {word: new for new, words in classes.items() for word in words if word in hand and word != new}
    row("names by hand that were changed", f"{len(changed):,} of {len(hand):,}")
    forms: dict[str, list[str]] = defaultdict(list)
    for word, new in sorted(changed.items()):
        forms["+".join(sorted(re.findall("<[a-z0-9]+>", new))) or "other"].append(f"{word} → {new}")
    for form, words in sorted(forms.items(), key=lambda item: -len(item[1])):
        step = max(1, len(words) // 4)
        row(f"of these {form}", f"{len(words):,}: {'; '.join(words[::step][:4])}")
    swallowed = [
        word for word, new in changed.items() if re.fullmatch(r"(?:<[a-z0-9]+>)+(?:\.[a-z]{3})?", new.removeprefix("\0"))
    ]
    row("of these nothing but a placeholder is left", f"{len(swallowed):,}: {'; '.join(sorted(swallowed)[:6])}")


def halves(estate: Sequence[SimPath], learnt: LearntRules) -> None:
    """Learn on half of the hosts."""
    both = EstatePaths.of([one.path for one in estate], [one.hosts for one in estate])
    first, second = both.halves(1, 40_000)
    half = learn(first, 1, Run(lambda _: None))
    found = held_out(first, second, half.rule_set, learnt.rule_set)
    row("other half of the hosts, paths", f"{found.path_factor:.2f}x (rules of all hosts: {found.path_factor_all:.2f}x)")
    row("other half of the hosts, words", f"{found.word_factor:.2f}x (rules of all hosts: {found.word_factor_all:.2f}x)")
    row("words unknown to the first half", f"{found.unknown_before:.1%} -> {found.unknown_after:.1%}")


def clustering(learnt: LearntRules) -> None:
    """What DBSCAN did."""
    found = learnt.clustering
    noise = float((found.labels < 0).mean())
    row("clusters, eps, min_samples", f"{found.count:,}, {found.eps:.3f}, {found.min_samples}")
    row("noise / neighbour recall", f"{noise:.1%} / {found.recall:.1%}")


def told(step: Step) -> None:
    """Stages as they end."""
    if step.last:
        print(
            f"# {step.stage} {step.done:,} {dict(step.metrics)} at CPU {time.process_time():,.0f} s", file=sys.stderr, flush=True
        )


def row(name: str, value: str) -> None:
    """One line of the table."""
    print(f"| {name} | {value} |", flush=True)


if __name__ == "__main__":
    main()
