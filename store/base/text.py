"""How hostile text gets into SQLite and comes back as it was: modified UTF-8, as in Java class files.

A Python string from a log may hold NUL and lone surrogates (the readers keep invalid bytes as surrogate escapes, and
UTF-16 logs hold unpaired ones). SQLite's TEXT takes neither well: binding a surrogate raises, and NUL ends the text for
LIKE, length() and the shell, so that whatever an attacker puts behind a NUL would be hidden from every search.
Therefore NUL is stored as the overlong pair C0 80 and a surrogate as its three bytes (WTF-8). C0 occurs in no other
encoding, so the mapping is one to one, and ordinary text is stored as ordinary UTF-8.

Rejected: BLOB columns (no LIKE, unreadable in the shell), backslash escapes (ambiguous, and longer than what they hide).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Dialect, String, cast
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import Text, TypeDecorator

_NUL = b"\xc0\x80"


def encode(text: str) -> bytes:
    """The bytes that represent `text` in a TEXT column."""
    return text.encode("utf-8", "surrogatepass").replace(b"\0", _NUL)


def decode(stored: bytes) -> str:
    """Inverse of `encode`; the connection's text factory. Bytes that `encode` never makes become replacement marks."""
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored.replace(_NUL, b"\0").decode("utf-8", "surrogatepass" if _sound(stored) else "replace")


def _sound(stored: bytes) -> bool:
    """A database edited by other hands must still open: only what decodes is decoded strictly."""
    try:
        stored.replace(_NUL, b"\0").decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def bindable(text: str) -> str | bytes:
    """`text` itself where SQLite takes it as it is, else its bytes, for a parameter written as CAST(? AS TEXT)."""
    if "\0" not in text:
        try:
            text.encode()
        except UnicodeEncodeError:
            return encode(text)
        return text
    return encode(text)


def bindables(texts: Sequence[str]) -> Sequence[str | bytes]:
    """`bindable` of each: one check for all of them where they are as logs write them."""
    together = "".join(texts)
    if "\0" not in together:
        try:
            together.encode()
        except UnicodeEncodeError:
            pass
        else:
            return texts
    return list(map(bindable, texts))


def folded(stored: bytes) -> bytes:
    """Registered as a function of SQL, for CAST(text AS BLOB): without regard to case, as host names are compared."""
    return encode(decode(stored).casefold())


def digest(text: str) -> bytes:
    """16 bytes of BLAKE2b that identify a text: a third of the size of an index over the text itself, and nobody can
    make two command lines collide (2**64 work).
    """
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def plain(stored: bytes) -> bytes:
    """The bytes of a stored text as `digest` takes them."""
    return stored.replace(_NUL, b"\0")


def digest_of(stored: object) -> bytes:
    """`digest` of a text by the bytes that stand in the database; b"" for what is no text."""
    return hashlib.blake2b(plain(stored), digest_size=16).digest() if isinstance(stored, bytes) else b""


def like_pattern(needle: str) -> str:
    """A LIKE pattern (ESCAPE '!') that finds `needle` anywhere, its own % and _ taken literally."""
    for char in "!%_":
        needle = needle.replace(char, "!" + char)
    return f"%{needle}%"


class LogText(TypeDecorator[str]):
    """Column type for text that anybody may have written."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """What the driver is given for a text; None for NULL."""
        return None if value is None else bindable(value)

    def bind_expression(self, bindparam: Any) -> ColumnElement[str]:
        """The cast turns bytes into TEXT and does nothing to a str."""
        return cast(bindparam, String().with_variant(Text(), "sqlite"))
