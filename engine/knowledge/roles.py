"""What a program is for, by its file name, else by its product's directory, else by the shape of its name.

Data in data/roles_*.toml and data/role_hints.toml. A role is the main purpose, one per program.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache, lru_cache

from engine.knowledge.locations import THREADS, Location, Zone, location_class, zone
from engine.knowledge.tables import blocks, words
from engine.paths import DELETED, basename, tokens


class Role(IntEnum):
    """Purpose of a program. Numbers are stored with models: never renumber, append."""

    OTHER = 0
    KERNEL = 1
    SYSTEM_CORE = 2
    SERVICE_HOST = 3
    LOGIN = 4
    SCHEDULER = 5
    SHELL = 6
    SCRIPT_ENGINE = 7
    PROXY_BINARY = 8
    ADMIN_TOOL = 9
    CREDENTIAL_TOOL = 10
    REMOTE_TOOL = 11
    COPY_TOOL = 12
    TEXT_TOOL = 13
    INSTALLER = 14
    OFFICE = 15
    BROWSER = 16
    MAIL_CHAT = 17
    WEB_SERVER = 18
    DATABASE = 19
    DEVELOPER = 20
    CONTAINER = 21
    SECURITY = 22
    BACKUP = 23
    RUNTIME_HELPER = 24
    DESKTOP = 25
    HARDWARE = 26
    DAEMON = 27
    ATTACK_TOOL = 28


ROLE_SLOTS = 32
"""Width of a one-hot of roles: room to append without changing a model's input size."""

SUSPECT_ROLES = frozenset(
    {Role.SHELL, Role.SCRIPT_ENGINE, Role.PROXY_BINARY, Role.ADMIN_TOOL, Role.CREDENTIAL_TOOL, Role.REMOTE_TOOL, Role.ATTACK_TOOL}
)
"""Shells, script engines, proxy binaries and administration in the wide sense: what rolefrac counts."""

WINDOWS_TABLES = ("roles_windows", "roles_windows_apps", "roles_windows_attack")
LINUX_TABLES = ("roles_linux", "roles_linux_apps", "roles_linux_more")

_PROGRAM_SUFFIX = re.compile(r"\.(exe|com|scr|pif|bin|elf|app)$")
_MACHINE = r"(?:x86_64|i[3-6]86|aarch64|arm[a-z0-9]{0,8}|riscv64|powerpc64(?:le)?|ppc64le|s390x)"
_TRIPLET = re.compile(rf"^{_MACHINE}-(?:[a-z0-9_]+-){{1,3}}(?=[a-z])")
_VERSION = re.compile(r"(?<=[a-z+])[-_.]?v?[0-9<][-0-9.<>a-z_]*$")
_ARCHITECTURE = re.compile(r"[-_. ]?(x64|x86|x86_64|amd64|arm64|win32|win64|64|32|64bit|32bit)$")
_TRUSTED = frozenset({Zone.SYSTEM, Zone.PROGRAM_FILES})
_MIXED = frozenset(
    {
        Location.USER_PROGRAMS,
        Location.LINUX_ENVIRONMENT,
        Location.OTHER_DRIVE_PROGRAMS,
        Location.LINUX_USER_BIN,
        Location.TOOL_DIRECTORY,
    }
)
_SMALL = frozenset({Role.TEXT_TOOL, Role.ADMIN_TOOL, Role.KERNEL, Role.LOGIN, Role.DAEMON, Role.WEB_SERVER})
_MAINTAINER = (".preinst", ".postinst", ".prerm", ".postrm")
"""Scripts of Debian's packages: apache2.postinst is no web server, whatever its name is without its version."""
_LONGEST = 128
"""Longer names are no product's; they are not worth a regular expression's time."""


@lru_cache(maxsize=1 << 16)  # asked for every pair of neighbours; about 10 MB when full
def role(path: str) -> Role:
    """Role of a folded path or bare name. Total; OTHER where nothing is known."""
    clean = path.removesuffix(DELETED)
    name = _own(clean).lower()[:_LONGEST]
    if not name:
        return Role.OTHER
    if name.endswith(_MAINTAINER):
        return Role.INSTALLER
    windows = is_windows(clean)
    found = _helper_directory(clean) if clean.startswith(("/usr/lib", "/usr/libexec")) else None
    if found is None:
        found = _named(clean, name, windows)
    if found is None:
        found = _by_directory(clean)
    return found if found is not None else _by_pattern(stem(name))


