"""What `evaluate` needs: records by what a list of known labels names them by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine.measure.known_labels import RecordKeys


class EvidenceIndex(Protocol):
    """Where `evaluate` looks records up."""

    def source_paths(self, case: str) -> Sequence[tuple[int, str]]:
        """Key and path of every source of the case."""

    def source_digests(self, cases: Sequence[str]) -> Sequence[tuple[str, str]]:
        """Path and SHA-256 (hexadecimal, of the unpacked content) of every source that processes came from."""

    def record_keys(self, source_id: int) -> Sequence[RecordKeys]:
        """What the records of a source can be recognised by, and the chain that each one's process ends."""
