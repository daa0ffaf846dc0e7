"""What a text is filled from: the machine, the user, the moment."""

from __future__ import annotations

import random

from engine.simulator.people import SimHost, SimUser
from engine.simulator.processes import SimProcess


class Context:
    """One run of one activity. `memo` holds the values that a tree uses in several places (`{uuid@a}`)."""

    __slots__ = ("host", "image", "memo", "parent", "pid", "rng", "stages", "time_us", "user", "versions")

    def __init__(self, host: SimHost, user: SimUser, rng: random.Random, versions: dict[str, str]) -> None:
        self.host = host
        self.user = user
        self.rng = rng
        self.versions = versions
        self.stages: tuple[str, ...] = ()
        """Hosts of an intrusion's stages, as its commands name them."""
        self.memo: dict[str, str] = {}
        self.image = ""
        self.pid = 0
        self.parent: SimProcess | None = None
        self.time_us = 0
