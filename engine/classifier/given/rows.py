"""Lines of sequences: one to a line, or a table with a sequence or a step in each column.

A heading is what names a column of sequences, of steps or of classes. Without one every line speaks for itself: a cell that is
plainly a sequence is one, else all cells are steps; a cell that can be nothing but a class is that.

No line is read as a shorter sequence than it has: where a cell beside the arrows is no class, what divides the cells stands in a
name, and the line is one sequence, as it is where nothing divides it; or nobody can tell, and it is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.classifier.given.classes import (
    LABELS,
    SEQUENCES,
    STEP,
    TURNED,
    NoClass,
    class_of,
    is_plainly_a_class,
    plain,
)
from engine.classifier.given.direction import programs
from engine.classifier.given.item import GivenSequence, Item, NoSequence
from engine.classifier.given.text import checked, is_divided, steps_of, unquoted
from engine.classifier.synthetic.paper import bare as bare_name
from engine.readers.tables.sequence_text import NotASequence, parse_sequence

LOOKED_AT = 4096
"""Characters of a line that tell what divides its cells."""
_DELIMITERS = ("\t", ";", ",")
QUOTE = "a sequence that goes on behind a comma, semicolon or tab needs quotes around it"
ENDS = frozenset(("root", "leaf"))
"""Headings of a step at the end of numbered ones."""
_FOLDER = re.compile(r"[/\\]")
_LIST = re.compile(r"\s*\[")
_QUOTED = re.compile(r"\s*\"((?:[^\"]|\"\")*+)\"")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things stand in a table with headings."""

    headings: tuple[str, ...]
    sequence: int | None
    steps: tuple[int, ...]
    """Columns of one step each, where no column has the whole sequence."""
    label: int | None

    def told(self) -> str:
        """How the table is read, and what of it is not."""
        if self.sequence is not None:
            what = f"sequences from column {self.headings[self.sequence]!r}"
        else:
            what = f"steps from {len(self.steps)} columns, {self.headings[self.steps[0]]!r} to {self.headings[self.steps[-1]]!r}"
        classes = "no column of classes" if self.label is None else f"classes from column {self.headings[self.label]!r}"
        used = {self.sequence, self.label, *self.steps}
        aside = [repr(name) for at, name in enumerate(self.headings) if at not in used and name]
        return f"{what}, {classes}" + (f"; left aside: {', '.join(aside[:10])}" if aside else "")


def delimiter_of(line: str) -> str:
    """What divides the cells of a table, by its first line: the first of tab, semicolon and comma outside of a list."""
    bare = re.sub(r"\[[^\]]*\]|\"[^\"]*\"", "", line[:LOOKED_AT])
    return next((one for one in _DELIMITERS if one in bare), ",")


def columns_of(cells: Sequence[str]) -> Columns | None:
    """From the first line of a table; None where it is no heading."""
    if any(is_divided(cell) for cell in cells):
        return None
    names = [plain(cell) for cell in cells]
    sequence = next((at for at, name in enumerate(names) if name in SEQUENCES), None)
    label = next((at for at, name in enumerate(names) if name in LABELS | TURNED), None)
    numbered = {at: int(match.group(1)) for at, name in enumerate(names) if (match := STEP.match(name))}
    # "normal" and "abnormal" head columns of classes, and are classes: beside nothing else that is a heading they are a class.
    alone = label is None or is_plainly_a_class(cells[label])
    if sequence is None and alone and (len(numbered) < 2 or all(name.isdigit() for name in names)):
        return None
    steps = _with_ends(sorted(numbered, key=lambda at: numbered[at]), names)
    if sequence is None and not steps:
        steps = tuple(at for at in range(len(cells)) if at != label)
        if len(steps) < 2:
            sequence = steps[0] if steps else None
    if sequence is None and not steps:
        return None
    return Columns(tuple(cells), sequence, () if sequence is not None else steps, label)


def _with_ends(numbered: list[int], names: Sequence[str]) -> tuple[int, ...]:
    """Columns of numbered steps, and one called root or leaf before or behind them all: it is the step at that end."""
    if not numbered:
        return ()
    first, last = min(numbered), max(numbered)
    before = next((at for at in range(first) if names[at] in ENDS), None)
    behind = next((at for at in range(last + 1, len(names)) if names[at] in ENDS), None)
    if numbered[0] > numbered[-1]:
        before, behind = behind, before
    return tuple(at for at in (before, *numbered, behind) if at is not None)


def settled(columns: Columns, cells: Sequence[str]) -> Columns:
    """Where nothing but the classes has a known heading, by the second line: one column with arrows in it has the sequences."""
    whole = [at for at in columns.steps if at < len(cells) and is_divided(cells[at])]
    if len(whole) != 1 or any(STEP.match(plain(columns.headings[at])) for at in columns.steps):
        return columns
    return replace(columns, sequence=whole[0], steps=())


