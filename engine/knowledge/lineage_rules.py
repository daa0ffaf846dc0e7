"""Which program starts which: breaks between roles, expected parents, programs that start nothing.

Data in data/lineage.toml. All values are 0 (fits, or nothing known) to 1 (people investigate at once).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from engine.knowledge.locations import is_writable, location_class
from engine.knowledge.roles import ROLE_SLOTS, SUSPECT_ROLES, Role, is_windows, role, stem
from engine.knowledge.tables import blocks, load, techniques, words
from engine.paths import DELETED, basename

Matrix = npt.NDArray[np.float64]


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


@dataclass(frozen=True, slots=True)
class Break:
    """Why a program should not have been started by another: how much it weighs, in words."""

    value: float
    reason: str
    phrase: str = ""
    techniques: tuple[str, ...] = ()


NO_BREAK = Break(0.0, "")
STARTED = {Role.SHELL: "a shell", Role.SCRIPT_ENGINE: "a script"}
"""What phrases call a program of a role; "a tool" for the others."""
BY = {Role.SHELL: "shell", Role.SCRIPT_ENGINE: "script"}
TOOLS = {Role.ATTACK_TOOL: "an attack tool", Role.CREDENTIAL_TOOL: "a dumping tool"}
"""What the phrase of an entry calls its parents and children, where it is about tools only: {by} and {tool}."""


def role_break(parent: Role, child: Role) -> float:
    """How unusual it is that a program of one role starts one of the other."""
    return float(break_matrix()[parent, child])


def grandparent_break(grandparent: Role, child: Role) -> float:
    """How unusual it is that a program of one role stands two steps above one of the other."""
    return float(break_matrix(grand=True)[grandparent, child])


def role_break_reason(parent: Role, child: Role) -> str:
    """Why a pair of roles is a break; "" where it is none."""
    return role_broken(parent, child).reason


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
            phrase = block["phrase"].format(STARTED.get(child, "a tool"), by=BY.get(parent, ""), tool=TOOLS.get(child, "a tool"))
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


@lru_cache(maxsize=1 << 16)  # of every pair of neighbours and every command line, and there are far fewer paths
def name_of(path: str) -> str:
    """The name that the rules compare: lower case, without a program's extension and without the deletion marker."""
    return stem(basename(path.removesuffix(DELETED)))


def expected_parents(name: str, windows: bool = True) -> frozenset[str]:
    """Names (without extension) that start the named program on a healthy system; empty where there is no rule."""
    at = _rule_of("expected", windows).get(stem(name))
    return frozenset() if at is None else _rules("expected", windows)[at].others


def parent_break(parent: str, child: str) -> tuple[float, str]:
    """Value and reason for a parent that is not among the expected ones of the child, or that should start nothing.

    Folded paths or names; an unknown parent ("") is no break.
    """
    found = parent_broken(parent, child)
    return found.value, found.reason


def parent_broken(parent: str, child: str) -> Break:
    """The same with its phrase and techniques."""
    if not parent or not child:
        return NO_BREAK
    upper, lower, windows = name_of(parent), name_of(child), is_windows(child)
    found = [NO_BREAK]
    at = _rule_of("expected", windows).get(lower)
    if at is not None and upper not in _rules("expected", windows)[at].others:
        rule = _rules("expected", windows)[at]
        found.append(Break(rule.weight, f"{lower} started by {upper}: {rule.why}", rule.phrase, rule.techniques))
    at = _rule_of("barren", is_windows(parent)).get(upper)
    if at is not None and lower not in _rules("barren", is_windows(parent))[at].others and suspicious(child):
        rule = _rules("barren", is_windows(parent))[at]
        found.append(Break(rule.weight, f"{upper} {rule.why}", rule.phrase, rule.techniques))
    return max(found, key=lambda one: one.value)


def judged_as(path: str) -> tuple[bool, bool]:
    """Whether `parent_break` has a rule for the path as a child, as a parent; without either a pair is no break."""
    name, windows = name_of(path), is_windows(path)
    return name in _rule_of("expected", windows), name in _rule_of("barren", windows)


def suspicious(path: str) -> bool:
    """What a program that starts nothing should least of all start: tools, and programs from writable places."""
    return role(path) in SUSPECT_ROLES or is_writable(location_class(path))
