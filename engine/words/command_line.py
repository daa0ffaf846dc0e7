"""Command lines as bags of normalised words, each word a number: what the command-line signals count.

Words are hashed and not interned. A case of 22 million processes has some five million different command lines with tens
of millions of different words, most of them random; a vocabulary of those would be larger than everything else together.
In 2^20 bins two words of one program's command lines meet too rarely to matter.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterable

BINS = 1 << 20
LONGEST = 4096
"""Characters of a command line that count. Longer ones are scripts or data; what they are for stands at the front."""
MAX_WORDS = 48

_BLOB = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_SHAPES = re.compile(
    r"(?P<guid>\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?)|(?P<url>(?:https?|ftp)://[^\s\"'<>|)]{1,512})"
    r"|(?P<ip>\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b)|(?P<hex>\b(?:0x)?(?=[0-9a-f]*\d)[0-9a-f]{8,}\b)|(?P<n>\d+)"
)
_BLANK = re.compile(r"[ \t\r\n\v\f]")
"""What ends the program's name: Windows and shells take a tab as they take a blank."""
_WORD = re.compile(r"<(?:guid|url|ip|hex|n|blob)>(?:[\w<>.]*)|[-/+$%]{0,2}[\w<>.~]+|[|&;<>]{1,2}")


def words(text: str) -> list[str]:
    """Words of a command line without its first (the program's own name, which the chain tells), in order, at most 48.

    Numbers, addresses, GUIDs, hashes and base64 become `<n>`, `<ip>` …; paths fall into their parts. What base64 hides is
    added behind, marked, so that an encoded command and the same one in the clear have words in common.
    """
    rest = _arguments(text[:LONGEST])
    hidden: list[str] = []

    def blob(match: re.Match[str]) -> str:
        found = match.group()
        if "/" in found and found.count("/") * 12 > len(found):
            return found  # a path
        clear = decoded(found)
        if clear is None and not (re.search(r"\d", found) and re.search(r"[a-z]", found) and re.search(r"[A-Z]", found)):
            return found  # a long word
        hidden.extend(_split(clear or ""))
        return "<blob>"

    return (_split(_BLOB.sub(blob, rest)) + hidden)[:MAX_WORDS]


def masked(text: str) -> str:
    """All of a command line behind the program's name, in small letters, with what is filled in as in `words`; base64 stays."""
    return _SHAPES.sub(lambda match: f"<{match.lastgroup}>", _arguments(text).lower())


def tokens(text: str) -> list[int]:
    """The different words of a command line as ascending numbers under `BINS`."""
    return tokens_of(words(text))


def tokens_of(found: Iterable[str]) -> list[int]:
    """The same of words that were found already."""
    return sorted({token(word) for word in found})


def token(word: str) -> int:
    """A word's number: CRC-32, which is the same in every process and version."""
    return zlib.crc32(word.encode("utf-8", "replace")) % BINS


def _arguments(text: str) -> str:
    text = text.lstrip()
    if text.startswith('"'):
        return text[1:].partition('"')[2]
    first, *behind = _BLANK.split(text, maxsplit=1)
    rest = "".join(behind)
    # Unquoted paths with blanks: the program ends where an extension does.
    match = re.match(r"[A-Za-z]:\\[^\"/*?<>|]{1,200}?\.(?:exe|com|bat|cmd)\b", text, re.IGNORECASE)
    return text[match.end() :] if match and match.end() > len(first) else rest


def _split(text: str) -> list[str]:
    shaped = _SHAPES.sub(lambda match: f"<{match.lastgroup}>", text.lower())
    return _WORD.findall(shaped)


def decoded(blob: str) -> str | None:
    """Text inside base64, UTF-16 (as PowerShell takes it) or ASCII; None when it is none."""
    try:
        raw = base64.b64decode(blob[: len(blob) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return None
    for encoding in ("utf-16-le", "ascii"):
        try:
            clear = raw[: len(raw) // 2 * 2].decode(encoding)
        except UnicodeDecodeError:
            continue
        plain = sum(character.isascii() and (character.isprintable() or character.isspace()) for character in clear)
        if clear and plain > 0.95 * len(clear):
            return clear
    return None
