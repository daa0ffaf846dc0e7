"""Rate and time left of a stage, from its steps."""

from __future__ import annotations

from collections import deque

from engine.progress import Step

WINDOW_S = 15.0
"""The rate is that of the last seconds: files differ in speed, and an average since the start would lag behind."""
SETTLE_S = 1.0
"""No time left is told before this: the first batches say little."""


class Pace:
    """Fed with the steps of one stage after the other."""

    def __init__(self) -> None:
        self.stage = ""
        self._started = 0.0
        self._seen: deque[tuple[float, int]] = deque()

    def add(self, step: Step, now: float) -> None:
        """A step at `now` seconds; a new stage starts over."""
        if step.stage != self.stage or (self._seen and step.done < self._seen[-1][1]):
            self.stage, self._started = step.stage, now
            self._seen.clear()
        self._seen.append((now, step.done))
        while len(self._seen) > 2 and now - self._seen[0][0] > WINDOW_S:
            self._seen.popleft()

    @property
    def rate(self) -> float | None:
        """Units per second; None while unknown."""
        if len(self._seen) < 2:
            return None
        (begin, before), (end, after) = self._seen[0], self._seen[-1]
        return (after - before) / (end - begin) if end > begin and after > before else None

    def left(self, step: Step) -> float | None:
        """Seconds until the stage is complete at this rate; None while nobody can tell."""
        rate = self.rate
        if rate is None or step.total is None or not self._seen or self._seen[-1][0] - self._started < SETTLE_S:
            return None
        return max(step.total - step.done, 0) / rate


def duration(seconds: float) -> str:
    """0:42, 12:05, 3:20:00."""
    whole = max(int(seconds + 0.5), 0)
    hours, rest = divmod(whole, 3600)
    minutes, seconds_left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds_left:02d}" if hours else f"{minutes}:{seconds_left:02d}"
