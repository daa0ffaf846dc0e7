"""Learning rules from unique paths: words, vectors, clusters, expressions, guards, counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from engine.domain.arrays import Floats32
from engine.errors import UsageError
from engine.knowledge.locations import Zone
from engine.progress import Run, Step
from engine.rules.apply import Normaliser, parts_of
from engine.rules.guards import check, refusals
from engine.rules.learning.alignment import ClusterMember
from engine.rules.learning.cluster_patterns import pattern_of
from engine.rules.learning.clustering import Clustering, cluster
from engine.rules.learning.generate import Draft, by_cluster, drafts, least_support
from engine.rules.learning.graph import unit
from engine.rules.learning.words import WordTable, embed, table_of, vectors_of
from engine.rules.rule import LEARNT, Rule, RuleSet, State
from engine.words.embedding import Embedding

EXAMPLES = 6
COUNTER_EXAMPLES = 4
ALIKE = 3
"""Characters at the beginning that make a word a near one."""
GUARDED = 400
"""Changed paths that each rule's zone guard looks at; applying looks at every path."""
SHOWN_CLUSTERS = 2000
LEAST_PATHS = 20


@dataclass(frozen=True, slots=True)
class ClusterView:
    """One cluster of words as the Patterns screen shows it."""

    number: int
    size: int
    cohesion: float
    """Mean cosine of its words to their mean direction."""
    examples: tuple[str, ...]
    rules: tuple[int, ...]
    """Places in `LearntRules.rules` of those that change its words, most words first."""
    pattern: str = ""
    """What its words have in common (engine.rules.learning.cluster_patterns); "" where an older version learnt."""


