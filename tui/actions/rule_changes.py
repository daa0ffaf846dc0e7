"""Which chains of the newest case a decision about rules changes, told on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.rules.rule import RuleSet
    from tui.shell.session import Session

TOLD = 5
"""Chains listed after a decision; `oddkin rules apply-preview --rule NUMBER --limit N` lists more."""


def tell_changes(session: Session, before: RuleSet, after: RuleSet) -> None:
    """Counts and the commonest chains; nothing where there is no case, or no chain in it."""
    from engine.rules.corpus import changes
    from engine.untrusted import visible
    from tui.render.rules import change_lines

    cases = session.workspace.cases.names()
    corpus = session.workspace.chains.load_corpus(cases[:1]) if cases else None
    if corpus is None or not len(corpus):
        return
    found = changes(corpus, before, after, TOLD)
    old, new = found.before, found.after
    session.out.say(
        f"Case {visible(cases[0])}: {found.changed:,} chains of {found.processes:,} processes change; "
        f"{old.different:,} -> {new.different:,} different chains, {old.different_paths:,} -> {new.different_paths:,} different "
        "paths. Takes effect with the next training."
    )
    for line in change_lines(found):
        session.out.say(line)
