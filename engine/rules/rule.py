"""A rule as an object: what it replaces, where it may, what it was learnt from, what was decided about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from engine.errors import UsageError
from engine.knowledge.locations import Zone
from engine.rules.language.expression import MARKS, BadExpression, Expression, masked, parse


class State(StrEnum):
    """What was decided. Only accepted rules are applied."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Position(StrEnum):
    """Which words of a path a rule looks at."""

    ANY = "any"
    DIRECTORY = "directory"
    NAME = "name"
    """The last word: the executable."""


MAX_UNDER = 64
MOST_LIKE = 12
LEARNT, WRITTEN = "learnt", "written"
"""Kinds of rules that are no recognised ones."""
KINDS = (
    "uuid", "sid", "date", "time", "hex64", "hex40", "hex32", "hex16", "temp", LEARNT, "hex", "version", "runtime", "locale",
    "user", "number", "copy", WRITTEN,
)  # fmt: skip
"""In the order of application: what can be mistaken for less comes first (a UUID holds hex, a date may pass for a version),
shapes that were learnt with their surroundings before kinds that are recognised anywhere, what people wrote last."""


@dataclass(frozen=True, slots=True)
class RuleOrigin:
    """The cluster that most of a learnt rule's words stood in. Numbers are of one learning, words stay."""

    cluster: int
    words: int
    """Words of the cluster that were laid over each other."""
    like: tuple[str, ...]
    """Some of them."""
    others: int = 0
    """Further clusters whose words became the same rule."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"cluster": self.cluster, "words": self.words, "like": list(self.like), "others": self.others}

    @classmethod
    def from_dict(cls, plain: Any) -> RuleOrigin | None:
        """Back from `to_dict`; None for none. Raises what a wrong type or a missing name raises."""
        if plain is None:
            return None
        like = tuple(str(word) for word in plain["like"])[:MOST_LIKE]
        return cls(int(plain["cluster"]), int(plain["words"]), like, int(plain["others"]))


@dataclass(frozen=True)
class Rule:
    """One rule. Immutable; decisions make a new one."""

    pattern: str
    """engine.rules.language.expression; the capturing group is replaced."""
    replacement: str
    """A placeholder, `<version>`."""
    kind: str = WRITTEN
    position: Position = Position.ANY
    zones: frozenset[Zone] = frozenset()
    """Acts in these only; empty: in all."""
    under: tuple[str, ...] = ()
    """Acts directly below directories of these names only; empty: anywhere."""
    state: State = State.PROPOSED
    support: int = 0
    """Different words that it changed where it was learnt."""
    merges: int = 0
    """How many different words those became."""
    clusters: tuple[int, ...] = ()
    """Numbers of the clusters it was learnt from, largest first; none for one that was written by hand."""
    examples: tuple[tuple[str, str], ...] = ()
    """Before, after."""
    counter_examples: tuple[str, ...] = ()
    """Words near to the examples that it leaves alone."""
    refusals: tuple[str, ...] = ()
    """Which guards it broke, in sentences; such a rule is never accepted."""
    id: int | None = None
    """The store's key."""
    version: int = 1
    """Goes up when a rule is edited."""
    origin: RuleOrigin | None = None
    """Of one whose form was learnt; a recognised kind has none, and what older versions stored has none."""
    taken_from: str = ""
    """The model that brought it here."""

    @cached_property
    def expression(self) -> Expression:
        """Parsed. Raises UsageError for a pattern that is none."""
        try:
            return parse(self.pattern)
        except BadExpression as error:
            raise UsageError(f"The pattern {self.pattern!r} cannot be used: {error}.") from error

    @cached_property
    def mark(self) -> str:
        """The private character that stands for the placeholder. Raises UsageError for one that does not exist."""
        found = masked(self.replacement)
        if len(found) != 1 or self.replacement[1:-1] not in MARKS:
            names = ", ".join(f"<{name}>" for name in MARKS)
            raise UsageError(f"{self.replacement!r} is no placeholder.", remedy=f"Choose one of {names}.")
        return found

    @property
    def identity(self) -> tuple[str, ...]:
        """What the rule does; two rules of one identity are one."""
        return (
            self.pattern, self.replacement, self.position.value,
            " ".join(sorted(zone.name for zone in self.zones)), "\x1f".join(sorted(self.under)),
        )  # fmt: skip

    @property
    def order(self) -> tuple[int, int, str]:
        """Place among the rules: kind, longer patterns (more literal text) first, text."""
        kind = KINDS.index(self.kind) if self.kind in KINDS else len(KINDS)
        return kind, -len(self.pattern) - (1000 if self.under else 0), self.pattern

    def decided(self, state: State) -> Rule:
        """The same rule in another state. Raises UsageError when a refused one is to be accepted."""
        if state is State.ACCEPTED and self.refusals:
            raise UsageError(
                f"The rule {self.pattern} breaks a guard: {self.refusals[0]}.",
                remedy="Edit it: oddkin rules add PATTERN PLACEHOLDER",
            )
        return replace(self, state=state)

    def to_dict(self) -> dict[str, Any]:
        """Plain values of everything but key and state, for a store or a model."""
        return {
            "pattern": self.pattern, "replacement": self.replacement, "kind": self.kind, "position": self.position.value,
            "zones": sorted(zone.name for zone in self.zones), "under": list(self.under), "support": self.support,
            "merges": self.merges, "clusters": list(self.clusters), "examples": [list(pair) for pair in self.examples],
            "counter_examples": list(self.counter_examples), "refusals": list(self.refusals), "version": self.version,
            "origin": None if self.origin is None else self.origin.to_dict(), "taken_from": self.taken_from,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Rule:
        """Back from `to_dict`, every field checked. Raises UsageError: databases and model files come from anywhere."""
        try:
            rule = cls(
                pattern=str(plain["pattern"]),
                replacement=str(plain["replacement"]),
                kind=str(plain["kind"]),
                position=Position(plain["position"]),
                zones=frozenset(Zone[name] for name in plain["zones"]),
                under=tuple(str(word) for word in plain["under"])[:MAX_UNDER],
                support=int(plain["support"]),
                merges=int(plain["merges"]),
                clusters=tuple(int(number) for number in plain["clusters"]),
                examples=tuple((str(before), str(after)) for before, after in plain["examples"]),
                counter_examples=tuple(str(word) for word in plain["counter_examples"]),
                refusals=tuple(str(text) for text in plain["refusals"]),
                version=int(plain["version"]),
                origin=RuleOrigin.from_dict(plain.get("origin")),  # older workspaces and models have none
                taken_from=str(plain.get("taken_from", "")),
            )
            _ = rule.expression, rule.mark
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(f"This is no rule of this version of oddkin: {error}.") from error
        return rule


@dataclass(frozen=True)
class RuleSet:
    """Accepted rules in the order in which they are applied. The order is fixed (`Rule.order`), whatever order they come in:
    with that, the result does not depend on who accepted what when.
    """

    rules: tuple[Rule, ...] = ()

    @classmethod
    def of(cls, rules: tuple[Rule, ...] | list[Rule]) -> RuleSet:
        """The accepted ones among `rules`, each once, in order."""
        chosen = {rule.identity: rule for rule in rules if rule.state is State.ACCEPTED and not rule.refusals}
        return cls(tuple(sorted(chosen.values(), key=lambda rule: (rule.order, rule.identity))))

    @property
    def fingerprint(self) -> str:
        """16 hex digits that identify what these rules do."""
        digest = hashlib.blake2b(digest_size=8)
        for rule in self.rules:
            digest.update("\x1e".join(rule.identity).encode("utf-8", "surrogatepass") + b"\x1d")
        return digest.hexdigest() if self.rules else ""

    def __len__(self) -> int:
        return len(self.rules)
