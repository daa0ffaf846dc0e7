"""What exceptions keep out of the report: which findings, by which exceptions, who answers for them, until when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.handover.document.blocks import DocumentBlock, Grid, Heading, Paragraph
from store.exceptions.exceptions import ExceptionView
from store.exceptions.hidden import HiddenFindings
from tui.words.triage.exception_words import exception_name, hidden_words, named_findings, scope_words
from tui.words.words import when


@dataclass(frozen=True, slots=True)
class HidingException:
    """An exception that hides something of the case, or did until it expired, with those findings."""

    view: ExceptionView
    findings: tuple[int, ...]


def excepted(hidden: HiddenFindings, exceptions: Sequence[HidingException]) -> Iterator[DocumentBlock]:
    """A section; nothing where exceptions do nothing."""
    if not hidden:
        return
    yield Heading(1, "Hidden by exceptions", "hidden")
    yield Paragraph(hidden_words(hidden, "What is hidden is in the case and in its counts, and not among the findings above."))
    rows = tuple(_row(one) for one in exceptions)
    head = ("exception", "findings", "verdict", "reason", "owner", "until", "covers", "note")
    yield Grid(head, rows, code=frozenset({"covers"}))


def _row(one: HidingException) -> tuple[str, ...]:
    kept = one.view.kept
    until = "for good" if kept.expires_us is None else when(kept.expires_us)
    return (
        exception_name(one.view.number), named_findings(one.findings), kept.verdict, kept.reason.value, kept.owner, until,
        scope_words(kept.scope), kept.note,
    )  # fmt: skip
