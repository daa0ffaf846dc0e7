"""What training a classifier needs beyond a vault: which verdicts taught which classifier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from engine.jobs.ports.models import ModelVault

Taught = Mapping[tuple[str, int], tuple[str, float | None]]
"""Chain key and shape of the command line (-1: all of the chain) -> verdict, and what a learner that did not see it said."""


class TeachingVault(ModelVault, Protocol):
    """A model vault that knows which verdicts taught a classifier, and takes it out of use with any of them."""

    def adopt(self, case: str, model_id: str, verdicts: Taught) -> bool:
        """Use a classifier, and keep what taught it.

        False when one of these verdicts was taken back meanwhile: it is not in use until they all hold again.
        """

    def taught_with(self, case: str, model_id: str) -> Taught:
        """What `adopt` was told of a case's verdicts; {} for a classifier that was taught elsewhere."""
