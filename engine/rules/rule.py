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
KINDS = (
    "uuid", "sid", "date", "time", "hex64", "hex40", "hex32", "hex16", "temp", "learnt", "hex", "version", "runtime", "locale",
    "user", "number", "copy", "written",
)  # fmt: skip
"""In the order of application: what can be mistaken for less comes first (a UUID holds hex, a date may pass for a version),
shapes that were learnt with their surroundings before kinds that are recognised anywhere, what people wrote last."""


@dataclass(frozen=True)
class Rule:
    """One rule. Immutable; decisions make a new one."""

    pattern: str
    """engine.rules.language.expression; the capturing group is replaced."""
    replacement: str
    """A placeholder, `<version>`."""
    kind: str = "written"
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
