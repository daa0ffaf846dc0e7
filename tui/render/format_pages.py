"""What is read, in words: docs/formats.md, the table of the README, and the text of `oddkin formats`."""

from __future__ import annotations

from collections.abc import Iterable

from engine.readers.contract import Format
from engine.untrusted import visible_cell

HEAD = """# Log formats

Made by `oddkin formats --format markdown` from what the readers declare; a test compares the two.

Formats are told by content, never by a file's name; a table is read like JSON of the same names. What nobody recognises is said,
with the names that were found in it. Archives (zip, tar, 7z) and compressed files are looked into.
"""


UNSEEN = " (from lists of fields or parts of records: no whole sample was seen)"


def page(formats: Iterable[Format]) -> str:
    """docs/formats.md."""
    return HEAD + "".join(
        f"\n## {one.title}\n\n- **Export:** {one.export}\n- **Read:** {one.read}\n- **Not read:** {one.left_out}\n"
        f"- **After:** {_after(one)}\n"
        for one in formats
    )


def table(formats: Iterable[Format]) -> str:
    """The table of the README: what whole records were seen of."""
    return "| log | how to export it |\n| --- | --- |\n" + "".join(
        f"| {visible_cell(one.title)} | {visible_cell(one.export)} |\n" for one in formats if one.sample
    )


def _after(one: Format) -> str:
    return one.source + ("" if one.sample else UNSEEN)


def text(one: Format) -> str:
    """For a terminal."""
    said = {
        "export": one.export,
        "read": one.read,
        "not read": one.left_out,
        "after": _after(one),
    }
    return f"{one.title} ({one.slug})\n" + "".join(f"  {name:<9} {words}\n" for name, words in said.items())
