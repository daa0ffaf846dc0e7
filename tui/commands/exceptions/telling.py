"""What other commands say of exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.shell.session import Session

if TYPE_CHECKING:
    from store.exceptions.hidden import HiddenFindings


def hidden_now(session: Session, case: str) -> HiddenFindings:
    """What exceptions hide of a case's queue, by the clock of the machine."""
    from store.base.clock import now_us

    return session.workspace.exceptions.hidden(case, now_us())


def say_hidden(session: Session, hidden: HiddenFindings) -> None:
    """How much exceptions hide, where they hide anything."""
    from tui.words.triage.exception_words import hidden_words

    if hidden:
        session.out.say(hidden_words(hidden))


def say_if_hidden(session: Session, case: str, finding: int) -> None:
    """Of a finding that somebody looks at: that it is not in the queue, and why."""
    from store.base.clock import now_us
    from tui.words.triage.exception_words import exception_names

    if finding in hidden_now(session, case).findings:
        by = session.workspace.exceptions.by_finding(case, [finding], now_us()).get(finding, ())
        session.out.say(f"F{finding} is hidden from the queue by {exception_names(by)}. See: oddkin exceptions list")
