"""Where a program lies: directory classes and trust zones over folded paths.

A pure function of the path, called once per distinct path. Data in data/locations_*.toml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache

from engine.knowledge.tables import load, techniques
from engine.paths import DELETED, tokens


class Location(IntEnum):
    """Class of directory. Numbers are stored with models (one-hot inputs): never renumber, append in the gaps."""

    UNKNOWN = 0
    BARE_NAME = 1
    RELATIVE = 2
    WIN_SYSTEM = 3
    WIN_COMPONENT = 4
    WIN_DIR = 5
    WIN_TRAP = 6
    PROGRAM_FILES = 7
    WINDOWS_APPS = 8
    PROGRAM_DATA = 9
    PROGRAM_DATA_VENDOR = 10
    USER_PROGRAMS = 11
    USER_APPDATA = 12
    USER_DOWNLOADS = 13
    USER_DOCUMENTS = 14
    USER_PROFILE = 15
    USER_TEMP = 16
    SYSTEM_TEMP = 17
    USER_STARTUP = 18
    WEB_CACHE = 19
    PUBLIC = 20
    RECYCLE = 21
    TRAP_DIRECTORY = 22
    DRIVE_ROOT = 23
    DRIVE_DIRECTORY = 24
    TOOL_DIRECTORY = 25
    SERVER_DATA = 26
    OTHER_DRIVE = 27
    OTHER_DRIVE_PROGRAMS = 28
    OPTICAL = 29
    UNC = 30
    UNC_ADMIN = 31
    UNC_DOMAIN = 32
    CLIENT_DRIVE = 33
    SHADOW = 34
    VOLUME = 35
    ALTERNATE_STREAM = 36
    LINUX_SYSTEM = 40
    LINUX_LIBRARY = 41
    LINUX_LOCAL = 42
    LINUX_OPT = 43
    LINUX_PACKAGED = 44
    LINUX_ENVIRONMENT = 45
    LINUX_CONFIG = 46
    LINUX_SERVICE_DATA = 47
    LINUX_VAR = 48
    LINUX_PACKAGE_SCRIPTS = 49
    LINUX_TEMP = 50
    LINUX_SHARED_MEMORY = 51
    LINUX_RUN = 52
    LINUX_HOME = 53
    LINUX_DOWNLOADS = 54
    LINUX_HOME_HIDDEN = 55
    LINUX_USER_BIN = 56
    LINUX_TEMP_HIDDEN = 57
    LINUX_BUILD = 58
    LINUX_PROC = 59
    LINUX_MEMORY_FILE = 60
    LINUX_DELETED = 61
    LINUX_CONTAINER = 62
    LINUX_MOUNT = 63
    LINUX_ROOT_HOME = 64
    LINUX_ROOT = 65
    LINUX_BOOT = 66
    MAC_SYSTEM = 67
    MAC_APPS = 68


LOCATION_SLOTS = 80
"""Width of a one-hot of locations: room to append without changing a model's input size."""


class Zone(IntEnum):
    """Trust zone. A learnt rule may never make paths of two zones equal. Stored: never renumber."""

    UNKNOWN = 0
    SYSTEM = 1
    PROGRAM_FILES = 2
    USER_WRITABLE = 3
    TEMP = 4
    RECYCLE = 5
    UNC = 6
    REMOVABLE = 7


@dataclass(slots=True)
class _Node:
    """A directory in the tree of known places."""

    children: dict[str, _Node] = field(default_factory=dict)
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """What the table says about a location."""

    zone: Zone
    writable: bool
    risk: float
    why: str
    phrase: str = ""
    """The same in at most 26 cells; "" for places of no risk."""
    techniques: tuple[str, ...] = ()


