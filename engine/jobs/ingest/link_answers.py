"""Hosts that other processes link: they read the records themselves, and hand back what is written of a host.

Reading, linking and the chains are a third of what comes behind the reading of a log, and need nothing but the host's own
records. As in engine.readers.crew.packed nothing is handed over that could run.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import Any, cast

import msgspec
import numpy as np

from engine.domain.chains import ChainSet
from engine.domain.lineage import HostEvents, Lineage
from engine.domain.records import MAX_STEPS
from engine.jobs.ports.ingest import HostPlace, HostReader, LinkedHost
from engine.lineage import chains, link
from engine.progress import Check, unasked

EVENTS = {"row": "<i8", "kind": "<i1", "source": "<i4", "time_us": "<i8"}
LINEAGE = {
    "merged_into": "<i8", "parent": "<i8", "method": "<i1", "confidence": "<f4", "exec_of": "<i8", "placeholder_image": "<i4",
    "placeholder_pid": "<i8", "placeholder_time_us": "<i8", "end_of": "<i8",
}  # fmt: skip
CHAINS = {"steps": "<i4", "lengths": "<i4", "of_node": "<i8"}
"""Field -> how it is handed over."""
DIGITS = 32
"""Of a chain's key."""


class PackedHost(msgspec.Struct, array_like=True):
    """A LinkedHost without what of its records only linking reads."""

    host: str
    kinds: tuple[str, ...]
    sources: tuple[int, ...]
    paths: tuple[str, ...]
    record_id: list[str | None]
    placeholder_guid: list[str | None]
    keys: str
    """All of them, one after the other."""
    events: list[bytes]
    lineage: list[bytes]
    chains: list[bytes]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PackedHost).decode


def settings(elsewhere: HostPlace) -> bytes:
    """What `answer` is told of where hosts are read."""
    return _encode(elsewhere)


def answer(settings: bytes, number: int, block: bytes) -> bytes:
    """As engine.readers.crew.hand.Answerer: the PackedHost of the host with this number; b"" where that cannot be told."""
    del block
    try:
        return pack(linked(_reader(settings), number))
    except Exception:
        return b""  # the process that writes does the same, and says why it cannot


def linked(reader: HostReader, host_id: int, check: Check = unasked) -> LinkedHost:
    """Read and link a host."""
    events = reader.load_host(host_id, check)
    lineage = link(events, check)
    return LinkedHost(host_id, events, lineage, chains(events, lineage, check))


def pack(host: LinkedHost) -> bytes:
    """Raises UnicodeError for texts that are no Unicode."""
    events, lineage, made = host.events, host.lineage, host.chains
    return _encode(
        PackedHost(
            events.host, events.kinds, events.sources, events.paths, events.record_id, lineage.placeholder_guid,
            "".join(made.keys), _bytes(events, EVENTS), _bytes(lineage, LINEAGE), _bytes(made, CHAINS),
        )
    )  # fmt: skip


def unpack(answer: bytes, host_id: int) -> LinkedHost:
    """Inverse of `pack`; columns of the events that were not handed over are empty."""
    packed = _decode(answer)
    nothing: Any = np.zeros(0, np.int64)
    events = HostEvents(
        host=packed.host, kinds=packed.kinds, paths=packed.paths, record_id=packed.record_id, sources=packed.sources,
        position=nothing, pid=nothing, ppid=nothing, guid=[], parent_guid=[], image=nothing, parent_image=nothing, ancestors={},
        command=nothing, **_arrays(packed.events, EVENTS),
    )  # fmt: skip
    lineage = Lineage(placeholder_guid=packed.placeholder_guid, **_arrays(packed.lineage, LINEAGE))
    keys = [packed.keys[start : start + DIGITS] for start in range(0, len(packed.keys), DIGITS)]
    found = _arrays(packed.chains, CHAINS)
    found["steps"] = found["steps"].reshape(-1, MAX_STEPS)
    return LinkedHost(host_id, events, lineage, ChainSet(keys=keys, **found))


@lru_cache(maxsize=1)
def _reader(settings: bytes) -> HostReader:
    elsewhere = msgspec.msgpack.decode(settings, type=HostPlace)
    return cast("HostReader", importlib.import_module(elsewhere.module).host_reader(elsewhere.place))


def _bytes(of: object, fields: dict[str, str]) -> list[bytes]:
    return [getattr(of, name).astype(kind).tobytes() for name, kind in fields.items()]


def _arrays(stored: list[bytes], fields: dict[str, str]) -> dict[str, Any]:
    return {name: np.frombuffer(data, kind) for data, (name, kind) in zip(stored, fields.items(), strict=True)}
