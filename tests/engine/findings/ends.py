"""Ends of starts for tests, and the names of three hosts."""

from __future__ import annotations

from itertools import count
from typing import Any

from engine.domain.related import End
from engine.findings.host_names import HostNames

WS, FS, SQL = 1, 2, 3
HOSTS = HostNames.of(
    [
        (WS, "WS1.corp.example.com", ["ws1.corp.example.com"]),
        (FS, "FS01.corp.example.com", ["fs01.corp.example.com"]),
        (SQL, "SQL1", ["sql1"]),
    ]
)
NOON = 1_770_000_000_000_000
SECOND = 1_000_000
_numbers = count(1)


def end(host: int, at: float, image: str, command: str, below: str = "", **more: Any) -> End:
    """`at` in seconds after noon; one incident and finding for each host, unless told otherwise."""
    values: dict[str, Any] = {
        "process": next(_numbers), "host": host, "incident": host, "finding": host, "time_us": NOON + round(at * SECOND),
        "image": image, "command": command, "below": below,
    }  # fmt: skip
    return End(**(values | more))