_FILES = ("locations_windows", "locations_linux")
_SHAPE = re.compile(r"app-[0-9<]")
THREADS = ("kworker", "migration", "ksoftirqd", "cpuhp", "irq/", "watchdog")
_PROGRAM_ROOTS = ("program files", "windows\\", "programs\\", "sql", "microsoft ", "exchange", "oracle", "steam", "games\\")
_HIDDEN_BASE = {
    Location.LINUX_HOME: Location.LINUX_HOME_HIDDEN,
    Location.LINUX_DOWNLOADS: Location.LINUX_HOME_HIDDEN,
    Location.LINUX_ROOT_HOME: Location.LINUX_HOME_HIDDEN,
    Location.LINUX_TEMP: Location.LINUX_TEMP_HIDDEN,
    Location.LINUX_SHARED_MEMORY: Location.LINUX_TEMP_HIDDEN,
    Location.LINUX_RUN: Location.LINUX_TEMP_HIDDEN,
    Location.LINUX_SERVICE_DATA: Location.LINUX_TEMP_HIDDEN,
    Location.LINUX_VAR: Location.LINUX_TEMP_HIDDEN,
}
_ENVIRONMENT_BASE = frozenset(
    {
        Location.LINUX_HOME,
        Location.LINUX_ROOT_HOME,
        Location.LINUX_OPT,
        Location.LINUX_LOCAL,
        Location.LINUX_SERVICE_DATA,
        Location.LINUX_VAR,
    }
    | {Location.LINUX_ROOT, Location.LINUX_MOUNT, Location.LINUX_BUILD, Location.LINUX_USER_BIN}
)


@cache
def place(location: Location) -> KnownPlace:
    """The table's entry: zone, default write access, risk (0 … 1) and the reason in words."""
    for name in _FILES:
        block = load(name).get(location.name.lower())
        if block is not None:
            known = Zone[block["zone"].upper()], block["writable"], block["risk"], block["why"]
            return KnownPlace(*known, block.get("phrase", ""), techniques(block))
    raise KeyError(location.name)


def zone(location: Location) -> Zone:
    """The trust zone that the table gives a location."""
    return place(location).zone


def is_writable(location: Location) -> bool:
    """Whether ordinary users, or the account a service runs as, may write there by default."""
    return place(location).writable


def risk(location: Location) -> float:
    """How telling it is that a program was started from there, 0 … 1 (a judgement, see the tables)."""
    return place(location).risk


def location_class(path: str) -> Location:
    """Class of a folded path. Total: any text has one."""
    if not path:
        return Location.UNKNOWN
    if path.startswith(("memfd:", "/memfd:")):
        return Location.LINUX_CONTAINER if "memfd:runc_cloned" in path else Location.LINUX_MEMORY_FILE
    if path.startswith("/"):
        return _posix(path)
    if "\\" in path or path[1:2] == ":":
        return _windows(path)
    if "/" in path:
        # Kernel threads are reported as kworker/0:1: a name, not a path.
        return Location.BARE_NAME if path.startswith(THREADS) else Location.RELATIVE
    return Location.BARE_NAME


@cache
def _tree() -> _Node:
    root = _Node()
    for name in _FILES:
        for key, block in load(name).items():
            for directory in block.get("directories", []):
                node = root
                for part in _parts(directory):
                    node = node.children.setdefault(part, _Node())
                node.location = Location[key.upper()]
    return root


@cache
def _markers() -> frozenset[str]:
    return frozenset(load("locations_linux")["linux_environment"]["markers"])


@cache
def directory_words() -> frozenset[str]:
    """Every word of the directories that the tables name: what tells locations apart."""
    found: set[str] = set()
    for name in _FILES:
        for block in load(name).values():
            for directory in block.get("directories", []):
                found.update(_parts(directory))
    return frozenset(found - {"*", "/", "\\"})


def _parts(path: str) -> tuple[str, ...]:
    if path.startswith("/"):
        return tokens(path)
    found = tuple(part for part in path.split("\\") if part)
    return ("\\", *found) if path.startswith("\\") else found


