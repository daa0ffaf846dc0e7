"""An ingest in words: how it ended, and what is wrong with its input."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tui.words.words import many

if TYPE_CHECKING:
    from engine.jobs.ingest.report import IngestReport
    from engine.jobs.preview import Look, MemberLook


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
        f"{many(len(report.skipped), 'file')} no process log" if report.skipped else "",
    ]
    return " · ".join(part for part in parts if part)


def troubles(report: IngestReport) -> list[tuple[str, str]]:
    """(path, what is wrong) of a run, worst first: unreadable and doubtful sources, remarks, then files that are no logs."""
    out = [(source.path, source.error) for source in report.sources if source.error]
    out += [
        (source.path, f"{many(source.untrusted, 'process creation')} from chunks with a wrong checksum")
        for source in report.sources
        if source.untrusted
    ]
    out += report.remarks
    return out + [(path, "not a process log in any format we know; nothing was taken from it") for path in report.skipped]


def verdict(look: Look) -> tuple[str, bool]:
    """One line on what a path seems to hold; True when it can be ingested."""
    if not look.members:
        return "Nothing in there.", False
    formats = sorted({member.format for member in look.members if member.format})
    if not formats:
        problem = next((member.problem for member in look.members if member.problem), "")
        return problem or "No process log in any format that oddkin knows.", False
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
        return "not a process log"
    if member.rejected:
        return f"{member.rejected:,} of the first {member.read:,} records rejected: {member.problem}"
    if member.read and not member.events:
        return f"no process creation among the first {member.read:,} records"
    return member.problem


def reasons(codes: Mapping[tuple[int, str], int]) -> dict[int, dict[str, int]]:
    """Source -> reason -> count."""
    out: dict[int, dict[str, int]] = defaultdict(dict)
    for (source_id, code), number in codes.items():
        out[source_id][code] = number
    return out
