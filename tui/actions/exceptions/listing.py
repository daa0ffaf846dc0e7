"""Exceptions, and what they hide of a queue, as programs take them; and whether a list is asked for what is hidden."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.exceptions.file import plain, scope_plain, utc
from engine.exceptions.kept import STAYS
from store.base import ids
from tui.words.triage.exception_words import exception_name

if TYPE_CHECKING:
    from store.base.views import QueueRow
    from store.exceptions.drafts import ExceptionDraft, ExceptionPreview
    from store.exceptions.exceptions import ExceptionView
    from store.exceptions.hidden import HiddenFindings
    from store.where.terms import Where
    from store.workspace import Workspace

PAGE = 256


def shows_hidden(where: Where) -> bool:
    """Whether a filter asks for what exceptions hide or cover: then nothing is left out."""
    from store.where.keys import HIDDEN

    asked = [term for term in where.terms if not term.negated]
    return any(term.key == "exception" or HIDDEN in {value.means for value in term.values} for term in asked)


def left_out(workspace: Workspace, case: str, where: Where, now_us: int) -> HiddenFindings:
    """What exceptions hide of a case's list of findings at a time; nothing where the filter asks for it. Raises NotFound."""
    from store.exceptions.hidden import NOTHING_HIDDEN

    return NOTHING_HIDDEN if shows_hidden(where) else workspace.exceptions.hidden(case, now_us)


def asked_of(hidden: HiddenFindings) -> dict[str, object]:
    """For the audit and the sidecar of what is handed over: what exceptions hide of the case; {} where they hide nothing."""
    if not hidden.findings:
        return {}
    names = [exception_name(number) for number in hidden.exceptions]
    return {"hidden": {"findings": len(hidden.findings), "exceptions": names}}


def hidden_rows(workspace: Workspace, case: str) -> list[QueueRow]:
    """The findings that are hidden now, best first. Raises NotFound."""
    from store.queue.filter import QueueFilter
    from store.where.meaning import read

    wanted = QueueFilter(where=read("is:hidden"))
    found: list[QueueRow] = []
    after = 0
    while page := workspace.findings.page(case, wanted, after=after, limit=PAGE):
        found += page
        whole = page[-1].whole
        assert whole is not None
        after = whole.number
    return found


def exception_json(view: ExceptionView, now_us: int) -> dict[str, Any]:
    """One exception: as in a file, with its number and how much of each case it covers."""
    uses = [
        {
            "case": use.case,
            "processes": use.processes,
            "hosts": use.hosts,
            "first": _time(use.first_us),
            "last": _time(use.last_us),
        }
        for use in view.uses
    ]
    told = {"exception": exception_name(view.number), "holds": view.kept.holds(now_us)}
    return told | plain(view.kept) | {"processes": view.processes, "cases": uses}


def hidden_json(rows: Sequence[QueueRow], by: dict[int, tuple[int, ...]], hidden: HiddenFindings) -> dict[str, Any]:
    """What is hidden, by what, and what is back."""
    findings = [
        {
            "finding": f"F{row.whole.number}", "image": row.steps[-1], "lead": ids.called(row.whole.lead), "score":
            row.whole.score, "processes": row.whole.processes, "hosts": row.whole.hosts, "verdict": row.verdict, "exceptions":
            [exception_name(number) for number in by.get(row.whole.number, ())],
        }
        for row in rows if row.whole is not None
    ]  # fmt: skip
    return {
        "findings": findings, "exceptions": [exception_name(number) for number in hidden.exceptions],
        "back": [f"F{number}" for number in hidden.back], "expired": [exception_name(number) for number in hidden.expired],
    }  # fmt: skip


def preview_json(drafts: Sequence[ExceptionDraft], preview: ExceptionPreview) -> dict[str, Any]:
    """What would be kept, and what that would hide."""
    made = [scope_plain(one.scope) | {"verdict": one.verdict, "process": ids.called(one.process_id)} for one in drafts]
    return {
        "exceptions": made, "processes": preview.processes, "hosts": preview.hosts,
        "findings": [f"F{number}" for number in preview.findings], "staying": [f"F{number}" for number in preview.staying],
        **{verdict: preview.judged.get(verdict, 0) for verdict in STAYS},
    }  # fmt: skip


def _time(time_us: int | None) -> str | None:
    return None if time_us is None else utc(time_us)
