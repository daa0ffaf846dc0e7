"""Hashes as logs and lists write them, read in one place: `SHA1=…,MD5=…,IMPHASH=…`, `"md5": "…"`, bare ones told by their length.

A digest is 16 bytes (MD5), 20 (SHA-1) or 32 (SHA-256), so that its length tells its kind. An import hash is as long as an MD5 and
is none: what a text calls by another name never becomes one.
"""

from __future__ import annotations

import hashlib
import re

KINDS = {"MD5": 32, "SHA1": 40, "SHA256": 64}
"""Kind -> hexadecimal digits, of those that are compared."""
OTHERS = {"SHA512": 128, "IMPHASH": 32}
"""Kinds that logs have beside them."""
LONGEST = 4096
"""Characters of a text that are looked at: four hashes with their names have 200."""
_BY_LENGTH = {64: "SHA256", 40: "SHA1", 32: "MD5", 128: "SHA512"}
_DIGITS = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{32,128}(?![0-9A-Za-z])")
_NAME = re.compile(r"([0-9A-Za-z_-]+)[\"']?\s*\Z")
_BEFORE = 64
"""Characters before a hash in which its name stands."""
_EMPTY = (hashlib.md5(b"", usedforsecurity=False), hashlib.sha1(b"", usedforsecurity=False), hashlib.sha256(b""))
NOTHING = frozenset((*(made.digest() for made in _EMPTY), *(bytes(digits // 2) for digits in KINDS.values())))
"""Digests that are of no program: those of a file of no bytes, and zeros where nothing was hashed."""


def named(text: str) -> list[tuple[str, str]]:
    """(kind, hexadecimal digits) of every hash of KINDS and OTHERS in a text, as it stands there. Total; it may be hostile."""
    text = text[:LONGEST]
    found = []
    for match in _DIGITS.finditer(text):
        before = text[max(match.start() - _BEFORE, 0) : match.start()].rstrip(" \t\"'")
        digits = match[0]
        if before.endswith(("=", ":")):
            name = _NAME.search(before[:-1])
            kind = kind_of(name[1]) if name else ""
        else:
            kind = _BY_LENGTH.get(len(digits), "")
        if len(digits) == (KINDS.get(kind) or OTHERS.get(kind)):
            found.append((kind, digits))
    return found


def kind_of(name: str) -> str:
    """The kind that a name stands for (sha-256, sha256_hash, FileHash-MD5, md5sum), "" for any other."""
    plain = "".join(filter(str.isalnum, name)).upper()
    if plain not in OTHERS:
        plain = plain.removeprefix("FILE").removeprefix("HASH").removesuffix("HASH").removesuffix("SUM")
    return plain if plain in KINDS or plain in OTHERS else ""


def digests(text: str) -> tuple[bytes, ...]:
    """The digests of KINDS in a text, each once; those of NOTHING are left out."""
    found = dict.fromkeys(bytes.fromhex(digits) for kind, digits in named(text) if kind in KINDS)
    return tuple(digest for digest in found if digest not in NOTHING)


def by_kind(text: str | None) -> dict[str, str]:
    """Kind -> digits of the hashes of a process's file, both in small letters; of two of one kind the last."""
    return {kind.lower(): digits.lower() for kind, digits in named(text or "")}
