"""Names that contradict their place, look like another's, or look like nobody's.

Data in data/names.toml. The value is 0 (nothing to say) to 1; the reason is a clause for people. Masquerading after
MITRE ATT&CK T1036. Pure function of the path.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from engine.knowledge.locations import Location, Zone, is_writable, location_class, zone
from engine.knowledge.random_names import looks_random
from engine.knowledge.residents import is_resident
from engine.knowledge.roles import is_windows, known_name, stem
from engine.knowledge.tables import load, techniques, words
from engine.paths import DELETED, basename, tokens


@dataclass(frozen=True, slots=True)
class Contradiction:
    """How much a name contradicts its place, 0 … 1, and why ("" when it does not)."""

    value: float
    reason: str
    phrase: str = ""
    """The same in at most 26 cells."""
    techniques: tuple[str, ...] = ()


NONE = Contradiction(0.0, "")

MASQUERADE, RIGHT_TO_LEFT, LIKENESS = ("T1036",), ("T1036.002",), ("T1036.005",)
SPACE_BEHIND, DOUBLE_EXTENSION, FILE_TYPE = ("T1036.006",), ("T1036.007",), ("T1036.008",)
"""Of ATT&CK: masquerading, and how."""

_LONGEST = 200
_DIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u200b\u200c\u200d\u2060\ufeff\u00ad")
_GUID = re.compile(r"[{(]?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}[)}]?")
_RANDOM = re.compile(r"<(?:hex\d*|temp|id)>")
"""What normalisation rules (engine.rules) leave of a random name: it still was one."""
_OFFLINE = re.compile(r"(?:[a-z]:|<shadow>)\\windows\\(?:system32|syswow64|explorer\.exe$)")
_LOOKS = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "|": "l", "5": "s", "3": "e", "$": "s", "@": "a", "а": "a", "е": "e", "о": "o"}
    | {
        "р": "p",
        "с": "c",
        "х": "x",
        "у": "y",
        "і": "l",
        "ѕ": "s",
        "ј": "j",
        "ԁ": "d",
        "ο": "o",
        "α": "a",
        "ι": "l",
        "ν": "v",
        "ӏ": "l",
        "һ": "h",
    }
)
_UNTRUSTED = frozenset({Zone.USER_WRITABLE, Zone.TEMP, Zone.RECYCLE, Zone.UNC, Zone.REMOVABLE, Zone.UNKNOWN})
_NO_PLACE = frozenset({Location.UNKNOWN, Location.BARE_NAME, Location.RELATIVE, Location.VOLUME})


@dataclass(frozen=True, slots=True)
class _Protected:
    homes: frozenset[Location]
    weight: float
    why: str
    phrase: str
    techniques: tuple[str, ...]


@lru_cache(maxsize=1 << 16)  # asked again for every explanation; about 20 MB when full
def name_contradiction(path: str) -> Contradiction:
    """The strongest of all checks for a folded path. Total; 0 for bare names that only lack a directory."""
    clean = path.removesuffix(DELETED)
    name = basename(clean)
    if not name:
        return NONE
    location = location_class(path)
    windows = is_windows(clean)
    short = name[:_LONGEST]
    found = [_text_tricks(short), _double_extension(short, windows), _out_of_place(clean, short, location, windows)]
    if location not in _NO_PLACE or windows:
        found.append(_look_alike(short, location, windows))
    found.extend((_odd_extension(short, location, windows), _nobodys_name(short, location)))
    return max(found, key=lambda item: item.value)


@cache
def _protected(windows: bool) -> dict[str, _Protected]:
    found: dict[str, _Protected] = {}
    for block in load("names")["protected"]:
        if (block["os"] == "windows") == windows:
            homes = frozenset(Location[name.upper()] for name in block["homes"])
            for word in words(block):
                told = block["why"], block["phrase"], techniques(block)
                found.setdefault(word, _Protected(homes, block["weight"], *told))
    return found


@cache
def _targets(windows: bool) -> frozenset[str]:
    chosen = [block for block in load("names")["protected"] if block["lookalike"] and (block["os"] == "windows") == windows]
    return frozenset(word for block in chosen for word in words(block))


def protected_names(*, windows: bool) -> frozenset[str]:
    """Names that intruders borrow, without extension: what nothing may be made equal to."""
    return frozenset(_protected(windows))


@cache
def _word_set(table: str, key: str) -> frozenset[str]:
    return frozenset(words(load("names")[table], key))


def _text_tricks(name: str) -> Contradiction:
    if any(char in _DIRECTIONAL for char in name):
        why = "the name holds invisible characters or ones that turn the direction of text"
        return Contradiction(1.0, why, "hides letters in its name", RIGHT_TO_LEFT)
    if any(unicodedata.category(char) == "Cc" for char in name):
        return Contradiction(1.0, "the name holds control characters", "hides bytes in its name", MASQUERADE)
    if "   " in name or re.search(r"\s\.\w{2,4}$", name):
        return Contradiction(1.0, "blanks push the real extension out of sight", "hides its extension", DOUBLE_EXTENSION)
    if name.endswith(" "):
        return Contradiction(0.8, "the name ends in a blank", "name ends in a blank", SPACE_BEHIND)
    return NONE


def _double_extension(name: str, windows: bool) -> Contradiction:
    parts = [part.strip() for part in name.lower().split(".")]
    documents = _word_set("extensions", "documents")
    if len(parts) >= 3 and parts[-1] in _word_set("extensions", "programs") and parts[-2] in documents:
        why = f"a program that poses as a document (.{parts[-2]}.{parts[-1]})"
        return Contradiction(1.0, why, "poses as a document", DOUBLE_EXTENSION)
    if not windows and len(parts) >= 2 and parts[0] and parts[-1] in documents:
        why = f"a program with the extension of a document (.{parts[-1]})"
        return Contradiction(0.7, why, "named like a document", FILE_TYPE)
    return NONE


def near(name: str, windows: bool) -> str:
    """The phrase of a name that is like another: the name as people write it, where there is room for it."""
    whole = f"{name}.exe" if windows else name
    return f"name near {whole}" if len(whole) <= 16 else "name near a system name"


def _out_of_place(path: str, name: str, location: Location, windows: bool) -> Contradiction:
    lowered = name.lower()
    if not windows and path.startswith("/"):
        threads = _word_set("kernel_threads", "names")
        first = re.split(r"[/:\d]", lowered.strip("[]"))[0]
        bracketed = lowered.startswith("[") and lowered.endswith("]") and len(lowered) > 2
        parents = {part.lower() for part in tokens(path)[1:-1]} & {"kworker", "kthreadd"}
        if bracketed or lowered in threads or (first in threads and first != lowered and ":" in lowered) or parents:
            block = load("names")["kernel_threads"]
            why = "named like a kernel thread, but kernel threads have no executable"
            return Contradiction(1.0, why, block["phrase"], techniques(block))
    if location in _NO_PLACE:
        return NONE
    entry = _protected(windows).get(stem(lowered) if windows else lowered)
    if entry is None or _at_home(path, location, entry) or _foreign_windows(path):
        return NONE
    return Contradiction(entry.weight, f"{name} outside its directories: {entry.why}", entry.phrase, entry.techniques)


def _at_home(path: str, location: Location, entry: _Protected) -> bool:
    """In one of its homes, or a resident of this very directory. The Windows directory is a home to residents only: the
    location has other directories, too.
    """
    return is_resident(path) or (location in entry.homes and location is not Location.WIN_DIR)


def _foreign_windows(path: str) -> bool:
    """Windows on another drive (WinPE runs from x:, offline installations from d:): location says enough about that."""
    return not path.startswith("c:") and _OFFLINE.match(path) is not None


def _look_alike(name: str, location: Location, windows: bool) -> Contradiction:
    text = stem(name) if windows else name.lower()
    # Distributions have thousands of short names: only places that no package owns are compared.
    if len(text) > 32 or not text or text in _targets(windows) or (not windows and zone(location) not in _UNTRUSTED):
        return NONE
    # A tool that is known under this name is itself, unless look-alike letters make it somebody else.
    trusted = zone(location) is Zone.PROGRAM_FILES
    if (alike := _skeletons(windows).get(_skeleton(text))) is not None and alike != text and not known_name(text):
        return Contradiction(0.5 if trusted else 1.0, f"{name} is written to look like {alike}", near(alike, windows), LIKENESS)
    if known_name(text) or text in _protected(windows):
        return NONE
    best = _nearest(text, windows)
    if best is None:
        return NONE
    why = f"{name} differs by a letter or two from {best}"
    return Contradiction(0.3 if trusted else 0.9, why, near(best, windows), LIKENESS)


@cache
def _skeletons(windows: bool) -> dict[str, str]:
    return {_skeleton(target): target for target in sorted(_targets(windows))}


def _skeleton(text: str) -> str:
    """Text with characters that look alike made equal (after Unicode TR 39, reduced to what file names use)."""
    return unicodedata.normalize("NFKC", text).lower().translate(_LOOKS).replace("rn", "m").replace("vv", "w")


@cache
def _neighbourhood(windows: bool) -> dict[str, tuple[str, ...]]:
    """Every target with up to two letters deleted (SymSpell, Garbe 2012): look-ups instead of comparing with each."""
    found: dict[str, set[str]] = {}
    for target in _targets(windows):
        for short in _deletions(target, _allowed(target)):
            found.setdefault(short, set()).add(target)
    return {key: tuple(sorted(value)) for key, value in found.items()}


def _allowed(target: str) -> int:
    """Tolerated edits: none below five letters, where every word is near to another; two from eight on."""
    return 0 if len(target) < 5 else 1 if len(target) < 8 else 2


def _deletions(text: str, edits: int) -> set[str]:
    found, edge = {text}, {text}
    for _ in range(edits):
        edge = {word[:at] + word[at + 1 :] for word in edge for at in range(len(word))}
        found |= edge
    return found


def _nearest(text: str, windows: bool) -> str | None:
    if len(text) < 4 or len(text) > 24:
        return None
    table = _neighbourhood(windows)
    candidates = {target for short in _deletions(text, 2 if len(text) > 6 else 1) for target in table.get(short, ())}
    near = [(edit_distance(text, target), target) for target in candidates]
    fitting = [(distance, target) for distance, target in near if 0 < distance <= _allowed(target)]
    # Two edits are a look-alike only between words that start alike: most short technical words are two edits apart.
    fitting = [(distance, target) for distance, target in fitting if distance == 1 or target[:2] == text[:2]]
    return min(fitting)[1] if fitting else None


def edit_distance(left: str, right: str) -> int:
    """Optimal string alignment distance: insert, delete, replace, swap neighbours. O(len·len); callers bound lengths."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _odd_extension(name: str, location: Location, windows: bool) -> Contradiction:
    if not windows or zone(location) not in _UNTRUSTED or location in _NO_PLACE:
        return NONE
    head, dot, extension = name.lower().rpartition(".")
    if dot and extension in _word_set("extensions", "odd"):
        why = f"an uncommon program extension (.{extension}) where users can write"
        return Contradiction(0.7, why, "has an odd extension", FILE_TYPE)
    if dot and head and extension != "tmp" and extension in _word_set("extensions", "data"):
        return Contradiction(0.7, f"a program with the extension of data (.{extension})", "named like a data file", FILE_TYPE)
    return (
        Contradiction(0.3, "a program without an extension", "has no extension", FILE_TYPE)
        if not dot and is_writable(location)
        else NONE
    )


def _nobodys_name(name: str, location: Location) -> Contradiction:
    """Random-looking names, where people and intruders write; installers put GUIDs into program files and that is fine."""
    if zone(location) not in _UNTRUSTED and location is not Location.WIN_DIR:
        return NONE
    text = stem(name)
    if location in _NO_PLACE or location is Location.LINUX_BUILD or known_name(text):
        return NONE
    if _GUID.fullmatch(text) or "<uuid>" in text:
        return Contradiction(0.2, "a GUID for a name", "has a GUID for a name")
    return (
        Contradiction(0.5, "the name looks random", "has a random name") if _RANDOM.search(text) or looks_random(text) else NONE
    )
