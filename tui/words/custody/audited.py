"""Sentences about the audit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tui.words.words import many

if TYPE_CHECKING:
    from store.custody.audit import AuditEntry, AuditReport
    from store.custody.links import AuditHead

NOTE_IT = "Note it elsewhere: what is cut off behind an entry can only be found by a head that was noted."


def entry_line(entry: AuditEntry) -> str:
    """One entry: number, when, who, what was done, to which case, with what."""
    said = entry.said
    who = " as ".join(str(said[name]) for name in ("login", "who") if said.get(name)) or "nobody"
    case = f"  {said['case']}" if said.get("case") else ""
    command = f"  [oddkin {said['command']}]" if said.get("command") else ""
    what = said.get("what")
    told = f"  {told_words(what)}" if isinstance(what, dict) and what else ""
    return f"{entry.number:>6}  {said.get('at', '')}  {who}  {said.get('act', '')}{case}{told}{command}"


def told_words(what: Mapping[str, Any]) -> str:
    """What an entry says of its act: small things as they are, long lists by their length."""
    return ", ".join(f"{name} {_small(value)}" for name, value in what.items() if value not in (None, "", [], {}))


def _small(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name} {_small(one)}" for name, one in value.items())
    if isinstance(value, list):
        flat = all(isinstance(one, str | int) for one in value)
        return " ".join(map(str, value)) if flat and len(value) <= 3 else many(len(value), "entry", "entries")
    return str(value)


def head_words(head: AuditHead | None) -> str:
    """The newest entry, to be noted."""
    return "The audit is empty." if head is None else f"Audit head {head.text}. {NOTE_IT}"


def entry_words(head: AuditHead | None) -> str:
    """The same where there is little room, and nobody can copy a hash: which entry it is; the sidecar has all of it."""
    return "The audit is empty." if head is None else f"Audit: entry {head.number:,}."


def damaged_words(faults: int) -> str:
    """Beside entries that were shown or handed over as they are."""
    return f"The audit is not what was written, in {many(faults, 'place')}. Which ones: oddkin audit verify"


def report_lines(report: AuditReport, noted: str) -> list[str]:
    """Whether an audit is what was written, faults first."""
    lines = [f"Line {fault.place:,}: {fault.what}." for fault in report.faults]
    if noted and report.noted is None:
        lines.append(f"No entry has the hash {noted}: the audit was cut off before it, or is another one's.")
    if lines:
        return lines
    behind = report.entries - (report.noted or 0)
    after = f"; {many(behind, 'entry', 'entries')} came after the head that was noted" if noted else ""
    return [f"{many(report.entries, 'entry', 'entries')}, each follows from the one before{after}."]
