"""Waiting for a condition instead of sleeping."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.pilot import Pilot

LIMIT_S = 20.0
"""Far above what anything takes on a busy machine; a test that hangs fails with the description."""


async def wait_for(
    condition: Callable[[], bool | Awaitable[bool]], description: str, pilot: Pilot[Any] | None = None, limit_s: float = LIMIT_S
) -> None:
    """Let the application work until `condition()` holds. Fails naming `description` when it never does.

    With a pilot its messages are processed in between, and once more afterwards, so that what the condition led to is drawn.
    """
    deadline = time.monotonic() + limit_s
    while True:
        held = condition()
        if inspect.isawaitable(held):
            held = await held
        if held:
            break
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen within {limit_s:.0f} s: {description}")
        # Not a wait for a time: gives threads and the event loop their turn.
        await (pilot.pause(0.01) if pilot is not None else asyncio.sleep(0.01))
    if pilot is not None:
        await pilot.pause()
