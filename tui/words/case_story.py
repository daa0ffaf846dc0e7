"""Where a case stands, in words: figures, the model and its age, what to do next; how an ingest ended, what is wrong with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from engine.untrusted import visible
from tui.words.first_queue import READY_MODEL
from tui.words.words import EPOCH, many, paste, shortened

if TYPE_CHECKING:
    from engine.jobs.ingest.report import IngestReport, SourceReport
    from engine.jobs.preview import Look, MemberLook
    from store.base.views import CaseSummary
    from store.models.rows import ModelView
    from store.queue.pages import QueueCounts

OLD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CaseStory:
    """Everything that the overview tells of a case."""

    summary: CaseSummary
    model: ModelView | None
    counts: QueueCounts | None
    """None while nothing was scored."""
    unscored: int
    """Chains that the model in use has not seen."""
    linked_since: bool = False
    """Processes of known chains came after it scored the case: they are in no incident."""
    lists_changed: bool = False
    """Lists of hashes were given or forgotten after it scored the case."""

    @property
    def behind(self) -> bool:
        """Whether something came that is no chain."""
        return self.linked_since or self.lists_changed


@dataclass(frozen=True, slots=True)
class NextStep:
    """The key to press, and why."""

    key: str
    action: str
    why: str


def figures(story: CaseStory, when: Callable[[int | None], str]) -> list[tuple[str, str]]:
    """(label, text) pairs, aligned by whoever draws them."""
    case = story.summary
    span = f"{when(case.first_us)} … {when(case.last_us)}" if case.first_us is not None else "no times in these records"
    records = [f"{case.kept:,} kept", f"{case.merged:,} merged", f"{case.rejected:,} rejected"]
    out = [
        ("Evidence", f"{many(case.sources, 'source')} · {' · '.join(records)}"),
        ("Hosts", f"{many(case.hosts, 'host')} · {many(case.chains, 'unique chain')}"),
        ("Time", span),
    ]
    if story.counts is not None:
        out.append(
            (
                "Queue",
                f"{many(story.counts.findings, 'finding')} in {many(story.counts.flagged, 'chain')} above the threshold"
                f" · {story.counts.decided:,} decided",
            )
        )
    return out


def model_line(model: ModelView | None, now: datetime, unscored: int, *, linked_since: bool = False) -> tuple[str, bool]:
    """The model in use and its age; True when there is something to heed."""
    if model is None:
        return "none yet", True
    age = now - (EPOCH + timedelta(microseconds=model.created_us))
    name = str(model.manifest.get("name") or "")
    ready = model.ready
    said = f"{model.id} · {READY_MODEL}" if ready else f"{name + ' · ' if name else ''}{model.id} · trained {ago(age)}"
    if unscored:
        return f"{said} · has not seen {many(unscored, 'chain')} that were added since", True
    if linked_since:
        return f"{said} · has not seen processes that were added since", True
    old = age > OLD and not ready
    return (f"{said} · old: hosts change, consider training again", True) if old else (said, False)


def ago(age: timedelta) -> str:
    """`just now`, `3 min ago`, `5 h ago`, `12 days ago`."""
    seconds = age.total_seconds()
    for size, word in ((86400.0, "day"), (3600.0, "h"), (60.0, "min")):
        if seconds >= size:
            number = int(seconds // size)
            return f"{number:,} {word}{'s' if word == 'day' and number != 1 else ''} ago"
    return "just now"


def next_step(story: CaseStory) -> NextStep:
    """What brings this case on."""
    case = story.summary
    if case.unfinished or case.unlinked:
        return NextStep("I", "Ingest the same path again", "an ingest was interrupted; it goes on where it stopped")
    if case.chains == 0:
        return NextStep("I", "Ingest logs", "there are no process creations in this case yet")
    if story.model is None:
        return NextStep("r", "Rank", "by the detector that came with oddkin: the strangest on top, without a training")
    if story.unscored:
        return NextStep("r", "Rank", f"rank the {many(story.unscored, 'chain')} that were added since")
    if story.linked_since:
        return NextStep("r", "Rank", "find the incidents of the processes that were added since")
    if story.lists_changed:
        return NextStep("r", "Rank", "with what the lists of hashes say")
    if story.counts is not None and (story.counts.decided < story.counts.findings or not story.counts.findings):
        left = f", {story.counts.decided:,} decided" if story.counts.decided else ""
        told = f"{many(story.counts.findings, 'finding')} above the threshold{left}, strangest first"
        return NextStep("4", "Triage", told)
    return NextStep("e", "Export", "hand over what was found; 4 goes on with the rest of the queue")


SHOWN_KEYS = 12
EMPTY_FILE = "empty: no byte, or nothing but blanks; of a log that should have records this is worth a question"
NAMES = {
    "image": "the program",
    "parent_image": "its parent's",
    "pid": "its id",
    "ppid": "its parent's id",
    "command_line": "its command line",
    "time": "when",
    "host": "where",
    "user": "who",
}
"""Fields of a process in words."""
_WANTED = ("pid", "ppid")


def summary(report: IngestReport) -> str:
    """One sentence about a run that ended by itself."""
    known = sum(source.known for source in report.sources)
    rejected = sum(sum(source.rejected.values()) for source in report.sources)
    broken = sum(bool(source.error) for source in report.sources)
    read = sum(source.read for source in report.sources)
    untrusted = sum(source.untrusted for source in report.sources)
    parts = [
        f"{many(report.kept, 'process creation')} in {many(read, 'record')} of {many(len(report.sources), 'source')}",
        f"{known:,} here already" if known else "",
        f"{rejected:,} rejected" if rejected else "",
        f"{untrusted:,} not to be trusted" if untrusted else "",
        f"{many(broken, 'source')} damaged or unreadable" if broken else "",
        f"{many(sum(source.unrecognised for source in report.sources), 'source')} not recognised"
        if _has_unrecognised(report)
        else "",
        f"{many(len(report.empty), 'file')} empty" if report.empty else "",
        f"{many(len(report.skipped) + len(report.others), 'file')} no process log" if report.skipped or report.others else "",
    ]
    return " · ".join(part for part in parts if part)


def ended(report: IngestReport) -> tuple[str, bool]:
    """What is said when a run is over; True when something is missing."""
    bad = report.unreadable or not report.kept
    hint = "  R shows what could not be used." if bad or report.skipped or report.others or report.empty else ""
    told = report.sources or report.others or report.empty
    said = summary(report) if told else "Nothing in there is a process log."
    return visible(said + hint), bad


def troubles(report: IngestReport) -> list[tuple[str, str]]:
    """(path, what is wrong) of a run, worst first: unreadable and doubtful sources, remarks, then files that are no logs."""
    out = [(source.path, source.error) for source in report.sources if source.error]
    out += [
        (source.path, f"{many(source.untrusted, 'process creation')} from chunks with a wrong checksum")
        for source in report.sources
        if source.untrusted
    ]
    out += [(source.path, " ".join(unrecognised(source, report.case))) for source in report.sources if source.unrecognised]
    out += [(source.path, barren(source)) for source in report.sources if source.without_processes]
    out += [(source.path, partly_unknown(source)) for source in report.sources if source.unknown and not source.unrecognised]
    out += [(source.path, note.text) for source in report.sources for note in source.notes]
    out += report.remarks
    out += [(path, EMPTY_FILE) for path in report.empty]
    out += [(path, f"{words}; no process log, nothing was taken from it") for path, words in report.others]
    return out + [(path, "not a process log in any format we know; nothing was taken from it") for path in report.skipped]


def _has_unrecognised(report: IngestReport) -> bool:
    return any(source.unrecognised for source in report.sources)


def barren(source: SourceReport) -> str:
    """What is said of a source that gave no process: it is never left out, however small."""
    if source.unknown:
        return f"{many(source.read, 'record')}, none is a process creation, {_unknown(source)}"
    return f"{many(source.read, 'record')}, none is a process creation"


def partly_unknown(source: SourceReport) -> str:
    """What is said of records that nobody understands among others that were read."""
    return f"{_unknown(source)} of {source.read:,}"


def _unknown(source: SourceReport) -> str:
    return f"{source.unknown:,} of no kind that oddkin knows (keys: {_keys(source)})"


def unrecognised(source: SourceReport, case: str) -> list[str]:
    """What a source is that nobody understands: its commonest keys, what is missing of a process, how it could be read."""
    from engine.readers.text.csv_mapping import written  # with the readers of mappings, which commands do without

    has = ", ".join(f"{key} ({NAMES[field]})" for field, key in source.mapping.items() if field in NAMES)
    missing = " or ".join(words for field, words in NAMES.items() if field in _WANTED and field not in source.mapping)
    near = f"nearest are process creations: {has}" + (f"; nothing in it is called like {missing}" if missing else "")
    mapping = paste(written(source.mapping))
    return [
        f"not recognised: {many(source.near, 'record')} could be processes and were not understood; keys: {_keys(source)}",
        f"{near}. If they are: oddkin ingest {paste(source.path)} --case {paste(case)} --map {mapping}",
    ]


def _keys(source: SourceReport) -> str:
    common = [key for key, _ in source.keys.most_common(SHOWN_KEYS)]
    return ", ".join(shortened(visible(key)) for key in common) + (" …" if len(source.keys) > SHOWN_KEYS else "")


def verdict(look: Look) -> tuple[str, bool]:
    """One line on what a path seems to hold; True when it can be ingested."""
    if not look.members:
        return "Nothing in there.", False
    formats = sorted({member.format for member in look.members if member.format})
    if not formats:
        problem = next((member.problem for member in look.members if member.problem), "")
        instead = next((member.instead for member in look.members if member.instead), "")
        return problem or (f"No process log: {instead}." if instead else "No process log in any format that oddkin knows."), False
    if all(member.unknown and not member.events for member in look.members if member.read):
        return f"Not recognised: {many(sum(bool(member.unknown) for member in look.members), 'file')}.", False
    shown = f"the first {len(look.members)} files" if look.more else many(len(look.members), "file")
    detected = ", ".join(formats)
    if len(look.members) == 1 and not look.more:
        return f"Format: {detected} ({look.members[0].confidence:.0%} sure)", True
    return f"{look.recognised} of {shown} are logs: {detected}", True


def member_note(member: MemberLook) -> str:
    """What is to be said of one member besides its format."""
    if member.problem and not member.format:
        return member.problem
    if not member.format:
        return f"{member.instead}, not a process log" if member.instead else "not a process log"
    if member.rejected:
        return f"{member.rejected:,} of the first {member.read:,} records rejected: {member.problem}"
    if member.unknown and not member.events:
        return f"not recognised, {member.unknown:,} of the first {member.read:,} records: {', '.join(member.keys[:SHOWN_KEYS])}"
    if member.read and not member.events:
        return f"no process creation among the first {member.read:,} records"
    return member.problem


def reasons(codes: Mapping[tuple[int, str], int]) -> dict[int, dict[str, int]]:
    """Source -> reason -> count."""
    out: dict[int, dict[str, int]] = defaultdict(dict)
    for (source_id, code), number in codes.items():
        out[source_id][code] = number
    return out
