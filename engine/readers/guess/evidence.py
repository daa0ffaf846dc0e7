"""Whether records of no known kind are about process creation. A guess needs positive evidence, from values and names together.

A column is the executable because it is called so *and* its values look like programs; the records are about creation because
they tell a process id with a parent, a parent's program, a command line with a user or id, or because an event says so. And
nothing contradicts it: addresses, registry keys, times of files, counts. One list of columns would not do: a table of files has
a path, a parent and a time, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from engine.readers.guess.known import AGAINST, known_as
from engine.readers.guess.languages import english
from engine.readers.guess.values import (
    has_arguments,
    is_absent,
    is_clock,
    is_command_line,
    is_date,
    is_nothing,
    is_number,
    is_path_of_program,
    is_program,
    names_program,
    tells_creation,
    tells_otherwise,
)
from engine.readers.text.csv_mapping import FIELDS

Cells = Mapping[str, str]
"""Column (or a.b of nested JSON) -> value as text; what is empty may be left out."""

SHARE = 0.8
"""Of the values of a column that have to look like what it is called."""
NAME = "name"
"""Beside the fields of a process: the column whose value stands in where that of the executable is empty."""
DATE = "date"
"""The column of the date, where that of the time has only the time of day."""
_WRAPPERS = frozenset(
    ("event", "eventdata", "data", "payload", "record", "details", "detail", "info", "fields", "attributes", "properties",
        "body", "log",
     "message", "params", "process", "proc", "task", "evt", "node", "item", "row", "entity")
)  # fmt: skip
"""Promises that hold what a record tells and say nothing of their own."""
_ROLES = {
    **dict.fromkeys(("child", "childprocess", "target", "targetprocess", "newprocess", "createdprocess"), "process"),
    **dict.fromkeys(("actor", "actorprocess", "initiator", "initiatingprocess", "creator", "creatorprocess"), "parentprocess"),
    "parentprocess": "parentprocess",
}
"""Objects that are one of the two processes of a creation -> what its fields begin with."""
_EVENTS = (
    "eventtype", "eventaction", "eventname", "actiontype", "operation", "activity", "activityname", "eventcategory",
    "taskcategory",
    "eventid", "eventcode", "event", "action", "eventkind", "syscall", "recordtype", "category", "type", "kind", "msgtype",
    "evt", "evttype", "activitytype", "opcode", "opcodename", "subtype", "id",
)  # fmt: skip


_OF_PROCESSES = frozenset(FIELDS["image"]) - frozenset(
    ("path", "fullpath", "filepath", "name", "filename", "app", "application", "imagepath", "program", "programname",
        "programpath", "chemin", "pfad", "ruta", "percorso", "caminho")
)  # fmt: skip
"""Names of columns that nothing but processes have for their programs."""
_NUMBERED = frozenset(("eventid", "eventcode"))
_PROCESS_ONLY = frozenset(("pid", "ppid", "parent_image", "command_line", "parent_command_line"))


class Promises(NamedTuple):
    """What the names of some columns promise."""

    fields: Mapping[str, tuple[str, ...]]
    """Field of a process creation -> columns that may hold it, likeliest first."""
    against: tuple[tuple[str, str], ...]
    """(column, what a row in which it holds something is about)."""
    events: tuple[str, ...]
    """Columns that may say what a row is about, likeliest first."""
    known: str
    """What records with these columns are known to be, or ""."""


class Judgement(NamedTuple):
    """What a sample of records is."""

    columns: Mapping[str, str]
    """Field -> column; empty unless the records are about process creation."""
    event: str = ""
    """The column that says which of them are; "" where all may be."""
    against: tuple[tuple[str, str], ...] = ()
    """As in `Promises`: rows with a value there are something else."""
    other: str = ""
    """What the records are known to be instead."""
    near: Mapping[str, str] = {}
    """Field -> column of what could be mapped, where nothing is known of them: empty when no value is a program."""


@lru_cache(maxsize=512)
def names_of(columns: tuple[str, ...]) -> Promises:
    """What columns promise by their names, each column for at most two fields."""
    by_name: dict[str, str] = {}
    for column in columns:
        for name in spellings(column):
            by_name.setdefault(name, column)
    fields = {field: tuple(dict.fromkeys(by_name[name] for name in names if name in by_name)) for field, names in FIELDS.items()}
    against = tuple(
        (column, words) for column in columns if (words := next((AGAINST[n] for n in _ends(column) if n in AGAINST), ""))
    )
    events = tuple(dict.fromkeys(by_name[name] for name in _EVENTS if name in by_name))
    plain = frozenset(plain_name(column) for column in columns)
    return Promises({field: found for field, found in fields.items() if found}, against, events, known_as(plain))


def plain_name(name: str) -> str:
    """Lower case, letters and digits only: "Parent Process-ID" is parentprocessid."""
    return "".join(character for character in name.casefold() if character.isalnum())


def spellings(column: str) -> Iterator[str]:
    """The plain name, then what is left of "event.process.pid" without the wrappers in front: eventprocesspid, processpid,
    pid; what "actor.process.pid" is by its role: parentprocesspid; then what a name in another language is in English.
    """
    parts = column.split(".")
    yield plain_name(column)
    while len(parts) > 1 and plain_name(parts[0]) in _WRAPPERS:
        parts = parts[1:]
        yield plain_name("".join(parts))
    if len(parts) > 1 and (role := _ROLES.get(plain_name(parts[0]))):
        field = plain_name("".join(part for part in parts[1:-1] if plain_name(part) not in _WRAPPERS) + parts[-1])
        yield role + field.removeprefix("process")
    if translated := english(plain_name(column)) or english(plain_name(parts[-1])):
        yield translated


def _ends(column: str) -> tuple[str, str]:
    return plain_name(column), plain_name(column.rpartition(".")[2])


def judge(sample: Sequence[Cells]) -> Judgement:
    """What `sample` (the first records, at least one) is. Bounded by the sample; never raises."""
    names = names_of(tuple(dict.fromkeys(name for record in sample for name in record)))
    if names.known:
        return Judgement({}, other=names.known)
    event = _event_column(sample, names.events)
    rows = [record for record in sample if of_creation(record, event, names.against) is True]
    if not rows:
        return Judgement({}, other=_other(sample, event, names.against), near=_near(sample, names))
    columns = _columns(rows, names)
    if _is_enough(columns, event, names, rows):
        return Judgement(columns, event, names.against)
    near = _near(rows, names)
    if not near and "image" in columns and "hashes" in columns:
        return Judgement({}, other="a list of files or hashes")
    return Judgement({}, near=near)


def of_creation(record: Cells, event: str, against: Iterable[tuple[str, str]]) -> bool | str:
    """True when nothing says that a record is about something else; what it is about otherwise, "" where that has no name."""
    if event and (value := record.get(event, "")) and not is_nothing(value):
        return True if _tells_creation(event, value) else ""
    return next((words for column, words in against if not is_nothing(record.get(column, ""))), True)


def _tells_creation(column: str, value: str) -> bool:
    """By the event's name; by its number where the column has those of Windows: Sysmon 1, Security 4688 and, long ago, 592."""
    if plain_name(column) in _NUMBERED or is_number(value):
        return value.strip().removesuffix(".0") in ("1", "4688", "592")
    return tells_creation(value)


