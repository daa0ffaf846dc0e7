"""Columns of one host from records in memory: what the store does in SQL."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.domain.arrays import NO_TIME
from engine.domain.lineage import EndEvents, HostEvents
from engine.domain.records import ProcessEnd, ProcessEvent
from engine.paths import fold


def columns_from_events(
    events: Sequence[ProcessEvent],
    host: str = "",
    sources: Sequence[int] | None = None,
    ends: Sequence[tuple[ProcessEnd, int]] = (),
    clock_set: Sequence[int] = (),
) -> HostEvents:
    """Build the columns; `sources` gives each record's source (all 1 when left out). Rows are numbered from 1.

    `ends`: with the source of each.
    """
    kinds: dict[str, int] = {}
    paths: dict[str, int] = {}
    commands: dict[str, int] = {}
    folded: dict[tuple[str, str], int] = {}

    def path(text: str | None, os: str) -> int:
        if text is None:
            return -1
        number = folded.get((text, os))
        if number is None:
            number = folded[text, os] = paths.setdefault(fold(text, os), len(paths))
        return number

    def column(values: Sequence[int | None], absent: int = -1) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([absent if value is None else value for value in values], np.int64)

    return HostEvents(
        host=host,
        row=np.arange(1, len(events) + 1, dtype=np.int64),
        kind=np.array([kinds.setdefault(e.kind, len(kinds)) for e in events], np.int8),
        kinds=tuple(kinds),
        source=np.array(sources if sources is not None else [1] * len(events), np.int32),
        position=column([e.position for e in events]),
        time_us=column([e.time_us for e in events], NO_TIME),
        pid=column([e.pid for e in events]),
        ppid=column([e.ppid for e in events]),
        guid=[e.guid for e in events],
        parent_guid=[e.parent_guid for e in events],
        image=np.array([path(e.image, e.os) for e in events], np.int32),
        parent_image=np.array([path(e.parent_image, e.os) for e in events], np.int32),
        ancestors={i: tuple(path(a, e.os) for a in e.ancestors) for i, e in enumerate(events) if e.ancestors},
        command=column([None if e.command_line is None else commands.setdefault(e.command_line, len(commands)) for e in events]),
        paths=tuple(paths),
        record_id=[e.record_id for e in events],
        ends=EndEvents(
            time_us=column([end.time_us for end, _ in ends], NO_TIME),
            pid=column([end.pid for end, _ in ends]),
            guid=[end.guid for end, _ in ends],
            source=column([source for _, source in ends]),
            position=column([end.position for end, _ in ends]),
        ),
        clock_set_us=column(clock_set),
    )
