"""What is said about the starter: when it comes in, what was left out, and when a model must not be judged by a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.untrusted import visible

if TYPE_CHECKING:
    from engine.starter.pack import StarterPack
    from tui.shell.session import Session


def shipped_or_none(wanted: bool) -> StarterPack | None:
    """The package's starter, when it is wanted. Raises ModelCorrupt."""
    from engine.starter.file import shipped

    return shipped() if wanted else None


def brought(manifest: Mapping[str, Any]) -> str:
    """What a model's starter was, in one line; "" for a model without."""
    told = manifest.get("starter")
    if not isinstance(told, Mapping) or not told:
        return ""
    names = ", ".join(map(str, told.get("sources", ()))) or "nothing"
    left = ", ".join(map(str, told.get("left_out", ())))
    without = f"; left out, as this case has their files: {left}" if left else ""
    parameters = manifest.get("parameters")
    switched_on = told.get("prior") and (not isinstance(parameters, Mapping) or parameters.get("threat_prior", True))
    prior = "with" if switched_on else "without"
    return visible(f"Starter: {told.get('chains', 0):,} everyday chains of {names}{without}; {prior} the supervised prior")


def warn_of_seen(session: Session, case: str, manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Say it when a model's starter was made of files that the case has; returns the names of those sources."""
    from engine.starter.pack import seen_sources

    seen = seen_sources(manifest, session.workspace.chains.load_digests([case]))
    if seen:
        session.out.warn(
            f"The starter of this model was made of files of case {visible(case)} ({visible(', '.join(seen))}): what it finds"
            " there says nothing about how well it detects. Train anew (oddkin train leaves them out), or use"
            " oddkin evaluate --leave-source-out."
        )
    return seen
