"""Which group of an estate a host belongs to, and which names in a part are one machine.

All names that may be one machine begin with the same label (engine.lineage.same_host): hosts are grouped by that label, and a
part has whole groups, so that it can decide alone what one machine decides by all names of a case.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

from engine.lineage.collection import collection_of
from engine.lineage.same_host import ADDRESS, same

NAMED, FILES = "name:", "files:"
"""Begin the identity of a host: its case-folded name; the collection of its files, where records name none."""


def key_of(name: str, path: str) -> str:
    """Identity of the host of a record, which may name none, in the source at `path`."""
    return NAMED + name.casefold() if name else FILES + collection_of(path)


def group_of(key: str, groups: int) -> int:
    """The group, of so many, that a host is in. The same in every process and on every machine."""
    name = key.removeprefix(NAMED)
    if key.startswith(NAMED):
        whole = name.rstrip(".")
        # What all addresses of a network begin with is no name: they would be in one group.
        name = whole if ADDRESS.fullmatch(whole) else whole.partition(".")[0]
    return crc32(name.encode("utf-8", "surrogatepass")) % groups


def machines(keys: Iterable[str]) -> dict[str, str]:
    """Key of each host of a part -> the one that has its records: itself, or the full name of a short one."""
    known = sorted(set(keys))
    named = {number: key.removeprefix(NAMED) for number, key in enumerate(known) if key.startswith(NAMED)}
    other = same(named)
    return {key: known[other.get(number, number)] for number, key in enumerate(known)}
