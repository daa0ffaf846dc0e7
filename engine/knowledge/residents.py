r"""Programs that belong where their place as a whole carries risk: explorer.exe in the Windows directory, /init of WSL.

Data in data/residents.toml. A place has one risk for all that runs from there (engine.knowledge.locations); a resident has none,
and what it starts is not below a risky place. Without this every program of a desktop is: explorer is the parent of them all.
Only the directory that the table names counts: explorer.exe in c:\windows\system32\drivers is no resident.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from engine.knowledge.locations import KnownPlace, location_class, place
from engine.knowledge.roles import is_windows, stem
from engine.knowledge.tables import blocks, words
from engine.paths import DELETED, basename


def is_resident(path: str) -> bool:
    """Whether a folded path is a program that belongs in its directory by the table. Total."""
    return bool(_why(path))


def known_place(path: str) -> KnownPlace:
    """What the tables say of the place of a folded path; for a resident the same without risk, phrase and techniques."""
    known = place(location_class(path))
    why = _why(path) if known.risk else ""
    return replace(known, risk=0.0, why=why, phrase="", techniques=()) if why else known


def path_risk(path: str) -> float:
    """How telling it is that this program was started from there, 0 … 1: its location's risk, 0 for residents."""
    return known_place(path).risk


def _why(path: str) -> str:
    clean = path.removesuffix(DELETED)
    name = basename(clean)
    windows = is_windows(clean)
    directory = clean[: len(clean) - len(name)].rstrip("\\" if windows else "/") or "/"
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