def _event_column(sample: Sequence[Cells], candidates: Iterable[str]) -> str:
    """The column whose values name events, process creation among them or not."""
    for column in candidates:
        values = {record[column] for record in sample if record.get(column)}
        numbers = bool(values) and all(map(is_number, values))
        numbered = numbers and (plain_name(column) in _NUMBERED or "4688" in values)
        if numbered or (not numbers and (any(map(tells_creation, values)) or (values and all(map(tells_otherwise, values))))):
            return column
    return ""


def _other(sample: Sequence[Cells], event: str, against: tuple[tuple[str, str], ...]) -> str:
    """What no row of a sample is a process creation for."""
    told = [words for record in sample if isinstance(words := of_creation(record, "", against), str)]
    if told:
        return max(sorted(set(told)), key=told.count)
    return f"events of other kinds ({event})" if event else ""


def _columns(rows: Sequence[Cells], names: Promises) -> dict[str, str]:
    """Field -> the likeliest column whose values are of the field's kind, no column for two fields."""
    chosen: dict[str, str] = {}
    tests = {"image": is_program, "parent_image": is_program, "pid": is_number, "ppid": is_number}
    for field, candidates in names.fields.items():
        test = tests.get(field)
        free = [column for column in candidates if column not in chosen.values()]
        if test is not None:
            free = [column for column in free if _share(rows, column, test) >= SHARE]
        if field == "image":
            # A path says more than a name, where both are there, unless half of the rows have none.
            free.sort(key=lambda column: not _full_paths(rows, column))
        if free:
            chosen[field] = free[0]
        if field == "image" and len(free) > 1:
            chosen[NAME] = free[1]
        if field == "time" and len(free) > 1:
            chosen |= _date_and_clock(rows, free)
    return chosen


