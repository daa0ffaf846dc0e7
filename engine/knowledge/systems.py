"""Of which operating system a program is: by the shape of its path, and of a bare name (system, dash) by the tables of names.

A system is a number, so that those of a chain's steps can be added up: the sign of the sum is the chain's.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from engine.knowledge.roles import LINUX_TABLES, WINDOWS_TABLES, stem
from engine.knowledge.tables import blocks, load, words
from engine.paths import looks_windows

WINDOWS, EITHER, POSIX = 1, 0, -1


def by_shape(path: str) -> int:
    """A drive, a backslash or a program's extension is Windows, a slash is not; EITHER for a bare name."""
    if looks_windows(path):
        return WINDOWS
    return POSIX if "/" in path else EITHER


def by_name(path: str) -> int:
    """Of a bare name that only one system's tables have; EITHER for all others and for whole paths."""
    if by_shape(path):
        return EITHER
    return _named().get(stem(path.removeprefix("-")), EITHER)  # login shells arrive as -bash


def sign(votes: Iterable[int]) -> int:
    """The system that most steps are of; EITHER for none and for as many of one as of the other."""
    total = sum(votes)
    return (total > 0) - (total < 0)


@cache
def _named() -> dict[str, int]:
    """Applications of Windows always come with their extension: without one only Windows' own names say Windows."""
    windows, linux = (_words(tables) for tables in (WINDOWS_TABLES, LINUX_TABLES))
    linux |= set(words(load("names")["kernel_threads"]))
    own = _words(WINDOWS_TABLES[:1])
    return dict.fromkeys(own - linux, WINDOWS) | dict.fromkeys(linux - windows, POSIX)


def _words(tables: tuple[str, ...]) -> set[str]:
    return {word for block in blocks("role", tables) for word in words(block)}
