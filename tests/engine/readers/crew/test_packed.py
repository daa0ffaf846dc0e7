"""Items that one process hands to another are what they were."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.records import Fragment, HostFact, Note, ProcessEnd, ProcessEvent, ReaderItem, Reject, Unknown
from engine.readers.crew.packed import PackedItems, Unpackable, pack, tabled, unpack

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SOME = st.none() | TEXTS
NUMBERS = st.none() | st.integers(-(2**63) + 1, 2**63 - 1)
EVENTS = st.builds(
    ProcessEvent, kind=TEXTS, image=TEXTS, os=TEXTS, host=TEXTS, time_us=NUMBERS, pid=NUMBERS, ppid=NUMBERS, guid=SOME,
    parent_guid=SOME, parent_image=SOME, ancestors=st.lists(TEXTS, max_size=2).map(tuple), command_line=SOME,
    parent_command_line=SOME, user=SOME, integrity=SOME, cwd=SOME, logon_id=SOME, original_name=SOME, hashes=SOME,
    record_id=SOME, position=st.integers(1, 2**40),
)  # fmt: skip
OTHERS = st.one_of(
    st.none(),
    st.builds(Reject, position=st.integers(1, 99), code=TEXTS, reason=TEXTS, record_id=SOME, sample=st.binary(max_size=9)),
    st.builds(ProcessEnd, position=st.integers(1, 99), host=TEXTS, time_us=NUMBERS, pid=NUMBERS, guid=SOME, image=SOME),
    st.builds(HostFact, position=st.integers(1, 99), code=TEXTS, text=TEXTS, host=TEXTS, time_us=NUMBERS),
    st.builds(Unknown, position=st.integers(1, 99), keys=st.just(("a", "b.c")), near=st.just((("image", "x"),))),
    st.builds(Note, code=TEXTS, text=TEXTS, count=st.integers(0, 9)),
)


def sent(items: list[ReaderItem], shift: int = 0) -> list[ReaderItem]:
    return unpack(msgspec.msgpack.decode(msgspec.msgpack.encode(pack(tabled(items))), type=PackedItems), shift).items()


@given(st.lists(EVENTS | OTHERS, max_size=8))
def test_items_arrive_as_they_were(items: list[ReaderItem]) -> None:
    assert sent(items) == items


@given(st.lists(EVENTS | OTHERS, max_size=5), st.integers(1, 2**30))
def test_positions_are_moved(items: list[ReaderItem], shift: int) -> None:
    moved = [item if item is None or isinstance(item, Note) else msgspec.structs.replace(item, position=item.position + shift)
             for item in items]  # fmt: skip
    assert sent(items, shift) == moved


@pytest.mark.parametrize(
    "item",
    [
        ProcessEvent("k", "x", pid=2**63),
        ProcessEnd(position=1, pid=2**64),
        Fragment(position=1, lines=("type=SYSCALL",)),
        Reject(position=1, code="c", reason="\ud800"),
    ],
)
def test_what_cannot_be_told_is_refused(item: ReaderItem) -> None:
    with pytest.raises(Unpackable):
        pack(tabled([item]))


def test_what_is_the_same_text_is_the_same_object_again() -> None:
    items = sent([ProcessEvent("k", "c:\\a.exe", command_line=text) for text in ("one", "two", "one")])
    assert items[0].command_line is items[2].command_line  # type: ignore[union-attr]