def _date_and_clock(rows: Sequence[Cells], candidates: list[str]) -> dict[str, str]:
    """The columns of the date and of the time of day, where they stand apart."""
    clocks = [column for column in candidates if _share(rows, column, is_clock) >= SHARE]
    dates = [column for column in candidates if _share(rows, column, is_date) >= SHARE]
    return {"time": clocks[0], DATE: dates[0]} if clocks and dates else {}


def _share(rows: Sequence[Cells], column: str, test: Callable[[str], bool]) -> float:
    values = [value for row in rows if (value := row.get(column, "")) and not is_absent(value)]
    return sum(map(test, values)) / len(values) if values else 0.0


def _full_paths(rows: Sequence[Cells], column: str) -> bool:
    paths = sum("\\" in row.get(column, "") or "/" in row.get(column, "") for row in rows)
    return 2 * paths > len(rows)


def _is_enough(columns: Mapping[str, str], event: str, names: Promises, rows: Sequence[Cells]) -> bool:
    """Whether what was found is a process creation and not a table that mentions programs."""
    if "image" not in columns:
        return False
    parent = any(field in columns for field in ("ppid", "parent_image", "parent_command_line", "parent_guid"))
    told = bool(event) and event in names.events
    command = "command_line" in columns
    if "pid" in columns or "guid" in columns:
        return parent or told or (command and ("user" in columns or "time" in columns))
    if "parent_image" in columns or (command and (parent or told)):
        return True
    if not any(name in _OF_PROCESSES for name in spellings(columns["image"])):
        # What starts by itself, jobs and tasks have a name or path, a command and a user, too.
        return command and {"user", "time"} <= columns.keys() and _names_program(rows, columns["image"], columns["command_line"])
    return (command and "user" in columns) or ("ppid" in columns and "time" in columns)


def _names_program(rows: Sequence[Cells], image: str, command: str) -> bool:
    """Whether command lines begin with the program beside them."""
    pairs = [(row.get(image, ""), row.get(command, "")) for row in rows]
    both = [names_program(line, program) for program, line in pairs if program and line]
    return bool(both) and sum(both) >= SHARE * len(both)


def _differ(sample: Sequence[Cells], image: str, other: str) -> bool:
    """Whether two columns of programs name different ones in most rows."""
    pairs = [(record.get(image, ""), record.get(other, "")) for record in sample]
    return 2 * sum(bool(one and two) and not names_program(one, two) for one, two in pairs) > len(pairs)


def _near(sample: Sequence[Cells], names: Promises) -> dict[str, str]:
    """What could be mapped: a column full of paths of programs, whatever it is called, beside what a process has besides: an id,
    a parent, a command line. A list of files has none of these, and is not near.
    """
    columns = tuple(dict.fromkeys(name for record in sample for name in record))
    promised = names.fields.get("image", ())
    programs = [column for column in (*promised, *columns) if _share(sample, column, is_path_of_program) >= SHARE]
    if not programs:
        return {}
    rest = {
        field: column
        for field, column in _columns(sample, names).items()
        if field not in ("image", NAME, DATE) and column != programs[0]
    }
    commands = [
        column
        for column in columns
        if column not in (programs[0], *rest.values())
        and _share(sample, column, is_command_line) >= SHARE
        # A path alone is a path: tables of files have two of them.
        and any(has_arguments(record.get(column, "")) for record in sample)
    ]
    if commands and "command_line" not in rest:
        rest["command_line"] = commands[0]
    # Another program in most rows is a parent; the same one again is its name beside its path.
    others = [column for column in programs[1:] if column not in rest.values() and _differ(sample, programs[0], column)]
    if others and "parent_image" not in rest:
        rest["parent_image"] = others[0]
    return {"image": programs[0]} | rest if _PROCESS_ONLY & rest.keys() else {}
