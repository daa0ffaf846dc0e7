"""Now, as the store counts time."""

from __future__ import annotations

import time


def now_us() -> int:
    """Microseconds UTC since 1970."""
    return time.time_ns() // 1000


DAY_US = 86_400_000_000
