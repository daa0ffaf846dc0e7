"""A warning that several commands give before they show what a model found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.shell.session import Session


def warn_of_seen(session: Session, case: str, manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Say it when a model's starter was made of files that the case has; returns the names of those sources."""
    from engine.starter.pack import seen_sources
    from tui.words.starter_words import seen_words

    seen = seen_sources(manifest, session.workspace.chains.load_digests([case]))
    if said := seen_words(seen, case):
        session.out.warn(said)
    return seen
