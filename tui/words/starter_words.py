"""What is said about the starter: when it comes in, what was left out, and when a model must not be judged by a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.untrusted import visible


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


def seen_words(seen: Sequence[str], case: str) -> str:
    """Why a model whose starter was made of files of a case must not be judged there; "" where it was of none."""
    if not seen:
        return ""
    return (
        f"The starter of this model was made of files of case {visible(case)} ({visible(', '.join(seen))}): what it finds"
        " there says nothing about how well it detects. Train anew (oddkin train leaves them out), or use"
        " oddkin evaluate --leave-source-out."
    )
