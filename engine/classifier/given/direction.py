"""Which end of handed-over sequences is the root: said by whoever hands them over, or found.

Each sequence has a word. What can be a root (systemd, init, wininit, services …) at one end and not at the other says which;
where that says nothing, neighbours do: names that known templates of behaviours put below one another (httpd, bash), counted both
ways round. All sequences of one input are taken alike, as one program wrote them: the majority decides, and whoever asks is told
the votes. Where nothing says anything: root first, as arrows are read everywhere here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.classifier.synthetic.paper import bare, known_names, neighbours
from engine.classifier.synthetic.sequences import LINUX, WINDOWS
from engine.paths import basename

ROOTS = frozenset((
    "systemd", "init", "launchd", "system", "smss", "wininit", "winlogon", "services", "csrss", "userinit", "kthreadd",
    "registry", "kernel_task", "upstart", "openrc", "containerd-shim", "containerd-shim-runc-v2", "tini", "dumb-init",
))  # fmt: skip
"""What hangs under nothing that is recorded, or is started by what does."""
HIGH = frozenset((
    "explorer", "svchost", "cron", "crond", "sshd", "login", "gdm", "lightdm", "httpd", "apache2", "nginx", "sqlservr",
    "w3wp", "taskeng", "taskhostw",
))  # fmt: skip
"""What other processes hang under, and rarely the other way round."""


@dataclass(frozen=True, slots=True)
class Votes:
    """How sequences are written."""

    root_first: int
    leaf_first: int
    silent: int
    """Sequences that tell nothing, those of one step among them."""

    @property
    def leaf(self) -> bool:
        """Whether the leaf stands first."""
        return self.leaf_first > self.root_first

    def told(self) -> str:
        """What was taken and why."""
        if not self.root_first and not self.leaf_first:
            return "taken as root first: nothing tells which end the root is (--leaf-first says otherwise)"
        taken, votes, against = ("leaf first", self.leaf_first, self.root_first) if self.leaf else (
            "root first", self.root_first, self.leaf_first)  # fmt: skip
        if votes == against:
            return f"taken as root first: {votes:,} say so and {against:,} say leaf first (--leaf-first says otherwise)"
        whole = votes + against + self.silent
        other = f", {against:,} say otherwise" if against else ""
        return f"found to be {taken}: by what can be a root and by usual neighbours {votes:,} of {whole:,} say so{other}"


def votes(sequences: Sequence[Sequence[str]]) -> Votes:
    """The word of each."""
    said = [vote(steps) for steps in sequences]
    return Votes(sum(one > 0 for one in said), sum(one < 0 for one in said), sum(one == 0 for one in said))


def vote(steps: Sequence[str]) -> int:
    """Above 0 for root first, below for leaf first, 0 for no word."""
    names = [bare(basename(step[-4096:]) or step[-4096:]) for step in steps]
    for tops in (ROOTS, ROOTS | HIGH):
        first, last = names[0] in tops, names[-1] in tops
        if first != last:
            return 1 if first else -1
    near = _near()
    pairs = list(pairwise(names))
    ahead = sum(pair in near and pair[::-1] not in near for pair in pairs)
    back = sum(pair[::-1] in near and pair not in near for pair in pairs)
    return ahead - back


def programs() -> frozenset[str]:
    """Names that are programs, whatever else they could be."""
    return frozenset((*known_names(LINUX), *known_names(WINDOWS), *ROOTS, *HIGH))


def _near() -> frozenset[tuple[str, str]]:
    return neighbours(LINUX) | neighbours(WINDOWS)
