"""Two columns, parent and child: the published method's smallest input. A header is optional and may swap the columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.domain.records import ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions
from engine.readers.guard import guarded
from engine.readers.guess.values import is_path_of_program, is_program
from engine.readers.text.csv_common import head_rows, header_of, read_rows, sample_of
from engine.readers.text.csv_mapping import FIELDS
from engine.readers.text.csv_rows import Row

FORMATS = (
    Format(
        slug="pairs",
        title="Pairs of parent and child",
        export="a table of two columns, a header optional",
        read="rows of names that end like programs or begin like paths",
        left_out="tables of two columns whose header or names say something else",
        source="the published method of anomalous process creation chains",
    ),
)
_PARENTS = frozenset(FIELDS["parent_image"]) | {"parentprocessimage", "source"}
_CHILDREN = frozenset(FIELDS["image"]) | {"childprocess", "childname", "childprocessname", "target"}
_PATH = re.compile(r"(?:[A-Za-z]:)?[\\/][^\\/].*|%\w+%[\\/].*", re.DOTALL)
_WIDTH = 2
_BULLETS = ("- ", "* ", "• ", "+ ")
_STRAY = 5
"""One row of so many may have another width."""


class PairReader:
    """Rows of parent and child."""

    name = "pairs"

    def sniff(self, head: bytes, path: str) -> float:
        """Two columns but for a stray row, named so, or all of them paths or names that end as programs do. Users and their
        machines, names and addresses, are two columns as well.
        """
        rows = head_rows(head, width=_WIDTH)
        checked = rows[:-1] or rows
        pairs = [row for row in checked if len(row) == _WIDTH]
        if not rows or _STRAY * (len(checked) - len(pairs)) > len(checked):
            return 0.0
        if len(pairs) > 1 and all(_is_copy(*row) for row in pairs if _swapped(row) is None):
            return 0.0
        if _swapped(rows[0]) is not None:
            return 0.9
        cells = [cell for row in (*pairs, *rows[len(checked) :]) for cell in row]
        return 0.45 if all(map(_is_program, cells)) else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per row, the header left out. An empty parent is a root."""
        parent_at, child_at = 0, 1
        skipped = 0
        for row in read_rows(stream, hint.path, _WIDTH):
            if row.number == 1 and not row.error and (swapped := _swapped(row.cells)) is not None:
                parent_at, child_at = (1, 0) if swapped else (0, 1)
                skipped = 1
                continue
            yield _item(row, row.number - skipped, parent_at, child_at, hint.host)


def _is_copy(one: str, other: str) -> bool:
    """Whether two paths are of one name in two folders: files that were copied, and no program that starts itself."""
    folder, name = _parted(one)
    other_folder, other_name = _parted(other)
    return bool(folder and other_folder) and folder != other_folder and name == other_name


def _parted(path: str) -> tuple[str, str]:
    cut = max(path.rfind("/"), path.rfind("\\")) + 1
    return path[:cut].casefold(), path[cut:].casefold()


def _is_program(cell: str) -> bool:
    """Whether a cell can be nothing but a program: is_path_of_program, and paths of programs without an ending. Not what stands
    in a list of somebody's notes.
    """
    cell = cell.strip()
    if cell.startswith(_BULLETS):
        return False
    return is_path_of_program(cell) or (_PATH.fullmatch(cell) is not None and is_program(cell))


@guarded
def _item(row: Row, position: int, parent_at: int, child_at: int, host: str) -> ReaderItem:
    cells = [cell.strip() for cell in row.cells]
    if row.error or len(cells) != 2:
        reason = row.error or f"Expected parent and child, found {len(cells)} cells."
        return Reject(position=position, code="bad-row", reason=reason, sample=sample_of(row.cells))
    if not cells[child_at]:
        return Reject(position=position, code="no-image", reason="The child is empty.", sample=sample_of(row.cells))
    parent = cells[parent_at] or None
    return ProcessEvent(
        kind="pair", image=cells[child_at], host=host, parent_image=parent, record_id=str(position), position=position
    )


def _swapped(cells: list[str] | tuple[str, ...]) -> bool | None:
    """False for a header "parent, child", True for the other way round, None for no header."""
    if len(cells) != 2:
        return None
    first, second = ("".join(character for character in name.lower() if character.isalnum()) for name in header_of(cells))
    if first in _PARENTS and second in _CHILDREN:
        return False
    return True if first in _CHILDREN and second in _PARENTS else None


READER = PairReader()