def _deepest(node: _Node, parts: tuple[str, ...], at: int, best: tuple[int, Location | None]) -> tuple[int, Location | None]:
    """Longest known directory that is a prefix of `parts`; a literal name beats `*` of the same depth."""
    if node.location is not None and at > best[0]:
        best = (at, node.location)
    if at == len(parts):
        return best
    for key in (parts[at], "*"):
        child = node.children.get(key)
        if child is not None:
            best = _deepest(child, parts, at + 1, best)
    return best


def _lookup(directories: tuple[str, ...]) -> Location | None:
    return _deepest(_tree(), directories, 0, (0, None))[1]


def _windows(path: str) -> Location:
    if path.startswith("\\\\"):
        return _share(path)
    directory, _, name = path.rpartition("\\")
    if ":" in name or ":" in directory[2:]:
        return Location.ALTERNATE_STREAM
    drive = path[:2]
    if path.startswith("<"):
        return {"<shadow>": Location.SHADOW, "<cdrom>": Location.OPTICAL}.get(path.split("\\", 1)[0], _volume(path))
    if drive == "c:" or path.startswith("\\"):
        return _system_drive(path, directory)
    if drive[1:] == ":":
        return _other_drive(path)
    return Location.RELATIVE


def _system_drive(path: str, directory: str) -> Location:
    parts = _parts(directory)
    found = _lookup(parts)
    if found is None:
        if path.startswith("\\"):
            return Location.VOLUME if path.startswith("\\device\\") else Location.UNKNOWN
        return Location.DRIVE_ROOT if len(parts) <= 1 else Location.DRIVE_DIRECTORY
    if found in {Location.USER_APPDATA, Location.USER_PROFILE} and any(_SHAPE.match(part) for part in parts):
        return Location.USER_PROGRAMS
    return found


def _other_drive(path: str) -> Location:
    rest = path[3:]
    if rest.startswith(("$recycle.bin\\", "recycler\\", "recycled\\")):
        return Location.RECYCLE
    return Location.OTHER_DRIVE_PROGRAMS if rest.startswith(_PROGRAM_ROOTS) else Location.OTHER_DRIVE


def _volume(path: str) -> Location:
    return Location.RECYCLE if path.startswith("<volume>\\$recycle.bin\\") else Location.VOLUME


def _share(path: str) -> Location:
    host, *rest = path[2:].split("\\")
    share = rest[0] if rest else ""
    if host in {"tsclient"} or "@" in host or share == "davwwwroot":
        return Location.CLIENT_DRIVE
    if share in {"admin$", "ipc$"} or re.fullmatch(r"[a-z]\$", share):
        return Location.UNC_ADMIN
    if share in {"sysvol", "netlogon"}:
        return Location.UNC_DOMAIN
    return Location.UNC


def _posix(path: str) -> Location:
    deleted = path.endswith(DELETED)
    location = _posix_present(path.removesuffix(DELETED))
    # Package upgrades replace running programs: a deleted file of a package directory is a normal sight.
    return Location.LINUX_DELETED if deleted and (is_writable(location) or location is Location.LINUX_ROOT) else location


def _posix_present(path: str) -> Location:
    parts = tokens(path)
    directories, name = parts[:-1], parts[-1] if parts else ""
    if len(parts) > 2 and parts[1] == "proc":
        return Location.LINUX_MEMORY_FILE if "fd" in parts[2:] else Location.LINUX_PROC
    found = _lookup(directories) or Location.LINUX_ROOT
    if found in {Location.LINUX_TEMP} and any(part.startswith(("pip-", "go-build", "tmp-go")) for part in directories):
        return Location.LINUX_BUILD
    if found in _ENVIRONMENT_BASE and not _markers().isdisjoint(directories):
        return Location.LINUX_ENVIRONMENT if found is not Location.LINUX_USER_BIN else found
    if found in _HIDDEN_BASE and (name.startswith(".") or any(part.startswith(".") for part in directories)):
        return _HIDDEN_BASE[found]
    return found
