"""The data files of the simulator, read once: activities, stories, products, words, file properties."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.simulator.scripts.trees import Node

WHEN = ("boot", "service", "logon", "logoff", "work", "any", "daily", "every", "update")


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that happens on hosts of some roles, and the process tree it leaves."""

    name: str
    roles: tuple[str, ...]
    when: str
    under: str
    """Name of the running process that starts it; the first that runs of several, separated by |."""
    tree: tuple[Node, ...]
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
    tree: tuple[Node, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    """A planted intrusion: invented, inert, made of command lines only."""

    name: str
    title: str
    text: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """Software whose version is part of its paths."""

    name: str
    pattern: str
    every_days: float
    spread_days: float
    """How long a release takes to reach the last host."""


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads(files("engine.simulator").joinpath("data", name).read_text(encoding="utf-8"))


@cache
def activities() -> tuple[Activity, ...]:
    """Everyday life of every role."""
    found: list[Activity] = []
    for name in (
        "windows_system",
        "windows_user",
        "windows_software",
        "windows_servers",
        "linux_system",
        "linux_work",
        "linux_servers",
    ):
        found.extend(_activity(row, not name.startswith("linux")) for row in _load(f"{name}.toml")["activity"])
    return tuple(found)


def _activity(row: dict[str, Any], windows: bool) -> Activity:
    from engine.simulator.scripts.trees import parse_tree

    row = dict(row)
    if row["when"] not in WHEN:
        raise ValueError(f"activity {row['name']}: no such moment {row['when']!r}")
    try:
        tree = parse_tree(row.pop("tree"), windows)
    except ValueError as error:
        raise ValueError(f"activity {row['name']}: {error}") from error
    return Activity(roles=tuple(row.pop("roles")), tree=tree, **row)


@cache
def stories() -> tuple[Story, ...]:
    """The intrusions that can be planted."""
    from engine.simulator.scripts.trees import parse_tree

    found = []
    for row in _load("intrusions.toml")["story"]:
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
        found.append(Story(row["name"], row["title"], row["text"], stages))
    return tuple(found)


@cache
def products() -> tuple[Product, ...]:
    """Software with versioned paths."""
    return tuple(Product(**row) for row in _load("products.toml")["product"])


@cache
def file_properties() -> dict[str, tuple[str, str, str, str]]:
    """Lower-case file name -> OriginalFileName, Description, Product, Company."""
    rows = _load("properties.toml")["file"]
    return {str(name).lower(): (str(row[0]), str(row[1]), str(row[2]), str(row[3])) for name, row in rows.items()}


@cache
def vocabulary(kind: str) -> tuple[str, ...]:
    """A list of words. Raises ValueError for a list that does not exist."""
    words = _load("vocabulary.toml").get(kind)
    if words is None:
        raise ValueError(f"no words of the kind {kind!r}")
    return tuple(words)


@cache
def variety_table(name: str) -> str:
    """A text of variety.toml: places of the paths of engine.simulator.variety.paths."""
    return str(_load("variety.toml")[name])


@cache
def people() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """First and last names."""
    return vocabulary("first_name"), vocabulary("last_name")
