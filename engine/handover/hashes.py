"""Hashes of a process's file as records write them: `SHA256=…,MD5=…`, or one alone, told by its length."""

from __future__ import annotations

import re

_NAMED = re.compile(r"(MD5|SHA1|SHA256|SHA512|IMPHASH)=([0-9A-Fa-f]{32,128})(?:,|$)", re.IGNORECASE)
_ALONE = re.compile(r"\s*([0-9A-Fa-f]+)\s*")
LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128, "imphash": 32}
_OF_LENGTH = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}


def hashes(text: str | None) -> dict[str, str]:
    """Kind in small letters -> hash in small letters; what is not as long as its kind says is left out."""
    found = {kind.lower(): value.lower() for kind, value in _NAMED.findall(text or "")}
    alone = _ALONE.fullmatch(text or "")
    if not found and alone is not None and len(alone[1]) in _OF_LENGTH:
        found = {_OF_LENGTH[len(alone[1])]: alone[1].lower()}
    return {kind: value for kind, value in found.items() if len(value) == LENGTHS[kind]}
