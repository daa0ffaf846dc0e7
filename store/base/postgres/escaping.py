"""How hostile text gets into PostgreSQL and comes back as it was.

PostgreSQL's text takes neither NUL nor surrogates, and logs hold both (store/base/text.py). Each is written as a mark and
four hexadecimal digits, which anybody sees in psql: ␛0000, ␛D800. The mark itself is written so too, so that the mapping is
one to one: a log that holds the five characters "␛0000" is stored as "␛241B0000".

Rejected: bytea columns (no LIKE, unreadable in psql), characters of the private use area (a log may hold those as well, and
they are not seen), dropping what cannot be stored (evidence is never changed).
"""

from __future__ import annotations

import re

MARK = "␛"
"""U+241B, SYMBOL FOR ESCAPE."""
_REFUSED = re.compile(f"[\0{MARK}\ud800-\udfff]")
_ESCAPED = re.compile(f"{MARK}([0-9A-F]{{4}})")


def escaped(text: str) -> str:
    """What is stored for a text: no NUL and no surrogate is in it."""
    return _REFUSED.sub(lambda met: f"{MARK}{ord(met[0]):04X}", text)


def unescaped(stored: str) -> str:
    """Inverse of `escaped`. What it never makes, a mark without digits, stays as it is: databases are edited by other hands."""
    return _ESCAPED.sub(lambda met: chr(int(met[1], 16)), stored) if MARK in stored else stored


def encoded(text: str) -> bytes:
    """The bytes that are stored for a text."""
    if "\0" not in text and MARK not in text:
        try:
            return text.encode()
        except UnicodeEncodeError:
            pass
    return escaped(text).encode()
