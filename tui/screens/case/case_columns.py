"""Columns of the tables on the Case screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os.path import commonprefix
from typing import TYPE_CHECKING

from engine.untrusted import visible
from tui.widgets.ledger_table import Column
from tui.words.spans import Line, crop, tail_crop

if TYPE_CHECKING:
    from engine.domain.records import ProcessEvent
    from store.base.source_views import RejectView, SourceView
    from store.base.views import CaseSummary, HostView

When = Callable[[int | None], str]
STATES = {"done": ("✓ done", "good"), "failed": ("! damaged", "error"), "reading": ("… unfinished", "warning")}


def number(value: int, role: str = "") -> Line:
    """A count; nothing to see is dim."""
    return [(f"{value:,}", role if value else "dim")]


def case_columns(current: Callable[[], str | None]) -> list[Column[CaseSummary]]:
    """The list of cases; the current one has a dot."""
    return [
        Column("", 1, lambda case, _w: [("●", "accent") if case.name == current() else (" ", "")]),
        Column("case", 0, lambda case, width: [(crop(case.name, width), "strong" if case.name == current() else "")]),
        Column("hosts", 5, lambda case, _w: number(case.hosts), right=True, from_width=30),
        Column("chains", 7, lambda case, _w: number(case.chains), right=True, from_width=24),
    ]


def common_folder(paths: Sequence[str]) -> str:
    """The folder that all paths lie in, with its last separator; "" when there is none, or only one path."""
    if len(paths) < 2:
        return ""
    start = commonprefix(list(paths))  # noqa: RUF071 - cut at a separator below
    return start[: max(start.rfind(mark) for mark in "/\\!") + 1]


def source_columns(codes: Callable[[], Mapping[int, Mapping[str, int]]], folder: Callable[[], str]) -> list[Column[SourceView]]:
    """Counts per source: read = kept + rejected + other, merged is a part of kept. Paths are shown from `folder` on."""

    def state(source: SourceView, _width: int) -> Line:
        word, role = STATES.get(source.state, (source.state, ""))
        return [(word, role)]

    def why(source: SourceView, width: int) -> Line:
        reasons = ", ".join(f"{count:,} {code}" for code, count in codes().get(source.id, {}).items())
        doubtful = f"{source.untrusted:,} kept are not to be trusted" if source.untrusted else ""
        return [(visible("; ".join(part for part in (source.error or "", reasons, doubtful) if part), 2 * width), "dim")]

    return [
        Column("source", 0, lambda source, width: [(tail_crop(source.path.removeprefix(folder()), width), "")]),
        Column("format", 12, lambda source, _w: [(source.format, "dim")], from_width=84),
        Column("read", 9, lambda source, _w: number(source.read), right=True),
        Column("kept", 9, lambda source, _w: number(source.kept), right=True),
        Column("merged", 8, lambda source, _w: number(source.merged), right=True, from_width=60),
        Column("rejected", 8, lambda source, _w: number(source.rejected, "warning"), right=True),
        Column("state", 12, state, from_width=66),
        Column("why", 24, why, from_width=130),
    ]


def host_columns(when: When, time_width: int = 20) -> list[Column[HostView]]:
    """Hosts with the time that they cover."""
    return [
        Column("host", 0, lambda host, width: [(crop(host.name, width), "")]),
        Column("records", 9, lambda host, _w: number(host.records), right=True),
        Column("first", time_width, lambda host, _w: [(when(host.first_us), "dim")], from_width=50),
        Column("last", time_width, lambda host, _w: [(when(host.last_us), "dim")], from_width=66),
        Column("", 10, lambda host, _w: [("not linked", "warning")] if host.unlinked else [], from_width=90),
    ]


def reject_columns() -> list[Column[RejectView]]:
    """Where, why, how it begins."""
    return [
        Column("source", 28, lambda one, width: [(tail_crop(one.source, width), "")], from_width=90),
        Column("at", 9, lambda one, _w: [(f"{one.position:,}", "dim")], right=True),
        Column("why", 18, lambda one, _w: [(one.code, "warning")]),
        Column("reason", 0, lambda one, _w: [(one.reason, "")]),
    ]


def event_columns(when: When) -> list[Column[ProcessEvent]]:
    """The first records of evidence, as understood."""
    return [
        Column("time", 20, lambda event, _w: [(when(event.time_us) or "no time", "dim")], from_width=70),
        Column("host", 14, lambda event, width: [(crop(event.host or "no host", width), "" if event.host else "dim")]),
        Column("pid", 7, lambda event, _w: [("" if event.pid is None else str(event.pid), "dim")], right=True, from_width=56),
        Column("image", 26, lambda event, width: [(tail_crop(event.image, width), "strong")]),
        Column("parent", 22, lambda event, width: [(tail_crop(event.parent_image or "", width), "")], from_width=100),
        Column("command line", 0, lambda event, _w: [(event.command_line or "", "dim")]),
    ]
