"""What comparing a case with lists of hashes needs: the hashes that its records have, and a place for what lists say of them."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Protocol

from engine.domain.processes import Repute
from engine.hash_lists.reading import HashList


class HashListStore(Protocol):
    """Where a case's hashes are read, and what lists say of them is kept."""

    def hash_texts(self, case: str) -> Iterator[tuple[int, str]]:
        """Every different text of hashes that the records of a case have, with its key. Raises NotFound."""

    def keep_list(self, case: str, kind: Repute, read: HashList, named: Set[int], compared: int) -> None:
        """Keep what a list says, instead of what the same file said before. named: keys of the texts that it names, of `compared`
        that there were.
        """
