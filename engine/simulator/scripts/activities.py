"""Everyday life and the intrusions that can be planted: process trees with when and where they run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.simulator.scripts.tables import load
from engine.simulator.scripts.trees import ScriptNode, parse_tree

WHEN = ("boot", "service", "logon", "logoff", "work", "any", "daily", "every", "update")


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that happens on hosts of some roles, and the process tree it leaves."""

    name: str
    roles: tuple[str, ...]
    when: str
    under: str
    """Name of the running process that starts it; the first that runs of several, separated by |."""
    tree: tuple[ScriptNode, ...]
    per_day: float = 1.0
    """Mean number: per day (any), per working day of eight hours (work)."""
    share: float = 1.0
    """Share of the hosts (or users) that have it at all."""
    at: float = 0.0
    """Hour of the day (daily)."""
    minutes: float = 60.0
    """Interval (every; service, which starts at boot as well)."""
    weekdays: bool = False
    product: str = ""
    """Runs when this product changes its version (update)."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One act of an intrusion, on one host."""

    roles: tuple[str, ...]
    under: str
    session: bool
    """Needs a user's session (and takes the user); otherwise any moment will do."""
    after: float
    """Minutes after the stage before."""
    tree: tuple[ScriptNode, ...]
    text: str


@dataclass(frozen=True, slots=True)
class IntrusionStory:
    """A planted intrusion: invented, inert, made of command lines only."""

    name: str
    title: str
    text: str
    stages: tuple[Stage, ...]


@cache
def activities() -> tuple[Activity, ...]:
    """Everyday life of every role."""
    found: list[Activity] = []
    for name in (
        "windows_system",
        "windows_user",
        "windows_software",
        "windows_fleet",
        "windows_servers",
        "linux_system",
        "linux_fleet",
        "linux_work",
        "linux_servers",
    ):
        found.extend(_activity(row, not name.startswith("linux")) for row in load(f"{name}.toml")["activity"])
    return tuple(found)


def _activity(row: dict[str, Any], windows: bool) -> Activity:
    row = dict(row)
    if row["when"] not in WHEN:
        raise ValueError(f"activity {row['name']}: no such moment {row['when']!r}")
    try:
        tree = parse_tree(row.pop("tree"), windows)
    except ValueError as error:
        raise ValueError(f"activity {row['name']}: {error}") from error
    return Activity(roles=tuple(row.pop("roles")), tree=tree, **row)


@cache
def stories() -> tuple[IntrusionStory, ...]:
    """The intrusions that can be planted."""
    found = []
    for row in load("intrusions.toml")["story"]:
        stages = tuple(
            Stage(
                roles=tuple(stage["roles"]),
                under=stage["under"],
                session=stage.get("session", False),
                after=float(stage.get("after", 0)),
                tree=parse_tree(stage["tree"], not row["stage"][0]["roles"][0].startswith("linux")),
                text=stage["text"],
            )
            for stage in row["stage"]
        )
        found.append(IntrusionStory(row["name"], row["title"], row["text"], stages))
    return tuple(found)
