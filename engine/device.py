"""Where the network runs: one function turns "auto" into a device and says what it chose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from engine.errors import UsageError

CHOICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True, slots=True)
class Device:
    """A resolved device. `kind` is what torch calls it, `name` is for people and manifests."""

    kind: str
    name: str
    threads: int

    @property
    def line(self) -> str:
        """One line for the log: "cpu (x86_64), 1 thread"."""
        threads = f", {self.threads} thread{'s' if self.threads != 1 else ''}" if self.kind == "cpu" else ""
        return f"{self.kind} ({self.name}){threads}"


def resolve(requested: str = "auto", threads: int = 1) -> Device:
    """Choose the device: for "auto" CUDA, else Apple's Metal, else the CPU.

    `threads` counts torch's threads within one operation and defaults to 1: on a busy two-core machine two threads were
    ten times slower than one (they spin for each other), and results on one thread repeat bit for bit.
    Raises UsageError for an unknown word, a device that is not there, or fewer than one thread.
    """
    if requested not in CHOICES:
        raise UsageError(f"Unknown device {requested!r}.", remedy=f"Choose one of {', '.join(CHOICES)}.")
    if threads < 1:
        raise UsageError(f"{threads} threads cannot compute anything.", remedy="Use --threads 1 or more.")
    import torch

    has_cuda = torch.cuda.is_available()
    has_mps = torch.backends.mps.is_available()
    if requested == "auto":
        requested = "cuda" if has_cuda else "mps" if has_mps else "cpu"
    if (requested == "cuda" and not has_cuda) or (requested == "mps" and not has_mps):
        build = f"torch {torch.__version__}"
        raise UsageError(
            f"No {requested} device here ({build}).", remedy="Use --device cpu, or install a torch build with support for it."
        )
    return Device(requested, _name(requested), threads)


def available(threads: int = 1) -> tuple[Device, ...]:
    """Every device of this machine, the one that "auto" takes first. Imports torch: seconds, so not where a screen is drawn."""
    found = [resolve("auto", threads)]
    for kind in CHOICES[1:]:
        if kind != found[0].kind:
            try:
                found.append(resolve(kind, threads))
            except UsageError:
                continue
    return tuple(found)


def _name(kind: str) -> str:
    import platform

    if kind == "cuda":
        import torch

        return str(torch.cuda.get_device_name(0))
    return platform.machine() or "unknown"


@contextmanager
def threads_of(device: Device) -> Iterator[None]:
    """Run with the device's thread count; torch's setting belongs to the whole process, so it is put back afterwards."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(device.threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
