"""The host of records that name none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from engine.domain.records import HostFact, ProcessEnd, ProcessEvent, ReaderItem


def named(items: Iterable[ReaderItem], host: str) -> Iterator[ReaderItem]:
    """The items with `host` where they name no host."""
    for item in items:
        yield replace(item, host=host) if isinstance(item, ProcessEvent | ProcessEnd | HostFact) and not item.host else item
