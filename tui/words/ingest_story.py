"""An ingest in words: how it ended, and what is wrong with its input."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.readers.text.csv_mapping import written
from engine.untrusted import visible
from tui.words.case_story import count
from tui.words.words import paste, shortened

if TYPE_CHECKING:
    from engine.jobs.ingest.report import IngestReport, SourceReport
    from engine.jobs.preview import Look, MemberLook


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
        f"{count(report.kept, 'process creation')} in {count(read, 'record')} of {count(len(report.sources), 'source')}",
        f"{known:,} here already" if known else "",
        f"{rejected:,} rejected" if rejected else "",
        f"{untrusted:,} not to be trusted" if untrusted else "",
        f"{count(broken, 'source')} damaged or unreadable" if broken else "",
        f"{count(sum(source.unrecognised for source in report.sources), 'source')} not recognised"
        if _has_unrecognised(report)
        else "",
        f"{count(len(report.empty), 'file')} empty" if report.empty else "",
        f"{count(len(report.skipped) + len(report.others), 'file')} no process log" if report.skipped or report.others else "",
    ]
    return " · ".join(part for part in parts if part)


def troubles(report: IngestReport) -> list[tuple[str, str]]:
    """(path, what is wrong) of a run, worst first: unreadable and doubtful sources, remarks, then files that are no logs."""
    out = [(source.path, source.error) for source in report.sources if source.error]
    out += [
        (source.path, f"{count(source.untrusted, 'process creation')} from chunks with a wrong checksum")
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
        return f"{count(source.read, 'record')}, none is a process creation, {_unknown(source)}"
    return f"{count(source.read, 'record')}, none is a process creation"


def partly_unknown(source: SourceReport) -> str:
    """What is said of records that nobody understands among others that were read."""
    return f"{_unknown(source)} of {source.read:,}"


def _unknown(source: SourceReport) -> str:
    return f"{source.unknown:,} of no kind that oddkin knows (keys: {_keys(source)})"


def unrecognised(source: SourceReport, case: str) -> list[str]:
    """What a source is that nobody understands: its commonest keys, what is missing of a process, how it could be read."""
    has = ", ".join(f"{key} ({NAMES[field]})" for field, key in source.mapping.items() if field in NAMES)
    missing = " or ".join(words for field, words in NAMES.items() if field in _WANTED and field not in source.mapping)
    near = f"nearest are process creations: {has}" + (f"; nothing in it is called like {missing}" if missing else "")
    mapping = paste(written(source.mapping))
    return [
        f"not recognised: {count(source.near, 'record')} could be processes and were not understood; keys: {_keys(source)}",
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
        return f"Not recognised: {count(sum(bool(member.unknown) for member in look.members), 'file')}.", False
    shown = f"the first {len(look.members)} files" if look.more else count(len(look.members), "file")
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
