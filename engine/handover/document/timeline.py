"""Hosts and times as SVG: a lane a host, a mark a process, a bar an incident. No script; what a mark is, its title tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from engine.domain.verdicts import Verdict
from engine.handover.document.blocks import HostTimeline, Lane
from engine.untrusted import visible

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WIDTH, LEFT, RIGHT, LANE, TOP = 1100, 190, 30, 34, 44
"""Pixels: of all, of the names, of the margin, of a host's bars, above the first one."""
ROW, LETTER, GAP, ROWS = 13, 7, 6, 6
"""Pixels of a row of labels and of a letter, between two labels; rows of labels over the bars of a host at most."""
TICKS = 6
NAME = 24
"""Characters of a host's name; all of it is in its title."""
SECOND, DAY = 1_000_000, 86_400_000_000
HOUR = 3600
STEPS = tuple(
    SECOND * seconds
    for seconds in (1, 5, 15, 60, 300, 900, HOUR, *(HOUR * hours for hours in (3, 6, 12, 24, 48, 168, 672, 2184)))
)
"""Distances between ticks."""
STYLE = (
    ".lanes{--ink:#1b1f24;--dim:#6e7781;--line:#d0d7de;--bad:#b00020;--open:#0969da;--fine:#1a7f37;--bar:#ffd8d3;--paper:#fff}"
    "@media(prefers-color-scheme:dark){.lanes{--ink:#e6edf3;--dim:#8b949e;--line:#30363d;--bad:#ff7b72;--open:#58a6ff;"
    "--fine:#3fb950;--bar:#4a1f1c;--paper:#0d1117}}"
    "@media print{.lanes{--ink:#1b1f24;--dim:#6e7781;--line:#d0d7de;--bad:#b00020;--open:#0969da;--fine:#1a7f37;--bar:#ffd8d3;"
    "--paper:#fff}}"
    ".lanes text{font:12px sans-serif;fill:var(--ink)}.lanes .dim{fill:var(--dim)}.lanes line{stroke:var(--line)}"
    ".lanes circle{fill:var(--open);fill-opacity:.75}.lanes .malicious{fill:var(--bad)}.lanes .benign,"
    ".lanes .false_positive{fill:var(--fine)}.lanes .bar{fill:var(--bar)}.lanes .paper{fill:var(--paper)}"
)
LEGEND = ((Verdict.MALICIOUS.word, Verdict.MALICIOUS.word), ("open", "without a final verdict"), (Verdict.BENIGN.word, "cleared"))
KINDS = frozenset(verdict.word for verdict in Verdict)


def drawing(timeline: HostTimeline) -> str:
    """The whole drawing; "" where nothing has a time. Its style is STYLE, which a page has once."""
    times = [one.time_us for lane in timeline.lanes for one in lane.happenings]
    if not times:
        return ""
    first, last = min(times), max(times)
    span = max(last - first, SECOND)
    lanes: list[str] = []
    top = TOP
    for lane in timeline.lanes:
        labels = _labels(lane, first, span)
        lanes += _lane(lane, labels, top, first, span)
        top += _above(labels) + LANE
    height = top + 12
    body = [*_ticks(first, last, span, height), *lanes]
    title = escape(visible(timeline.title))
    return (
        f'<svg class="lanes" xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">'
        f'<title>{title}</title><rect class="paper" width="100%" height="100%"/>{"".join(body)}</svg>\n'
    )


def _x(time_us: int, first: int, span: int) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * (time_us - first) / span, 1)


