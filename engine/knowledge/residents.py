r"""Programs that belong where their place as a whole carries risk: explorer.exe in the Windows directory, /init of WSL.

Data in data/residents.toml. A place has one risk for all that runs from there (engine.knowledge.locations); a resident has none,
and what it starts is not below a risky place. Without this every program of a desktop is: explorer is the parent of them all.
Set-up programs unpack themselves into directories of temp that are told by their names; what looks like one there carries half.
Only the directory that the table names counts: explorer.exe in c:\windows\system32\drivers is no resident.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from engine.knowledge.locations import KnownPlace, Location, location_class, place
from engine.knowledge.roles import Role, is_windows, role, stem
from engine.knowledge.tables import blocks, words
from engine.paths import DELETED, basename


def is_resident(path: str) -> bool:
    """Whether a folded path is a program that belongs in its directory by the table. Total."""
    return bool(_why(path))


def known_place(path: str) -> KnownPlace:
    """What the tables say of the place of a folded path; for a resident without risk, in a set-up's directory with less."""
    location = location_class(path)
    known = place(location)
    if not known.risk:
        return known
    if why := _why(path):
        return replace(known, risk=0.0, why=why, phrase="", techniques=())
    if (found := _unpacked(path, location)) is not None:
        return replace(known, risk=known.risk * found.share, why=found.why, phrase=found.phrase, techniques=())
    return known


def path_risk(path: str) -> float:
    """How telling it is that this program was started from there, 0 … 1: its location's risk, 0 for residents."""
    return known_place(path).risk


@dataclass(frozen=True, slots=True)
class _SetUp:
    within: frozenset[Location]
    directory: re.Pattern[str]
    anything: bool
    """Whether a program of any name is meant, and not only one that is named like a set-up program."""
    share: float
    why: str
    phrase: str


def _unpacked(path: str, location: Location) -> _SetUp | None:
    """The entry of the directory that a set-up program unpacked itself to; None for all other places and programs."""
    parts = path.split("\\")[:-1]
    for entry in _set_ups():
        if location not in entry.within or not (entry.anything or role(path) is Role.INSTALLER):
            continue
        if any(entry.directory.fullmatch(part) for part in parts):
            return entry
    return None


@cache
def _set_ups() -> tuple[_SetUp, ...]:
    return tuple(
        _SetUp(
            frozenset(Location[name.upper()] for name in block["within"]),
            re.compile(block["directory"]),
            block["any"],
            block["share"],
            block["why"],
            block["phrase"],
        )
        for block in blocks("set_up", ("residents",))
    )


def _why(path: str) -> str:
    clean = path.removesuffix(DELETED)
    name = basename(clean)
    windows = is_windows(clean)
    directory = clean[: len(clean) - len(name)].rstrip("\\" if windows else "/") or "/"
    if windows and "." in name and not name.lower().endswith(".exe"):
        return ""  # explorer.com and explorer.scr are not what Windows keeps there
    return _residents().get((directory, stem(name) if windows else name), "")


@cache
def _residents() -> dict[tuple[str, str], str]:
    """(directory, name) -> why."""
    return {
        (directory, name): block["why"]
        for block in blocks("resident", ("residents",))
        for directory in block["directories"]
        for name in words(block)
    }
