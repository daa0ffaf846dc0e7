"""Pairs of programs by name, role and place: what single programs must not start, and what is usual although roles say otherwise.

Data in data/starts_windows.toml and its second half (_apps), data/starts_linux.toml and data/usual.toml. The rules of one system
look at programs of that system; which one a pair is of, the child's path says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from engine.knowledge.breaks import NO_BREAK, Break, filled
from engine.knowledge.locations import Location, location_class
from engine.knowledge.residents import is_resident
from engine.knowledge.roles import Role, is_windows, plain_names, role
from engine.knowledge.tables import Block, blocks, load, techniques, words

STARTS = {True: ("starts_windows", "starts_windows_apps"), False: ("starts_linux",)}
"""The tables of each system: Windows, or not. The first has the places that all of them mean."""
NEVER_USUAL = frozenset({Role.ATTACK_TOOL, Role.CREDENTIAL_TOOL})


@dataclass(frozen=True, slots=True)
class Program:
    """What the rules look at in a path. Made once a path: `program`."""

    names: frozenset[str]
    """Its name, and the same without version, architecture and target."""
    role: Role
    place: Location | None
    """None for what belongs in its place: that says nothing."""


@lru_cache(maxsize=1 << 16)  # asked for every pair; about 20 MB when full
def program(path: str) -> Program:
    """A folded path or name as the rules see it."""
    return Program(frozenset(plain_names(path)), role(path), None if is_resident(path) else location_class(path))


@dataclass(frozen=True, slots=True)
class PairRule:
    """An entry of the tables. A parent is meant by name or role, a child by name, role or place; no child at all means any."""

    parents: frozenset[str]
    parent_roles: frozenset[Role]
    children: frozenset[str]
    roles: frozenset[Role]
    places: frozenset[Location]
    but: frozenset[str]
    """Children that are never meant."""
    weight: float
    """Of a break; of what is usual, the most that the pair may weigh."""
    why: str
    phrase: str
    techniques: tuple[str, ...]

    def is_of(self, parent: Program) -> bool:
        """Whether the entry is about what this program starts."""
        return parent.role in self.parent_roles or not self.parents.isdisjoint(parent.names)

    def speaks(self, child: Program) -> bool:
        """Whether the entry is about this child of one of its parents."""
        if not self.but.isdisjoint(child.names):
            return False
        anybody = not (self.children or self.roles or self.places)
        return anybody or child.role in self.roles or child.place in self.places or not self.children.isdisjoint(child.names)


def starts_broken(parent: str, child: str) -> Break:
    """The heaviest entry about what single programs must not start; NO_BREAK where none speaks."""
    found = _speaking("starts", parent, child)
    if not found:
        return NO_BREAK
    rule = max(found, key=lambda one: one.weight)
    return Break(rule.weight, rule.why, filled(rule.phrase, role(parent), role(child)), rule.techniques)


def most(parent: str, child: str, *, named: bool = False) -> float:
    """The most that roles may make of a pair, 0 … 1: less than 1 where healthy systems have it every day.

    `named`: the most that an entry by name or place may; only what names the child itself takes back something so special.
    No tool for attacks or credentials is ever usual.
    """
    if role(child) in NEVER_USUAL:
        return 1.0
    # A name is no one's where everybody can write: the verclsid.exe that is usual is that of System32.
    borrowed = program(child).place in _dropped(is_windows(child))
    found = (
        rule.weight
        for rule in _speaking("usual", parent, child)
        if (rule.children or not named) and not (rule.children and borrowed)
    )
    return min(found, default=1.0)


def judges(path: str) -> bool:
    """Whether any entry, of either system, could be about what this path starts."""
    return any(_of_parent(key, path, windows) for key in ("starts", "usual") for windows in (True, False))


def _speaking(key: str, parent: str, child: str) -> list[PairRule]:
    of_parent = _of_parent(key, parent, is_windows(child))
    return [rule for rule in of_parent if rule.speaks(program(child))] if of_parent else []


@lru_cache(maxsize=1 << 16)  # of every pair, and there are far fewer parents
def _of_parent(key: str, path: str, windows: bool) -> tuple[PairRule, ...]:
    return tuple(rule for rule in _rules(key, windows) if rule.is_of(program(path)))


@cache
def _rules(key: str, windows: bool) -> tuple[PairRule, ...]:
    if key == "starts":
        groups = load(STARTS[windows][0])["places"]
        return tuple(_rule(block, groups) for block in blocks(key, STARTS[windows]))
    return tuple(_rule(block, {}) for block in blocks(key, (key,)) if (block["os"] == "windows") == windows)


def _rule(block: Block, groups: Block) -> PairRule:
    places = (place for group in block.get("places", []) for place in groups[group].split())
    return PairRule(
        parents=frozenset(words(block, "parents")),
        parent_roles=_roles(block.get("parent_roles", [])),
        children=frozenset(words(block, "children")),
        roles=_roles(block.get("roles", [])),
        places=frozenset(Location[place.upper()] for place in places),
        but=frozenset(words(block, "but")),
        weight=block["weight"] if "weight" in block else block["at_most"],
        why=block["why"],
        phrase=block.get("phrase", ""),
        techniques=techniques(block),
    )


@cache
def _dropped(windows: bool) -> frozenset[Location]:
    """Where programs are put that no package put there."""
    return frozenset(Location[place.upper()] for place in load(STARTS[windows][0])["places"]["dropped"].split())


def _roles(names: Iterable[str]) -> frozenset[Role]:
    return frozenset(Role[name.upper()] for name in names)
