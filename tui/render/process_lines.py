"""Processes as lines for eyes: aligned in front, the command line whole and last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from engine.untrusted import visible

if TYPE_CHECKING:
    from store.export.listing import ListedProcess

_TIME, _HOST, _SHORT, _NUMBER, _USER, _NAME = 23, 16, 9, 7, 18, 20
_HEADER = "  ".join(
    (f"{'time (UTC)':<{_TIME}}", f"{'host':<{_HOST}}", f"{'process':<{_SHORT}}", f"{'pid':>{_NUMBER}}", f"{'ppid':>{_NUMBER}}",
     f"{'user':<{_USER}}", f"{'parent':<{_NAME}}", "image")
)  # fmt: skip


def write_lines(rows: Iterable[ListedProcess], stream: TextIO) -> int:
    """A header and a line each; ? before a parent that no record tells of. Returns the number of rows."""
    written = 0
    for row in rows:
        if not written:
            stream.write(_HEADER + "\n")
        stream.write(_line(row) + "\n")
        written += 1
    return written


def _line(row: ListedProcess) -> str:
    parent = _last(row.parent_image)
    cells = (
        f"{(row.time or 'unknown')[:_TIME].replace('T', ' '):<{_TIME}}",
        f"{_cut(row.host, _HOST):<{_HOST}}",
        f"{row.process:<{_SHORT}}",
        f"{'' if row.pid is None else row.pid:>{_NUMBER}}",
        f"{'' if row.ppid is None else row.ppid:>{_NUMBER}}",
        f"{_cut(row.user or '', _USER):<{_USER}}",
        f"{_cut(parent if row.parent_recorded or not parent else f'?{parent}', _NAME):<{_NAME}}",
        visible(row.image),
    )
    command = row.command_line
    return "  ".join(cells) + (f"  {visible(command)}" if command and command.strip('"') != row.image else "")


def _last(path: str | None) -> str:
    return (path or "").replace("\\", "/").rstrip("/").rpartition("/")[2]


def _cut(text: str, width: int) -> str:
    """The end of a name tells most; what is cut is whole in the other formats."""
    shown = visible(text)
    return shown if len(shown) <= width else "…" + shown[1 - width :]
