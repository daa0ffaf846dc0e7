"""From clusters to rules: recognised kinds first, then shapes, each narrowed to what its clusters hold, merged where alike."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.knowledge.locations import Zone
from engine.rules.apply import is_name
from engine.rules.kinds import PROBES, WordKind
from engine.rules.language.expression import masked, parse, unmasked
from engine.rules.learning.alignment import ClusterMember, Shape, merged, shapes_of
from engine.rules.learning.machine_made import DIGITS, SURE
from engine.rules.rule import LEARNT, Position, Rule, RuleOrigin

LEAST = 8
"""Different words at least that a rule is learnt from."""
LEAST_OF_KIND = 4
"""The same for a recognised kind, whose language is known beforehand: only that it occurs has to be seen."""
CERTAIN = frozenset({"runtime"})
LEAST_CERTAIN = 2
"""For a kind that is spelt out (`jre7`): two words are company enough, and no share of all words is asked for."""
LEAST_SHARE = 2e-5
"""And this share of all words."""
MOST_RULES = 60
KEPT = 200
"""Members of clusters that are remembered with a rule, for people and for the check that it matches them."""
LIKE = 6
"""Words that are kept of the cluster that a rule is from."""
NOISE = -1
_TEMPORARY = frozenset({Zone.TEMP, Zone.RECYCLE})


def least_support(kind: str, words: int, *, sure: bool = False) -> int:
    """Different words that a rule of a kind needs, of `words` in all. `sure`: learnt from what nobody can have chosen."""
    if kind in CERTAIN:
        return LEAST_CERTAIN
    few = SURE if sure else LEAST
    return max(few if kind == LEARNT else LEAST_OF_KIND, round(LEAST_SHARE * words))


@dataclass(slots=True)
class Draft:
    """A rule before the guards, with members of its clusters that it has to match."""

    rule: Rule
    members: list[ClusterMember] = field(default_factory=list)
    sure: bool = False
    """As the shape that it was made of."""


@dataclass(slots=True)
class _Seen:
    texts: set[str] = field(default_factory=set)
    clusters: Counter[int] = field(default_factory=Counter)
    members: list[ClusterMember] = field(default_factory=list)
    count: int = 0
    scattered: list[tuple[ClusterMember, str]] = field(default_factory=list)
    """Finds in clusters that have too few of the kind to count by themselves: as good as those in no cluster."""


def drafts(clusters: Sequence[Sequence[ClusterMember]], words: int, noise: Sequence[ClusterMember] = ()) -> list[Draft]:
    """Rules for clusters of words; `words` is how many words there are in all. At most MOST_RULES.

    In the `noise`, words of no cluster, recognised kinds are recognised too; shapes need company. A directory counts by what the
    kinds make of its name: what lies below `go-build2937` and below `go-build8173` lies below `go-build<number>`.
    """
    seen = [_Seen() for _ in PROBES]
    shapes: list[Shape] = []
    probes = [parse(kind.probe) for kind in PROBES]
    marks = [masked(kind.replacement) for kind in PROBES]
    recognised = [_recognise(number, _changeable(members), probes, marks, seen) for number, members in enumerate(clusters)]
    loners = _recognise(NOISE, _changeable(noise), probes, marks, seen)
    named = {member.word: unmasked(member.text) for members in (*recognised, loners) for member in members}
    for number, members in enumerate(recognised):
        placed = [replace(member, parent=named.get(member.parent, member.parent)) for member in members]
        shapes += shapes_of(number, placed, LEAST)
    found = [_of_kind(kind, one) for kind, one in zip(PROBES, seen, strict=True) if one.count >= least_support(kind.name, words)]
    cluster_of = {member.word: number for number, members in enumerate(clusters) for member in members}
    learnt = [
        _of_shape(shape, cluster_of) for shape in merged(shapes)
        if len({member.word for member in shape.members}) >= least_support(LEARNT, words, sure=shape.sure)
    ]  # fmt: skip
    learnt.sort(key=lambda draft: (-draft.rule.support, draft.rule.pattern))
    return found + learnt[: MOST_RULES - len(found)]


def _changeable(members: Sequence[ClusterMember]) -> list[ClusterMember]:
    """Names that look like versions teach nothing: no rule will change them."""
    return [member for member in members if not is_name(member.word, member.parent)]


def _recognise(
    number: int, members: Sequence[ClusterMember], probes: Sequence[object], marks: Sequence[str], seen: Sequence[_Seen]
) -> list[ClusterMember]:
    """Replace recognised kinds in the members of one cluster; what the cluster has of each is noted in `seen`."""
    texts = [member.text for member in members]
    for kind, probe, mark, store in zip(PROBES, probes, marks, seen, strict=True):
        found: list[tuple[int, str]] = []
        for row, member in enumerate(members):
            if _elsewhere(kind, member):
                continue
            text, at = texts[row], 0
            while (hit := probe.find(text, at)) is not None:  # type: ignore[attr-defined]
                found.append((row, hit[1]))
                text, at = text[: hit.start(1)] + mark + text[hit.end(1) :], hit.start(1) + 1
            texts[row] = text
        _note(store, number, kind, members, found)
    return [
        ClusterMember(text, member.word, member.parent, member.name, member.zone)
        for text, member in zip(texts, members, strict=True)
    ]


def _elsewhere(kind: WordKind, member: ClusterMember) -> bool:
    if (kind.position is Position.DIRECTORY and member.name) or (kind.zones and Zone(member.zone) not in kind.zones):
        return True
    return bool(kind.under) and member.parent not in kind.under


def _note(store: _Seen, number: int, kind: WordKind, members: Sequence[ClusterMember], found: Sequence[tuple[int, str]]) -> None:
    hits = [(members[row], text) for row, text in found]
    if number == NOISE:
        hits += store.scattered
    hit = list(dict.fromkeys(member for member, _ in hits))
    # One odd word in a cluster of others is no evidence of a kind.
    if len(hit) < (1 if kind.name in CERTAIN else LEAST_OF_KIND if number != NOISE else 2):
        store.scattered += hits
        return
    store.count += len(hit)
    if number != NOISE:
        store.clusters[number] += len(hit)
    # Narrowing looks at lengths, separators and letters; which digits they were does not matter.
    store.texts.update(
        text if kind.name == "user" else re.sub("[0-9]", "9", text) if kind.name not in _WITH_DIGITS else text for _, text in hits
    )
    store.members += hit[: max(4, KEPT - len(store.members))]


_WITH_DIGITS = frozenset({"version"})
"""Kinds in whose forms a digit is no mere digit: `_64` is no update."""


def _of_kind(kind: WordKind, seen: _Seen) -> Draft:
    texts = sorted(seen.texts)
    rule = Rule(
        pattern=kind.narrow(texts), replacement=kind.replacement, kind=kind.name, position=kind.position, under=kind.under,
        zones=kind.zones, support=seen.count, clusters=tuple(number for number, _ in seen.clusters.most_common(20)),
    )  # fmt: skip
    return Draft(rule, seen.members[:KEPT])


def _of_shape(shape: Shape, cluster_of: Mapping[str, int]) -> Draft:
    zones = frozenset(Zone(member.zone) for member in shape.members)
    names = {member.name for member in shape.members}
    position = Position.ANY if len(names) == 2 else Position.NAME if True in names else Position.DIRECTORY
    replacement = "<number>" if shape.chars == DIGITS else "<temp>" if zones <= _TEMPORARY else "<id>"
    rule = Rule(
        pattern=shape.expression, replacement=replacement, kind=LEARNT, position=position, zones=zones,
        under=tuple(sorted(shape.under)), support=len({member.word for member in shape.members}),
        clusters=tuple(number for number, _ in shape.clusters.most_common(20)), origin=_origin(shape, cluster_of),
    )  # fmt: skip
    return Draft(rule, shape.members[:KEPT], shape.sure)


def _origin(shape: Shape, cluster_of: Mapping[str, int]) -> RuleOrigin:
    number = shape.clusters.most_common(1)[0][0]
    words = sorted({member.word for member in shape.members if cluster_of[member.word] == number})
    like = words[:: max(1, len(words) // LIKE)][:LIKE]
    return RuleOrigin(number, len(words), tuple(like), len(shape.clusters) - 1)


def by_cluster(members: Sequence[ClusterMember], labels: Sequence[int]) -> list[list[ClusterMember]]:
    """Members of each cluster, noise left out."""
    found: dict[int, list[ClusterMember]] = defaultdict(list)
    for member, label in zip(members, labels, strict=True):
        if label >= 0:
            found[label].append(member)
    return [found[number] for number in range(max(found, default=-1) + 1)]
