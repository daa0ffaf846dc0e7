"""Records made by hand, and their links."""

from __future__ import annotations

from typing import Any

from engine.domain.lineage import Lineage
from engine.domain.records import ProcessEnd, ProcessEvent
from engine.lineage import link
from tests.engine.lineage.columns import columns_from_events

SECOND = 1_000_000
DAY = 86_400 * SECOND


def win(image: str, pid: int | None, ppid: int | None = None, at: float | None = 0, **more: Any) -> ProcessEvent:
    values: dict[str, Any] = {
        "kind": "security4688",
        "os": "windows",
        "time_us": None if at is None else round((1000 + at) * SECOND),
    }
    return ProcessEvent(image=image, pid=pid, ppid=ppid, **(values | more))


def lin(image: str, pid: int, ppid: int, at: float = 0, **more: Any) -> ProcessEvent:
    return win(image, pid, ppid, at, **({"kind": "auditd", "os": "linux"} | more))


def end(pid: int | None, at: float | None, *, position: int = 0, **more: Any) -> ProcessEnd:
    return ProcessEnd(position=position, pid=pid, time_us=None if at is None else round((1000 + at) * SECOND), **more)


def run_with_ends(events: list[ProcessEvent], ends: list[ProcessEnd], of: int = 1, clock_set: tuple[float, ...] = ()) -> Lineage:
    """All records in source 1, the ends in source `of`."""
    told = [round((1000 + at) * SECOND) for at in clock_set]
    return link(columns_from_events(events, "h", None, [(one, of) for one in ends], told))


def run(*events: ProcessEvent, sources: list[int] | None = None) -> Lineage:
    return link(columns_from_events(events, "h", sources))
