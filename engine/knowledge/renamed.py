"""What a program is by its version resource (OriginalFileName), against the name that it runs under.

Data in data/renamed.toml. Only tools of suspect roles count: a shell or a dumping tool under another name hides from whoever
looks for its name; whatever else has another name in its resource is an installer, a launcher or a renamed product. The resource
survives a rename, but anybody can write one: that it says nothing odd means nothing. Linux has no such thing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from engine.knowledge.names import LIKENESS
from engine.knowledge.roles import SUSPECT_ROLES, Role, is_windows, role, stem, windows_name
from engine.knowledge.tables import Block, blocks, load, techniques, words
from engine.paths import DELETED, basename

LONGEST = 128
"""Characters of an original name that are looked at: longer ones are no product's."""
WIDEST = 26
"""Cells of a phrase."""
OPEN = 0.5
"""Share of the value that is left where the other name is a suspect tool's too: it hides little."""
SHORT = 5
"""Letters from which on a tool's name is looked for anywhere in another name; shorter ones have to be a word of it."""

_UNSAID = frozenset({"", "-", "?", "n/a", "none", "null", "unknown"})
_PROGRAM = re.compile(r"(?P<name>.+?)\.(?:exe|com|scr|dll|msi|sys|ocx|cpl|mui|rc|bin|c)(?:[ .].*)?")
_BITS = re.compile(r"[-_. ]?(?:x64|x86|x86_64|amd64|arm64|win32|win64|(?:64|32)(?:bit|a)?)$")
_SHORTENED = re.compile(r"(?P<begin>[^~]{1,6})~\d{1,6}")
_NO_LETTER = re.compile(r"[^a-z]+")


@dataclass(frozen=True, slots=True)
class Renamed:
    """How much it says that a tool runs under this name, 0 … 1, and why ("" where it says nothing)."""

    value: float
    tool: str = ""
    """The tool's name in the tables, without extension: what of the record may be shown as it is."""
    reason: str = ""
    phrase: str = ""
    """The same in at most 26 cells."""
    techniques: tuple[str, ...] = ()


NOTHING = Renamed(0.0)


@lru_cache(maxsize=1 << 13)  # few different ones, and asked again for each drawing of a list
def original_of(text: str) -> str | None:
    """The tool that an original name is of, as the tables call it; "" for any other program, None where the text says nothing.

    Total and idempotent; `text` may be hostile, and nothing of it is returned but a name of the tables.
    """
    name = basename(text[: LONGEST + 1].strip().replace("/", "\\")).strip().lower()
    if name in _UNSAID:
        return None
    found = _PROGRAM.fullmatch(name)
    name = (name if found is None else found["name"]).rstrip()
    tool = windows_name(_alias().get(name, name))
    return tool if len(text) <= LONGEST and _value(tool) else ""


@lru_cache(maxsize=1 << 14)
def renamed(path: str, original: str) -> Renamed:
    """What is said of a folded path whose version resource has this original name. Total; both may be hostile."""
    clean = path.removesuffix(DELETED)
    tool = original_of(original)
    name = basename(clean)[:LONGEST].lower()
    if not tool or not name or not is_windows(clean) or _tells(name, tool):
        return NOTHING
    block = _tools()[role(f"{tool}.exe")]
    value = _value(tool) * (OPEN if role(clean) in SUSPECT_ROLES else 1.0)
    phrase = f"runs renamed {tool}"
    # Under the name of a program that people know it does not only hide, it passes for that one.
    poses = LIKENESS if windows_name(name) else ()
    found = tuple(dict.fromkeys((*techniques(block), *poses)))
    said = phrase if len(phrase) <= WIDEST else str(block["phrase"])
    return Renamed(value, tool, f"its version resource says {tool}, {block['why']}", said, found)


def shown_as(path: str, original: str) -> str:
    """The path with the tool's name where another hides it: what the rules about roles and parents are asked about."""
    tool = renamed(path, original).tool
    return path[: len(path) - len(basename(path))] + f"{tool}.exe" if tool else path


def _tells(name: str, tool: str) -> bool:
    """Whether a file name says which tool it is, in a longer, shorter or older spelling."""
    own = stem(name)
    if own in _alike(tool) or _BITS.sub("", own) == _BITS.sub("", tool):
        return True
    short = _SHORTENED.fullmatch(own)
    if short is not None:
        return tool.startswith(short["begin"])
    kernel = _NO_LETTER.sub("", _BITS.sub("", tool))
    if len(kernel) < SHORT:
        return kernel in _NO_LETTER.split(own)
    return kernel in _NO_LETTER.sub("", own)


@cache
def _tools() -> dict[Role, Block]:
    return {Role[name.upper()]: block for block in load("renamed")["tool"] for name in words(block, "roles")}


@cache
def _alias() -> dict[str, str]:
    pairs = (pair.partition(":") for pair in words(load("renamed")["alias"], "pairs"))
    return {original: name for original, _, name in pairs}


@cache
def _carried() -> dict[str, float]:
    found = {name: float(block["value"]) for block in blocks("carried", ("renamed",)) for name in words(block)}
    return found | dict.fromkeys(words(load("renamed")["words"]), 0.0)


@cache
def _alike(tool: str) -> frozenset[str]:
    """The tool's names, and those of which one is as good as the other."""
    groups = [frozenset(words(block)) for block in blocks("alike", ("renamed",))]
    return frozenset({tool}).union(*(group for group in groups if tool in group))


def _value(tool: str) -> float:
    """How much a tool under another name says: by its role, or what products that bring it along leave of that."""
    block = _tools().get(role(f"{tool}.exe")) if tool else None
    return 0.0 if block is None else _carried().get(tool, float(block["value"]))
