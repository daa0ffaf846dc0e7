"""Records of hosts as bytes: what one worker makes of a file, and another makes a host of.

MessagePack, compressed: text as text, numbers as an array, no object of ours is pickled. A column in which nothing stands is
empty. Rejected: Arrow tables with a row a record, whose thirty columns of mostly equal texts the engine would copy three times on
the way, and a message a record, which costs as much as reading it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import msgspec
import numpy as np
import zstandard
from msgspec.structs import astuple

from engine.domain.arrays import NO_TIME, Ints
from engine.domain.records import HostFact, ProcessEnd, ProcessEvent

NUMBERS = ("time_us", "pid", "ppid", "position")
"""Fields of ProcessEvent that are packed as 64-bit integers, NO_TIME for None and for what no 64 bits hold."""
TEXTS = tuple(name for name in ProcessEvent.__struct_fields__ if name not in NUMBERS)
"""The other fields, in their order; `ancestors` too."""
LONGEST_GUID = 128
"""Characters of a GUID in the record of an end; a longer one is none, as in the store."""
LEVEL = 3
_LARGEST = 2**63 - 1
_STORED = np.dtype("<i8")


class HostBlock(msgspec.Struct, array_like=True, gc=False):
    """What one source has of one host, or a piece of it; n records, k ends."""

    key: Any
    """Identity of the host: engine.fleet.names.key_of."""
    spelled: list[Any]
    """Every way in which records of the block write its name; "" where they name none."""
    source: int
    piece: int
    """The how manieth of its source."""
    numbers: bytes
    """[4, n] NUMBERS."""
    texts: msgspec.Raw
    """[TEXTS][n], [] for a column without a value."""
    ends: bytes
    """[3, k] time, pid, position."""
    end_guids: list[Any]
    facts: list[tuple[Any, ...]]
    """Fields of HostFact."""

    @property
    def size(self) -> int:
        """How many records it has."""
        return len(self.numbers) // (len(NUMBERS) * _STORED.itemsize)


_encoder = msgspec.msgpack.Encoder()
_texts = msgspec.msgpack.Decoder(list[list[Any]])
_blocks = msgspec.msgpack.Decoder(list[HostBlock])


def block(
    key: str, source: int, piece: int, events: Sequence[ProcessEvent], ends: Sequence[ProcessEnd], facts: Sequence[HostFact]
) -> HostBlock:
    """Pack what belongs together; hosts are as the records write them."""
    of = dict(zip(ProcessEvent.__struct_fields__, zip(*map(astuple, events), strict=True), strict=False)) if events else {}
    numbers = [_numbers(of.get(name, ())) for name in NUMBERS]
    texts = [_texts_of(of.get(name, ())) for name in TEXTS]
    spelled = sorted({one.host for items in (events, ends, facts) for one in cast("Sequence[ProcessEvent]", items)})
    return HostBlock(
        _safe(key), [_safe(name) for name in spelled], source, piece, np.array(numbers, _STORED).tobytes(),
        msgspec.Raw(_packed(texts)),
        np.array([_numbers([getattr(end, name) for end in ends]) for name in ("time_us", "pid", "position")], _STORED).tobytes(),
        [_safe(end.guid) for end in ends],
        [(fact.position, _safe(fact.code), _safe(fact.text), fact.time_us) for fact in facts],
    )  # fmt: skip


def blob(blocks: Sequence[HostBlock]) -> bytes:
    """Some blocks as one run of bytes."""
    return zstandard.ZstdCompressor(LEVEL).compress(_encoder.encode(blocks))


def opened(packed: bytes) -> list[HostBlock]:
    """Inverse of `blob`; the columns of texts stay packed. Raises msgspec.DecodeError and zstandard.ZstdError for other bytes."""
    found = _blocks.decode(zstandard.ZstdDecompressor().decompress(packed))
    for one in found:
        one.key, one.spelled = _plain(one.key), plain(one.spelled)
    return found


def numbers_of(one: HostBlock) -> Ints:
    """[4, n] NUMBERS."""
    return np.frombuffer(one.numbers, _STORED).astype(np.int64).reshape(len(NUMBERS), -1)


def texts_of(one: HostBlock) -> dict[str, list[Any]]:
    """Field -> [n] its values, of all TEXTS."""
    columns = _texts.decode(one.texts)
    return {name: plain(column) if column else [None] * one.size for name, column in zip(TEXTS, columns, strict=True)}


def ends_of(one: HostBlock) -> tuple[Ints, list[str | None]]:
    """([3, k] time, pid, position; [k] GUIDs)."""
    return np.frombuffer(one.ends, _STORED).astype(np.int64).reshape(3, -1), plain(one.end_guids)


def facts_of(one: HostBlock) -> list[HostFact]:
    """What its records say of the host, without its name."""
    return [
        HostFact(position=position, code=plain([code])[0], text=plain([text])[0], time_us=time_us)
        for position, code, text, time_us in one.facts
    ]


def events_in(one: HostBlock, places: Ints) -> Iterator[ProcessEvent]:
    """Some of its records, by their places in it, as a reader gave them but for numbers that no 64 bits hold: None."""
    numbers, texts = numbers_of(one), texts_of(one)
    for place in places.tolist():
        fields = {name: column[place] for name, column in texts.items()}
        own = zip(NUMBERS, numbers[:, place].tolist(), strict=True)
        fields |= {name: None if value == NO_TIME else value for name, value in own}
        yield ProcessEvent(**fields | {"ancestors": tuple(fields["ancestors"] or ()), "position": fields["position"] or 0})


def _numbers(values: Sequence[int | None]) -> list[int]:
    return [NO_TIME if value is None or abs(value) > _LARGEST else value for value in values]


def _texts_of(values: Sequence[Any]) -> list[Any]:
    return [] if all(value is None or value == () for value in values) else list(values)


def _packed(columns: list[list[Any]]) -> bytes:
    """Lone surrogates, which hostile and broken records hold, are no UTF-8: such a text travels as bytes."""
    try:
        return _encoder.encode(columns)
    except UnicodeEncodeError:
        return _encoder.encode([[_safe(value) for value in column] for column in columns])


def _safe(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_safe(one) for one in value]
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-8", "surrogatepass")
    return value


def plain(column: list[Any]) -> list[Any]:
    """Texts again, where some travelled as bytes."""
    return [_plain(value) for value in column] if {bytes, list} & set(map(type, column)) else column


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_plain(one) for one in value)
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value
