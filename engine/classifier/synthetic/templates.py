"""Templates of behaviours: data/templates.toml, read and checked once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "data" / "templates.toml"
ONE, MAYBE, TWICE = "", "?", "*"


@dataclass(frozen=True, slots=True)
class Slot:
    """One step: which set its program is of, and how often it comes."""

    name: str
    often: str
    """"" once, "?" or not, "*" once or twice."""


@dataclass(frozen=True, slots=True)
class ProgramSet:
    """Programs that can stand for each other."""

    folders: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A behaviour, root first."""

    name: str
    technique: str
    system: str
    normal: bool
    slots: tuple[Slot, ...]


@cache
def program_sets() -> dict[str, ProgramSet]:
    """Set -> programs. Folders with blanks are divided where the next one's root begins."""
    with FILE.open("rb") as file:
        plain = tomllib.load(file)["sets"]
    return {name: ProgramSet(_folders(one["folder"]), tuple(one["names"].split())) for name, one in plain.items()}


@cache
def templates(system: str, normal: bool) -> tuple[Template, ...]:
    """Templates of "linux" or "windows". A set that does not exist is a defect of the package and raises KeyError."""
    with FILE.open("rb") as file:
        plain = tomllib.load(file)["template"]
    found = []
    for one in plain:
        slots = tuple(_slot(word) for word in one["steps"].split())
        template = Template(one["name"], one.get("technique", ""), one["system"], one.get("normal", False), slots)
        for slot in slots:
            _ = program_sets()[slot.name]
        if template.system == system and template.normal == normal:
            found.append(template)
    return tuple(found)


def _slot(word: str) -> Slot:
    often = word[-1] if word[-1] in "?*" else ONE
    return Slot(word.removeprefix("@").removesuffix(often), often)


def _folders(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for word in text.split(" "):
        if word.startswith(("/", "c:\\")):
            found.append(word)
        else:  # a folder's name has a blank in it
            found[-1] += f" {word}"
    return tuple(found)