def guessed(heading: Sequence[str], cells: Sequence[str]) -> Columns | None:
    """For a first line that has no known heading in it, by the second line: where that has a sequence in one of as many cells,
    and the first neither a sequence nor a program's name, the first one is a heading all the same.
    """
    whole = next((at for at, cell in enumerate(cells) if is_divided(cell)), None)
    names = programs()
    if whole is None or len(heading) != len(cells) or any(is_divided(cell) or bare_name(cell) in names for cell in heading):
        return None
    label = next((at for at, cell in enumerate(cells) if at != whole and is_plainly_a_class(cell)), None)
    return Columns(tuple(heading), whole, (), label)


def cells_of(line: str, delimiter: str) -> list[str]:
    """The cells of a line; a list in brackets that is not quoted is one cell. Raises NotASequence for a list that is none.

    (Rejected: the standard library's reader, which cuts such lists at their commas.)
    """
    found, at = [], 0
    while at <= len(line):
        quoted = _QUOTED.match(line, at)
        begin = _LIST.match(line, at)
        end = quoted.end() if quoted else parse_sequence(line, begin.end() - 1)[1] if begin else at
        after = line.find(delimiter, end)
        after = len(line) if after < 0 else after
        text = quoted.group(1).replace('""', '"') if quoted else ""
        found.append(text + (line[end:after] if quoted else line[at:after]).strip())
        at = after + 1
    return found


def headed(line: str, place: int, delimiter: str, columns: Columns) -> Item:
    """A line of a table with headings."""
    try:
        cells = cells_of(line, delimiter)
        if len(columns.headings) == 1 and len(cells) > 1:
            return bare(line, place, delimiter)
        if any(cells[len(columns.headings) :]):
            raise NotASequence(f"it has {len(cells)} cells, and the heading {len(columns.headings)}; {QUOTE}")
        if columns.label is not None and columns.label < len(cells) and is_divided(cells[columns.label]):
            raise NotASequence(f"a sequence stands where its class is expected; {QUOTE}")
        if columns.sequence is not None:
            if columns.sequence >= len(cells):
                raise NotASequence(f"it has no column {columns.sequence + 1}")
            steps = steps_of(cells[columns.sequence])
        else:
            own = [cells[at] for at in columns.steps if at < len(cells)]
            whole = next((cell for cell in own if is_divided(cell)), None)
            if whole is not None and sum(map(bool, own)) > 1:
                raise NotASequence("one of its columns of steps has a whole sequence in it")
            steps = _in_a_row(own) if whole is None else steps_of(whole)
    except NotASequence as error:
        return NoSequence(place, str(error))
    if columns.label is None:
        return GivenSequence(place, steps)
    said = cells[columns.label] if columns.label < len(cells) else ""
    return labelled(place, steps, said, columns.headings[columns.label])


def bare(line: str, place: int, delimiter: str) -> Item:
    """A line without headings."""
    try:
        cells = cells_of(line, delimiter)
        whole = [cell for cell in cells if is_divided(cell)]
        if whole:
            rest = [cell for cell in cells if cell and not is_divided(cell)]
            if len(whole) > 1 or not all(is_plainly_a_class(cell) for cell in rest):
                return _undivided(line, place, delimiter, cells)
            if len({class_of(cell) for cell in rest}) > 1:
                raise NotASequence(f"{' and '.join(rest)[:40]!r} beside it are different classes")
            return labelled(place, steps_of(whole[0]), rest[-1] if rest else "")
        said = cells[-1] if len(cells) > 1 and is_plainly_a_class(cells[-1]) else ""
        return labelled(place, _in_a_row(cells[:-1] if said else cells), said)
    except NotASequence as error:
        return NoSequence(place, str(error))


def _undivided(line: str, place: int, delimiter: str, cells: list[str]) -> GivenSequence:
    """A line with arrows, of which what divides cells would cut a name: as a whole, but for a class at its end. Raises
    NotASequence where that could be a table all the same: a cell before or behind the arrows is taken for a part of a name only
    where it has a folder in it.
    """
    said = cells[-1] if is_plainly_a_class(cells[-1]) else ""
    names = cells[:-1] if said else cells
    beside = next((cell for cell in names if cell and not is_divided(cell) and not _FOLDER.search(cell)), None)
    if beside is not None:
        raise NotASequence(f"{beside[:40]!r} stands beside a sequence and is no class of it; {QUOTE}")
    if delimiter == "\t" or '"' in line or any(cell.startswith("[") for cell in cells):
        raise NotASequence(f"it has several sequences; {QUOTE}")
    text = line.rpartition(delimiter)[0] if said else line
    return labelled(place, steps_of(text.strip(f"{delimiter} ")), said)


def labelled(place: int, steps: tuple[str, ...], said: object, heading: str = "") -> GivenSequence:
    """With its class; one that is none is told and costs the class only."""
    try:
        return GivenSequence(place, steps, class_of(said, heading))
    except NoClass as error:
        return GivenSequence(place, steps, None, str(error))


def _in_a_row(cells: list[str]) -> tuple[str, ...]:
    """Steps of one cell each; empty cells before the first and behind the last are none."""
    full = [at for at, cell in enumerate(cells) if cell]
    return checked([unquoted(cell) for cell in cells[full[0] : full[-1] + 1]] if full else [])
