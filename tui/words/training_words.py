"""What is said about a training: the rules that it uses, and which model the case uses before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.jobs.rules import TrainingRules


def rules_words(found: TrainingRules) -> str:
    """Which rules a training uses, in a sentence."""
    if found.version is None:
        return "Rules: none are accepted; paths are read as they were recorded"
    origin = "learnt from the case just now" if found.learnt else "accepted"
    return (
        f"Rules: {len(found.rules)} {origin}, version {found.version} ({found.rules.fingerprint}); "
        "oddkin rules list shows them, --no-rules does without"
    )


def in_use_words(before: str | None, after: str) -> str:
    """Which model a case uses, and which one it used; the same words whoever trained."""
    return f"In use: {after}, as before" if before == after else f"In use: {after}; before: {before or 'none'}"
