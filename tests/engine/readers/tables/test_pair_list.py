"""Parent and child lists."""

from __future__ import annotations

import io

from engine.domain.records import ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.tables.pair_list import READER


def read(text: str) -> list[ReaderItem]:
    return list(READER.read(io.BytesIO(text.encode()), ReadOptions()))


def pairs(text: str) -> list[tuple[str | None, str, int]]:
    return [(item.parent_image, item.image, item.position) for item in read(text) if isinstance(item, ProcessEvent)]


def test_with_and_without_header() -> None:
    rows = "explorer.exe,cmd.exe\nC:\\Program Files\\x.exe,never-seen-before\n"
    expected = [("explorer.exe", "cmd.exe", 1), ("C:\\Program Files\\x.exe", "never-seen-before", 2)]
    assert pairs(rows) == pairs("parent,child\n" + rows) == expected
    assert pairs("\ufeffParent Image;Image\nexplorer.exe;cmd.exe\n") == [("explorer.exe", "cmd.exe", 1)]


def test_a_header_the_other_way_round() -> None:
    assert pairs("child,parent\ncmd.exe,explorer.exe\n") == [("explorer.exe", "cmd.exe", 1)]


def test_roots_and_bad_rows() -> None:
    root, empty, wide = read("parent,child\n,init\nx,\na,b,c\n")
    assert isinstance(root, ProcessEvent)
    assert (root.kind, root.parent_image, root.image) == ("pair", None, "init")
    assert isinstance(empty, Reject)
    assert isinstance(wide, Reject)
    assert (empty.code, wide.code, wide.position) == ("no-image", "bad-row", 3)


def test_sniff() -> None:
    assert READER.sniff(b"parent,child\na,b\n", "") == 0.9
    assert 0.3 < READER.sniff(b"explorer.exe,cmd.exe\n/bin/sh,/usr/bin/curl\n", "") < 0.6
    assert READER.sniff(b"explorer.exe,cmd.exe\nmira.hollis,ws-kestrel7\n", "") == 0.0
    assert READER.sniff(b"2024-01-01,5\n2024-01-02,6\n", "") == 0.0
    assert READER.sniff(b"hello world, this is a text\nmore of it, indeed\n", "") == 0.0
    assert READER.sniff(b"a,b,c\n", "") == 0.0