@lru_cache(maxsize=1 << 16)  # of every pair of neighbours and every command line, and there are far fewer paths
def name_of(path: str) -> str:
    """The name that rules compare: lower case, without a program's extension and without the deletion marker."""
    return stem(_own(path.removesuffix(DELETED)))


@lru_cache(maxsize=1 << 16)  # asked for every pair of neighbours
def plain_names(path: str) -> tuple[str, ...]:
    """The name that rules compare, as it is and the same without target, architecture and version: php-fpm8.1, php-fpm."""
    name = name_of(path)[:_LONGEST].removeprefix("-")
    return tuple(dict.fromkeys((*_spellings(name), re.split("[/:]", name)[0]) if name.startswith(THREADS) else _spellings(name)))


def _own(path: str) -> str:
    """The file name; of a kernel thread, which has none, the name it goes by: kworker/0:1."""
    return path if path.startswith(THREADS) else basename(path)


def is_windows(path: str) -> bool:
    """Whether a folded path or name is judged by the tables of Windows."""
    return not path.startswith("/") and ("\\" in path or path.lower().endswith((".exe", ".com", ".scr")))


def stem(name: str) -> str:
    """File name in lower case without the extension of a program."""
    return _PROGRAM_SUFFIX.sub("", name.lower())


def known_name(name: str) -> bool:
    """Whether a file name (with or without extension) is in a role table of either system."""
    text = stem(name)
    return text in _names(True) or text in _names(False)


def windows_name(text: str) -> str:
    """The spelling under which the tables of Windows have a name, which may have an architecture or a version behind it; "" for
    names that they have not. No pattern, directory or table of the other system is asked: all that is known is a single word.
    """
    return next((one for one in _spellings(stem(text)) if one in _names(True)), "")


@cache
def known_stems() -> tuple[str, ...]:
    """All names of the role tables, sorted."""
    return tuple(sorted({*_names(True), *_names(False)}))


@cache
def _names(windows: bool) -> dict[str, Role]:
    found: dict[str, Role] = {}
    for block in blocks("role", WINDOWS_TABLES if windows else LINUX_TABLES):
        for word in words(block):
            found.setdefault(word, Role[block["role"].upper()])
    return found


def _named(path: str, name: str, windows: bool) -> Role | None:
    """By name: this system's table, the other's (ported tools), then without triplet, architecture and version."""
    first, second = _names(windows), _names(not windows)
    # Login shells arrive as -bash.
    text = stem(name.removeprefix("-"))
    for candidate in _spellings(text):
        if (hit := first.get(candidate)) is not None:
            return hit
        hit = second.get(candidate)
        # c:\stuff\test.exe is not coreutils: the small commands of POSIX count on Windows only where ports of them live.
        if hit is not None and (not windows or hit not in _SMALL or "\\bin\\" in path):
            return hit
    return None


def _spellings(text: str) -> list[str]:
    found = [text]
    for pattern in (_TRIPLET, _ARCHITECTURE, _VERSION):
        shorter = pattern.sub("", found[-1])
        # Two letters say too little: "as" and "at" must not come out of as64x or at-7.
        if shorter != found[-1] and len(shorter) > 1:
            found.append(shorter)
    return found


@cache
def _directories() -> dict[tuple[str, ...], Role]:
    return {
        tuple(name.split("/")): Role[block["role"].upper()]
        for block in blocks("directory", ("role_hints",))
        for name in words(block)
    }


def _helper_directory(path: str) -> Role | None:
    """Helpers of a product whose names collide with commands: apt's method `http` is not HTTPie."""
    return _directories().get(tokens(path)[-3:-1])


def _by_directory(path: str) -> Role | None:
    location = location_class(path)
    if zone(location) not in _TRUSTED and location not in _MIXED:
        return None
    parts = tuple(part.lower() for part in tokens(path)[:-1])
    table = _directories()
    for end in range(len(parts), 0, -1):
        for width in (2, 1):
            if end >= width and (hit := table.get(parts[end - width : end])) is not None:
                return hit
    return None


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Role], ...]:
    return tuple(
        (re.compile("|".join(f"(?:{text})" for text in words(block))), Role[block["role"].upper()])
        for block in blocks("pattern", ("role_hints",))
    )


def _by_pattern(text: str) -> Role:
    return next((found for pattern, found in _patterns() if pattern.fullmatch(text)), Role.OTHER)