@dataclass(frozen=True, slots=True)
class LearntRules:
    """Everything that learning found."""

    rules: tuple[Rule, ...]
    """In their order; safe ones accepted, others proposed with what they broke."""
    clusters: tuple[ClusterView, ...]
    clustering: Clustering
    table: WordTable
    vectors: Floats32
    """[n, d] unit vectors of the table's words."""
    embedding: Embedding
    drafts: tuple[Draft, ...] = field(default=())
    used: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Word -> places in `rules` of those that change it."""

    @property
    def rule_set(self) -> RuleSet:
        """The learnt rules that passed every guard."""
        return RuleSet.of(self.rules)


def learn(paths: Sequence[str], seed: int, run: Run) -> LearntRules:
    """Learn rules from unique folded paths. Repeats with the same seed. Raises UsageError for too few paths, Cancelled."""
    unique = sorted(set(paths))
    if len(unique) < LEAST_PATHS:
        raise UsageError(f"Only {len(unique)} different paths; nothing can be learnt from fewer than {LEAST_PATHS}.")
    table = table_of(unique, run)
    embedding = embed(unique, int(table.counts.sum()), seed, run)
    vectors = vectors_of(table, embedding)
    clustering = cluster(vectors, seed, run)
    groups = by_cluster(table.members, clustering.labels.tolist())
    run.report(Step("write rules", 0, None, "rules"))
    loners = [member for member, label in zip(table.members, clustering.labels.tolist(), strict=True) if label < 0]
    found = drafts(groups, len(table), loners)
    run.raise_if_cancelled()
    rules, used = _measured(found, unique, len(table), run)
    rules = _with_counter_examples(rules, table, used)
    views = _views(groups, clustering, table, unit(vectors), used, Normaliser(RuleSet(rules)))
    return LearntRules(rules, views, clustering, table, unit(vectors), embedding, tuple(found), used)


def _measured(
    found: Sequence[Draft], paths: Sequence[str], words: int, run: Run
) -> tuple[tuple[Rule, ...], dict[str, tuple[int, ...]]]:
    """The rules with support, examples and the guards' verdicts; and word -> places of the rules that change it."""
    ordered = sorted({draft.rule.identity: draft.rule for draft in found}.values(), key=lambda rule: (rule.order, rule.identity))
    sure = {draft.rule.identity for draft in found if draft.sure}
    everything = Normaliser(RuleSet(tuple(ordered)))
    before: list[dict[str, str]] = [{} for _ in ordered]
    touched: list[list[str]] = [[] for _ in ordered]
    used: dict[str, tuple[int, ...]] = {}
    for done, path in enumerate(paths):
        if done % 20_000 == 0:
            run.raise_if_cancelled()
            run.report(Step("try rules", done, len(paths), "paths"))
        made = everything.applied(path)
        for place in made.rules:
            if len(touched[place]) < GUARDED or done % 97 == 0:
                touched[place].append(path)
        _note(everything, path, made.path, before, used)
    run.report(Step("try rules", len(paths), len(paths), "paths", last=True))
    out: list[Rule] = []
    place_of: dict[int, int] = {}
    for place, (rule, changes, some) in enumerate(zip(ordered, before, touched, strict=True)):
        run.raise_if_cancelled()
        if rule.kind == LEARNT and not changes:
            continue  # those before it leave nothing for it
        place_of[place] = len(out)
        # Spread over all it did, not only the first: those are neighbours.
        step = max(1, len(some) // GUARDED)
        least = least_support(rule.kind, words, sure=rule.identity in sure)
        out.append(_judged(rule, changes, some[::step][: 2 * GUARDED], least))
    return tuple(out), {word: tuple(place_of[place] for place in places) for word, places in used.items()}


def _note(
    everything: Normaliser, path: str, made: str, before: Sequence[dict[str, str]], used: dict[str, tuple[int, ...]]
) -> None:
    if path == made:
        return
    old, new = parts_of(path)[0], parts_of(made)[0]
    for place, (one, two) in enumerate(zip(old, new, strict=True)):
        if one == two or one in used:
            continue
        rules = everything.rules_of(one, name=place == len(old) - 1, path=path, parent=new[place - 1] if place else "")
        used[one] = rules
        for rule in rules:
            before[rule][one] = two


def _judged(rule: Rule, changes: dict[str, str], some: Sequence[str], least: int) -> Rule:
    results: dict[str, list[str]] = defaultdict(list)
    for word, made in changes.items():
        if len(results[made]) < 3:
            results[made].append(word)
    spread = sorted(results.items(), key=lambda item: (-len(item[1]), len(item[0]), item[0]))
    examples = [(words[0], made) for made, words in spread[:EXAMPLES]]
    examples += [(words[1], made) for made, words in spread[: EXAMPLES - len(examples)] if len(words) > 1]
    judged = replace(rule, support=len(changes), merges=len(results), examples=tuple(examples))
    broken = refusals(check(judged, some, least))
    return replace(judged, refusals=broken, state=State.PROPOSED if broken else State.ACCEPTED)


def _with_counter_examples(rules: tuple[Rule, ...], table: WordTable, used: dict[str, tuple[int, ...]]) -> tuple[Rule, ...]:
    """Words that begin as a rule's examples do and hold a digit, and that no rule changes: where it draws the line."""
    alike: dict[str, list[str]] = defaultdict(list)
    for member in table.members:
        word = member.word
        if word not in used and any(char.isdigit() for char in word) and len(found := alike[word[:ALIKE]]) < COUNTER_EXAMPLES:
            found.append(word)
    out = []
    for rule in rules:
        near = dict.fromkeys(word for before, _ in rule.examples for word in alike.get(before[:ALIKE], ()))
        out.append(replace(rule, counter_examples=tuple(near)[:COUNTER_EXAMPLES]))
    return tuple(out)


def _views(
    groups: Sequence[Sequence[ClusterMember]], clustering: Clustering, table: WordTable, vectors: Floats32,
    used: Mapping[str, tuple[int, ...]], rules: Normaliser,
) -> tuple[ClusterView, ...]:  # fmt: skip
    order = np.argsort(clustering.labels, kind="stable")
    first = np.searchsorted(clustering.labels[order], np.arange(len(groups) + 1))
    at_home = {member.word: member for member in table.members}

    def made(word: str) -> str:
        """What the rules make of a word where it stands."""
        if word not in used:
            return word
        member = at_home[word]
        return rules.word(word, name=member.name, where=Zone(member.zone), parent=member.parent)[0]

    out = []
    for number, members in enumerate(groups[:SHOWN_CLUSTERS]):
        rows = order[first[number] : first[number + 1]]
        centre = unit(vectors[rows].mean(axis=0, keepdims=True))[0]
        votes: dict[int, int] = defaultdict(int)
        for member in members:
            for place in used.get(member.word, ()):
                votes[place] += 1
        step = max(1, len(members) // EXAMPLES)
        separator = "/" if 2 * table.posix[rows].sum() > len(rows) else "\\"
        out.append(
            ClusterView(
                number, len(members), float((vectors[rows] @ centre).mean()),
                tuple(member.word for member in members[::step][:EXAMPLES]),
                tuple(sorted(votes, key=lambda place: (-votes[place], place))), pattern_of(members, made, separator),
            )
        )  # fmt: skip
    return tuple(out)