def _ticks(first: int, last: int, span: int, height: int) -> Iterator[str]:
    step = next((one for one in STEPS if span / one <= TICKS), STEPS[-1] * (1 + span // (STEPS[-1] * TICKS)))
    at = -(-first // step) * step
    while at <= last:
        x = _x(at, first, span)
        yield f'<line x1="{x}" y1="{TOP - 8}" x2="{x}" y2="{height}"/>'
        yield f'<text class="dim" x="{x - 30}" y="{TOP - 14}">{_told(at, step)}</text>'
        at += step
    yield f'<text class="dim" x="4" y="14">{_told(first, 1)} … {_told(last, 1)} UTC</text>'
    for place, (kind, words) in enumerate(LEGEND):
        x = WIDTH - 480 + 160 * place
        yield f'<circle class="{kind}" cx="{x}" cy="10" r="5"/><text class="dim" x="{x + 10}" y="14">{words}</text>'


def told(time_us: int) -> str:
    """To the second, UTC."""
    return _told(time_us, 1)


def _told(time_us: int, step: int) -> str:
    try:
        moment = EPOCH + timedelta(microseconds=time_us)
    except OverflowError:
        return "?"
    if step == 1:
        return moment.strftime("%Y-%m-%d %H:%M:%S")
    return moment.strftime("%m-%d" if step >= DAY else "%m-%d %H:%M" if step >= 60 * SECOND else "%H:%M:%S")


def _labels(lane: Lane, first: int, span: int) -> list[tuple[int, float, str]]:
    """(row, left, text) of each incident's label that has room: the lowest row in which it touches no other."""
    ends: list[float] = []
    placed: list[tuple[int, float, str]] = []
    for incident, begin, _ in sorted(lane.incidents, key=lambda one: one[1]):
        text = visible(incident)
        size = len(text) * LETTER
        left = min(_x(begin, first, span), max(float(WIDTH - size), 0.0))
        row = next((row for row, end in enumerate(ends) if end + GAP <= left), len(ends))
        if row < ROWS:
            ends[row:] = [left + size, *ends[row + 1 :]]
            placed.append((row, left, text))
    return placed


def _above(labels: Sequence[tuple[int, float, str]]) -> int:
    """Pixels that labels take over the bars."""
    return ROW * (1 + max((row for row, _, _ in labels), default=-1))


def _lane(lane: Lane, labels: Sequence[tuple[int, float, str]], top: int, first: int, span: int) -> Iterator[str]:
    bars = top + _above(labels)
    middle = bars + LANE // 2
    name = visible(lane.host)
    short = name if len(name) <= NAME else name[: NAME - 1] + "…"
    yield f'<line x1="0" y1="{top}" x2="{WIDTH}" y2="{top}"/>'
    yield f'<g><title>{escape(name)}</title><text x="4" y="{middle + 4}">{escape(short)}</text></g>'
    for incident, begin, end in lane.incidents:
        left, right = _x(begin, first, span), _x(end, first, span)
        width = max(round(right - left, 1), 4)
        yield f"<g><title>{escape(visible(incident))}</title>"
        yield f'<rect class="bar" x="{left - 2}" y="{bars + 4}" width="{width + 4}" height="{LANE - 8}" rx="4"/></g>'
    for row, left, text in labels:
        yield f'<text class="dim" x="{left}" y="{bars - ROW * row}">{escape(text)}</text>'
    yield from _marks(lane, middle, first, span)


def _marks(lane: Lane, middle: int, first: int, span: int) -> Iterator[str]:
    """Circles; those at one place are one, with all their texts in its title."""
    places: dict[tuple[float, str], list[str]] = {}
    for one in lane.happenings:
        kind = one.kind if one.kind in KINDS else "open"
        places.setdefault((_x(one.time_us, first, span), kind), []).append(f"{_told(one.time_us, 1)} {visible(one.text)}")
    for (x, kind), texts in sorted(places.items()):
        told = escape("\n".join(_few(texts)))
        yield f'<circle class="{kind}" cx="{x}" cy="{middle}" r="{4 + min(len(texts), 4)}"><title>{told}</title></circle>'


def _few(texts: Sequence[str], most: int = 12) -> list[str]:
    return [*texts[:most], *([f"… {len(texts) - most:,} more"] if len(texts) > most else [])]
