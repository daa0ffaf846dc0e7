"""What the re-ranking by verdicts needs: the queue, the verdicts on it, a place for the order that they teach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from engine.domain.arrays import Ints32
from engine.jobs.ports.score import ProcessStore
from engine.verdicts.features import VariantFeatures
from engine.verdicts.queue import LearntQueue
from engine.verdicts.verdicts import BaseQueue, Elsewhere, Verdicts


class TeachingStore(ProcessStore, Protocol):
    """Where verdicts are read and the order that they teach is kept."""

    def load_queue(self, case: str) -> BaseQueue:
        """The case's queue by its detector in use. Raises NotFound when nothing was scored."""

    def load_kept(self, case: str) -> tuple[BaseQueue, VariantFeatures] | None:
        """The same queue without its processes but with the features that were made of them; None where none are kept."""

    def keep(self, base: BaseQueue, features: VariantFeatures) -> None:
        """Keep the features of a queue that was loaded, for `load_kept`. Whether that succeeds changes nothing but its cost."""

    def load_verdicts(self, case: str, base: BaseQueue) -> Verdicts:
        """Effective verdicts on the queue's processes; scopes (this process, this host, this parent prefix) resolved to what they
        cover.
        """

    def load_remembered(self, case: str, detector: str) -> Elsewhere:
        """The verdicts of variants in other cases that use the same detector."""

    def write_learnt(self, case: str, base: BaseQueue, learnt: LearntQueue, asks: Mapping[str, Ints32], elsewhere: int) -> None:
        """Replace the case's learnt queue, and the queue modes (engine.verdicts.ask) beside it, in one transaction. Where nothing
        taught it, because all was taken back, there is none afterwards.

        `base`: the queue that it re-orders, as it was loaded; `elsewhere`: `Elsewhere.event` of what was remembered.
        Raises StoreError when the case was scored anew since.
        """

    def label_event(self, case: str) -> int:
        """The case's newest label event, 0 for none."""
