"""What verifying needs of a case: the hashes that it keeps, and where each was taken."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeptHash:
    """The hashes of one source, SHA-256 in hexadecimal."""

    path: str
    """As it was ingested: a file, or "file!member" of an archive."""
    sha256: str | None
    """Of the content as it was read; None where nothing could be read of it."""
    container: str | None = None
    """The file on disk that was delivered, where that is another content, or where nothing else is known of the source …"""
    container_sha256: str | None = None
    """… and its hash. None in cases of an old oddkin."""
