"""What a shell offers behind a command: cases, models, findings, hosts, rules, verdicts. One table, by the names of parameters.

A completion is put into the command line as it is, and a host's name comes from the evidence: only words that mean nothing to a
shell are offered.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer
from typer.models import ParameterInfo

from engine.domain.verdicts import VERDICTS

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@:+/-]*\Z")
Completer = Callable[[typer.Context, str], list[str]]


def _stored(kind: str, ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of a workspace that begin so, whatever their case."""
    from store.base.glance import names
    from tui.shell.place import default_workspace

    given = ctx.find_root().params.get("workspace")
    folder = default_workspace() if given is None else Path(given).expanduser()
    case = ctx.params.get("case")

    def offered(name: str) -> bool:
        return PLAIN.match(name) is not None and name.lower().startswith(incomplete.lower())

    return names(folder, kind, case if isinstance(case, str) else None, offered)


def _verdicts(ctx: typer.Context, incomplete: str) -> list[str]:
    return [word for word in (*VERDICTS, "none") if word.startswith(incomplete)]


def _of(kind: str) -> Completer:
    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        return _stored(kind, ctx, incomplete)

    return complete


def _references(ctx: typer.Context, incomplete: str) -> list[str]:
    """Findings, and behind F3/ its incidents."""
    return _stored("incident" if "/" in incomplete else "finding", ctx, incomplete)


def export_formats(incomplete: str) -> list[str]:
    """Formats of an export."""
    from engine.handover.registry import names

    return [name for name in names() if name.startswith(incomplete)]


case_names = _of("case")
references = _references
COMPLETERS: dict[str, Completer] = {
    "case": case_names, "baseline_case": case_names, "model": _of("model"), "beside": _of("model"), "host": _of("host"),
    "reference": _references, "around": _references, "number": _of("rule"), "rule": _of("rule"), "verdict": _verdicts,
}  # fmt: skip
"""By the name of the parameter, which means the same in every command."""


def complete(name: str, annotation: Any) -> None:
    """Let a parameter be completed, unless it says itself how."""
    for mark in getattr(annotation, "__metadata__", ()):
        if isinstance(mark, ParameterInfo) and name in COMPLETERS and mark.autocompletion is None:
            mark.autocompletion = COMPLETERS[name]
