"""Process ids carry their host: the upper bits are the host's id, the lower 32 a number within the host.

The rows of a host are then neighbours in the file however the hosts are interleaved in the logs. Linking a host reads and
writes its own pages only; with ids in order of arrival each of a thousand hosts would touch every page of the table.
It also saves the column and two indexes, and makes ids independent of when placeholders were made: a resumed
ingest gives the same ids as an uninterrupted one.

Within a host: 0 is the host itself (the parent of its roots), 1 … 2**31 - 1 are records in order of ingest, from 2**31 on
follow the placeholders.

People read and type a process's *short number*: the number within the host, the host's id, and how many digits that id has, as
one decimal number. Process 1234 of host 7 is 123471, printed P123471; its id is 30064772306. It has no more digits than it
needs, there is one for each record, and it is read without the database. Rejected: a counter (ids would have to be found by
it, and be kept when a host is linked anew), letters (they would have to be told from the keys of chains).
"""

from __future__ import annotations

import re

SHIFT = 32
FIRST_PLACEHOLDER = 1 << 31
HOSTS = 1 << 31
"""Ids of hosts are below: process ids are signed 64-bit integers."""
_SHORT = re.compile(r"[Pp]?([0-9]{3,22})\Z")


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


def short(process_id: int) -> int | None:
    """The number by which people call a process that a record tells of; None for placeholders and hosts.

    The last digit says how many digits before it are the host's id; 0 stands for ten, the most it can have.
    """
    host, number = host_of(process_id), process_id & ((1 << SHIFT) - 1)
    if not 0 < number < FIRST_PLACEHOLDER:
        return None
    return int(f"{number}{host}{len(str(host)) % 10}")


def called(process_id: int) -> str:
    """P and the short number; "" for what has none."""
    number = short(process_id)
    return "" if number is None else f"P{number}"


def parse_short(text: str) -> int | None:
    """The id of the process that a short number is of, with or without the P; None for what is no short number.

    Whether there is such a process is not asked.
    """
    found = _SHORT.match(text)
    if found is None:
        return None
    digits = found[1]
    width = int(digits[-1]) or 10
    number, host = digits[: -1 - width], digits[-1 - width : -1]
    if len(host) != width or not number or number[0] == "0" or host[0] == "0":
        return None
    if int(number) >= FIRST_PLACEHOLDER or int(host) >= HOSTS:
        return None
    return base(int(host)) + int(number)
