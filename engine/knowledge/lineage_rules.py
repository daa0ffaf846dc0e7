"""Which program starts which: breaks between roles, expected parents, programs that start nothing; all tables of pairs together.

Data in data/lineage.toml; entries by name and place are in engine.knowledge.pair_rules. docs/knowledge.md lists every entry.
All values are 0 (fits, or nothing known) to 1 (people investigate at once).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from engine.knowledge.breaks import NO_BREAK, Break, filled
from engine.knowledge.locations import is_writable, location_class
from engine.knowledge.pair_rules import judges, most, starts_broken
from engine.knowledge.residents import is_resident
from engine.knowledge.roles import ROLE_SLOTS, SUSPECT_ROLES, Role, is_windows, name_of, role, stem
from engine.knowledge.tables import blocks, load, techniques, words

Matrix = npt.NDArray[np.float64]

TOOLS = SUSPECT_ROLES | {Role.SCHEDULER, Role.COPY_TOOL}
"""What does whatever it is told to: schtasks and robocopy as well as reg."""


@dataclass(frozen=True, slots=True)
class ParentRule:
    """Expected parents of some names, or allowed children of some."""

    names: frozenset[str]
    others: frozenset[str]
    weight: float
    why: str
    phrase: str
    """The same in at most 26 cells."""
    techniques: tuple[str, ...]


def role_break(parent: Role, child: Role) -> float:
    """How unusual it is that a program of one role starts one of the other."""
    return float(break_matrix()[parent, child])


def grandparent_break(grandparent: Role, child: Role) -> float:
    """How unusual it is that a program of one role stands two steps above one of the other."""
    return float(break_matrix(grand=True)[grandparent, child])


def role_break_reason(parent: Role, child: Role) -> str:
    """Why a pair of roles is a break; "" where it is none."""
    return role_broken(parent, child).reason


@cache
def role_broken(parent: Role, child: Role, *, grand: bool = False) -> Break:
    """The heaviest break between two roles (`grand`: with one process between them), NO_BREAK where it is none."""
    return max(_breaks(parent, child, grand), key=lambda one: one.value, default=NO_BREAK)


@cache
def break_matrix(grand: bool = False) -> Matrix:
    """[ROLE_SLOTS, ROLE_SLOTS] weights, parent (or grandparent) by child. Shared: do not write into it."""
    matrix = np.zeros((ROLE_SLOTS, ROLE_SLOTS))
    for block in load("lineage")["break"]:
        for parent in block["parents"]:
            for child in block["children"]:
                at = (Role[parent.upper()], Role[child.upper()])
                matrix[at] = max(matrix[at], block["grand" if grand else "weight"])
    matrix.flags.writeable = False
    return matrix


def _breaks(parent: Role, child: Role, grand: bool) -> Iterator[Break]:
    for block in load("lineage")["break"]:
        if parent.name.lower() in block["parents"] and child.name.lower() in block["children"]:
            phrase = filled(block["phrase"], parent, child)
            yield Break(block["grand" if grand else "weight"], block["why"], phrase, techniques(block))


@cache
def _rules(key: str, windows: bool) -> tuple[ParentRule, ...]:
    other = "parents" if key == "expected" else "children"
    return tuple(
        ParentRule(
            frozenset(words(block)),
            frozenset(words(block, other)),
            block["weight"],
            block["why"],
            block["phrase"],
            techniques(block),
        )
        for block in blocks(key, ("lineage",))
        if (block["os"] == "windows") == windows
    )


@cache
def _rule_of(key: str, windows: bool) -> dict[str, int]:
    return {name: at for at, rule in enumerate(_rules(key, windows)) for name in rule.names}


def expected_parents(name: str, windows: bool = True) -> frozenset[str]:
    """Names (without extension) that start the named program on a healthy system; empty where there is no rule."""
    at = _rule_of("expected", windows).get(stem(name))
    return frozenset() if at is None else _rules("expected", windows)[at].others


@lru_cache(maxsize=1 << 16)  # several signals ask about the same pairs; about 20 MB when full
def pair_broken(parent: str, child: str) -> Break:
    """The heaviest that all tables say of a pair of folded paths or names, by roles, names and places; "" is nobody's.

    What healthy systems have every day weighs no more than the table of usual pairs lets it, whatever roles say.
    """
    if not parent or not child:
        return NO_BREAK
    by_role = role_broken(role(parent), role(child))
    if by_role.value:
        by_role = replace(by_role, value=min(by_role.value, most(parent, child)))
    # Of equal weight the one by name is told: it knows more.
    return max(parent_broken(parent, child), by_role, key=lambda one: one.value)


def parent_broken(parent: str, child: str) -> Break:
    """The same by names and places alone, without what roles say."""
    if not parent or not child:
        return NO_BREAK
    by_name = max(_barren(parent, child), starts_broken(parent, child), key=lambda one: one.value)
    if by_name.value:
        by_name = replace(by_name, value=min(by_name.value, most(parent, child, named=True)))
    return max(by_name, _unexpected(parent, child), key=lambda one: one.value)


def _unexpected(parent: str, child: str) -> Break:
    """A parent that is not among the expected ones of the child."""
    rules = _rules("expected", is_windows(child))
    at = _rule_of("expected", is_windows(child)).get(name_of(child))
    upper = name_of(parent)
    if at is None or upper in rules[at].others:
        return NO_BREAK
    rule = rules[at]
    return Break(rule.weight, f"{name_of(child)} started by {upper}: {rule.why}", rule.phrase, rule.techniques)


def _barren(parent: str, child: str) -> Break:
    """A parent that should start nothing but its own helpers."""
    rules = _rules("barren", is_windows(parent))
    at = _rule_of("barren", is_windows(parent)).get(name_of(parent))
    if at is None or name_of(child) in rules[at].others or not suspicious(child):
        return NO_BREAK
    rule = rules[at]
    return Break(rule.weight, f"{name_of(parent)} {rule.why}", rule.phrase, rule.techniques)


def judged_as(path: str) -> tuple[bool, bool]:
    """Whether a table has an entry by name for the path as a child, as a parent; without either roles alone judge a pair."""
    name, windows = name_of(path), is_windows(path)
    return name in _rule_of("expected", windows), name in _rule_of("barren", windows) or judges(path)


def suspicious(path: str) -> bool:
    """What a program that starts nothing should least of all start: tools, and programs from writable places."""
    return role(path) in TOOLS or (is_writable(location_class(path)) and not is_resident(path))
