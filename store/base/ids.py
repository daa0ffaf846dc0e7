"""Process ids carry their host: the upper bits are the host's id, the lower 32 a number within the host.

The rows of a host are then neighbours in the file however the hosts are interleaved in the logs. Linking a host reads and
writes its own pages only; with ids in order of arrival each of a thousand hosts would touch every page of the table.
It also saves the column and two indexes, and makes ids independent of when placeholders were made: a resumed
ingest gives the same ids as an uninterrupted one.

Within a host: 0 is the host itself (the parent of its roots), 1 … 2**31 - 1 are records in order of ingest, from 2**31 on
follow the placeholders.
"""

from __future__ import annotations

SHIFT = 32
FIRST_PLACEHOLDER = 1 << 31


def base(host_id: int) -> int:
    """The id that stands for the host: parent of its roots."""
    return host_id << SHIFT


def host_of(process_id: int) -> int:
    """The id of the host that a process ran on, read from the id of the process."""
    return process_id >> SHIFT


def records(host_id: int) -> tuple[int, int]:
    """First and last id that a record of the host can have."""
    return base(host_id) + 1, base(host_id) + FIRST_PLACEHOLDER - 1


def placeholders(host_id: int) -> tuple[int, int]:
    """First and last id that a placeholder of the host can have."""
    return base(host_id) + FIRST_PLACEHOLDER, base(host_id + 1) - 1


def is_placeholder(process_id: int) -> bool:
    """Whether no record tells of the process, only its children."""
    return bool(process_id & FIRST_PLACEHOLDER)
