"""Compare a case with lists of known-good and known-bad hashes. What is scored afterwards knows of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.domain.processes import Repute
from engine.errors import InputError
from engine.hash_lists.hashes import digests
from engine.hash_lists.reading import HashList, read_list
from engine.jobs.ports.hash_lists import HashListStore
from engine.progress import Run

LOOK = 10_000
"""Texts between two looks at whether to go on."""


@dataclass(frozen=True, slots=True)
class GivenList:
    """A list as somebody gives it."""

    path: Path
    """Absolute."""
    kind: Repute


@dataclass(frozen=True, slots=True)
class ListCompared:
    """What became of one list."""

    given: GivenList
    read: HashList | None
    """None for one that could not be read."""
    named: int = 0
    """Of the case's different texts of hashes."""
    compared: int = 0
    """How many of those there are."""
    problem: InputError | None = None


def compare(case: str, lists: Sequence[GivenList], store: HashListStore, run: Run) -> list[ListCompared]:
    """Read the lists, one after the other, and keep which of the case's hashes they name.

    A list that cannot be read costs only itself, and says so. Raises NotFound; Cancelled, which keeps those that were read.
    """
    keys: dict[bytes, list[int]] = defaultdict(list)
    compared = 0
    for compared, (key, text) in enumerate(store.hash_texts(case), start=1):
        if not compared % LOOK:
            run.raise_if_cancelled()
        for digest in digests(text):
            keys[digest].append(key)
    out = []
    for given in lists:
        try:
            read = read_list(given.path, keys.keys(), run)
        except InputError as error:
            out.append(ListCompared(given, None, problem=error))
            continue
        named = {key for digest in read.found for key in keys[digest]}
        store.keep_list(case, given.kind, read, named, compared)
        out.append(ListCompared(given, read, len(named), compared))
    return out
