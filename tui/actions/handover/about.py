"""Where a result comes from: the case, the model in use, its rules, this version."""

from __future__ import annotations

from importlib.metadata import version

from engine.errors import OddkinError
from engine.handover.material import About
from store.workspace import Workspace


def about(workspace: Workspace, case: str) -> About:
    """Of a case as it is now. A model that is gone or damaged is told by its id alone."""
    model = workspace.vault.in_use(case) or ""
    rules = 0
    if model:
        try:
            told = workspace.vault.show(model).manifest.get("rules")
            found = told.get("version") if isinstance(told, dict) else None
            rules = found if isinstance(found, int) else 0
        except OddkinError:
            rules = 0
    return About(case, version("oddkin"), model, rules)
