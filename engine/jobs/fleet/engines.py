"""What the job asks of an engine that has workers: read, bring together by host, link, pick. And the one that is this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from engine.domain.arrays import Ints
from engine.fleet.packed import HostBlock, opened
from engine.fleet.part import LinkedPart, linked
from engine.fleet.picked import PickedHost, picked
from engine.jobs.fleet.read import ReadFiles, ReadTask, read
from engine.progress import Check

Wanted = Mapping[int, Mapping[str, Ints]]
"""Part -> host -> nodes of its that are wanted."""
SPREAD = 8
"""Groups of hosts for each part: whole groups are in a part, which are so many more that parts are alike."""


class Engine(Protocol):
    """Workers, on whatever engine. Each step may be asked for once, in this order; all raise Cancelled through `check`."""

    def read(self, tasks: Sequence[ReadTask], check: Check) -> Iterator[ReadFiles]:
        """Read, and bring what was read together by parts. Reports come in any order, each task's once."""

    def link(self, ranks: Mapping[int, int], check: Check) -> Iterator[tuple[int, LinkedPart]]:
        """Link the hosts of each part (engine.fleet.part.linked), in any order: its number, and what it says."""

    def pick(self, ranks: Mapping[int, int], wanted: Wanted, check: Check) -> Iterator[list[PickedHost]]:
        """What is wanted of the parts, in any order."""

    @property
    def parts(self) -> int:
        """Into how many parts hosts are spread. Tasks are given SPREAD times as many groups."""

    def close(self) -> None:
        """Give up what workers hold."""


def link_part(blobs: Sequence[bytes], ranks: Mapping[int, int]) -> LinkedPart:
    """On a worker: link the hosts of a part."""
    return linked(_blocks(blobs), ranks)


def pick_part(blobs: Sequence[bytes], ranks: Mapping[int, int], wanted: Mapping[str, Ints]) -> list[PickedHost]:
    """On a worker: the records that are wanted of a part."""
    return picked(_blocks(blobs), ranks, wanted)


def _blocks(blobs: Sequence[bytes]) -> Iterator[HostBlock]:
    for blob in blobs:
        yield from opened(blob)


class InThisProcess:
    """Engine without workers: what others are measured against and held to."""

    def __init__(self, parts: int = 1) -> None:
        self._blobs: list[list[bytes]] = [[] for _ in range(parts)]

    @property
    def parts(self) -> int:
        """Into how many parts hosts are spread."""
        return len(self._blobs)

    def read(self, tasks: Sequence[ReadTask], check: Check) -> Iterator[ReadFiles]:
        """One task after the other."""
        for task in tasks:
            check()
            told, packed = read(task)
            for group, blob in packed:
                self._blobs[group % self.parts].append(blob)
            yield told

    def link(self, ranks: Mapping[int, int], check: Check) -> Iterator[tuple[int, LinkedPart]]:
        """One part after the other."""
        for number, blobs in enumerate(self._blobs):
            check()
            yield number, link_part(blobs, ranks)

    def pick(self, ranks: Mapping[int, int], wanted: Wanted, check: Check) -> Iterator[list[PickedHost]]:
        """One part after the other."""
        for part, hosts in wanted.items():
            check()
            yield pick_part(self._blobs[part], ranks, hosts)

    def close(self) -> None:
        """Nothing is held that goes on."""
