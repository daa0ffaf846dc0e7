"""What a process could do, by what its record says of integrity and account."""

from __future__ import annotations

from engine.domain.processes import Privilege

_LEVELS = (
    (("system", "s-1-16-16384", "protected"), Privilege.SYSTEM),
    (("high", "s-1-16-12288", "%%1937"), Privilege.ELEVATED),
    (("medium", "low", "appcontainer", "untrusted", "s-1-16-8192", "s-1-16-4096", "s-1-16-8448", "%%1938"), Privilege.USER),
)
_ROOTS = frozenset({"root", "0", "system", "s-1-5-18", "nt authority\\system", "local system"})


def by_level(integrity: str) -> Privilege:
    """By the integrity level or the kind of elevated token; UNKNOWN for "" and for what says neither."""
    text = integrity.lower()
    return next((found for marks, found in _LEVELS if any(mark in text for mark in marks)), Privilege.UNKNOWN)


def by_account(user: str) -> Privilege:
    """By the name of the account, where no level is known; UNKNOWN for ""."""
    if not user:
        return Privilege.UNKNOWN
    return Privilege.SYSTEM if user.lower() in _ROOTS else Privilege.USER
