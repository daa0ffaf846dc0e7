"""What was freed, given back to the system.

glibc keeps it, in pieces between what is in use: of a case of many varied chains half a kilobyte of each, on which the next stage
would stand.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Between two stages of a job; milliseconds. Does nothing where the C library cannot."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # not glibc; Windows has no library without a name
        return None
    return found
