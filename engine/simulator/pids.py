"""Process ids as the systems hand them out, and Sysmon's GUIDs."""

from __future__ import annotations

import heapq
import random


class PidTable:
    """Free and taken pids of one machine between two boots; a pid comes back after its process has ended."""

    def __init__(self, windows: bool, rng: random.Random, limit: int = 32_768) -> None:
        self._windows = windows
        self._rng = rng
        self._limit = limit
        self._taken: set[int] = set()
        self._ends: list[tuple[int, int]] = []
        self._held: dict[int, int] = {}
        self._next = 300

    def take(self, now_us: int) -> int:
        """A pid for a process that starts now: a multiple of 4 with quick reuse on Windows, the next one on Linux."""
        ends, taken, held = self._ends, self._taken, self._held
        while ends and ends[0][0] <= now_us:
            pid = heapq.heappop(ends)[1]
            until = held.pop(pid, 0)
            if until > now_us:
                self.release(pid, until)
            else:
                taken.discard(pid)
        pid = self._windows_pid() if self._windows else self._linux_pid()
        taken.add(pid)
        return pid

    def release(self, pid: int, end_us: int) -> None:
        """The process behind a pid ends at this moment."""
        heapq.heappush(self._ends, (end_us, pid))

    def hold(self, pid: int, end_us: int) -> None:
        """The process of a pid was replaced by an image that runs until this moment: do not hand the pid out before."""
        self._held[pid] = max(end_us, self._held.get(pid, 0))

    def reserve(self, pid: int) -> None:
        """A pid that is fixed by the system (System is 4, systemd 1)."""
        self._taken.add(pid)

    def _windows_pid(self) -> int:
        # Handles come from a table that fills its gaps: small multiples of 4 while little runs, an old number again soon.
        span = 60 + 18 * len(self._taken)
        while True:
            pid = 4 * (80 + int(self._rng.random() * span))
            if pid not in self._taken:
                return pid

    def _linux_pid(self) -> int:
        # Threads and forks that no log tells of take numbers as well, hence the gaps.
        while True:
            self._next += 1 if self._rng.random() < 0.6 else 2 + int(self._rng.random() * 12)
            if self._next >= self._limit:
                self._next = 300
            if self._next not in self._taken:
                return self._next


def sysmon_guid(machine: str, start_us: int, number: int, boot: int) -> str:
    """Sysmon's ProcessGuid: machine, start second in two swapped halves, a counter, the boot (lower case, no braces).

    Written after GUIDs in public recordings; `number` must not repeat on a host.
    """
    second = start_us // 1_000_000
    low = number & 0xFFFF
    swapped = (low & 0xFF) << 8 | low >> 8
    head = f"{machine}-{second & 0xFFFF:04x}-{second >> 16 & 0xFFFF:04x}"
    return f"{head}-{swapped:04x}-{number >> 16 & 0xFFFF:04x}0000{boot & 0xFF:02x}00"
