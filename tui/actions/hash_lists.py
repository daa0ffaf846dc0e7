"""Comparing a case with lists of known-good and known-bad hashes: what both front ends do, at an ingest, before ranking or
alone.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import UsageError
from engine.progress import Run

if TYPE_CHECKING:
    from engine.jobs.compare import Compared, GivenList
    from store.chains.hash_lists import HashListView
    from store.workspace import Workspace


def given(good: Sequence[Path], bad: Sequence[Path]) -> list[GivenList]:
    """Lists as they are given, absolute: a case outlives the folder that the user stands in. Raises UsageError for what is not
    there and for one that is said to be both.
    """
    from engine.domain.processes import Known
    from engine.jobs.compare import GivenList

    found = [
        GivenList(Path(os.path.abspath(path)), kind)  # noqa: PTH100 - Path.absolute keeps ".."
        for kind, paths in ((Known.GOOD, good), (Known.BAD, bad))
        for path in dict.fromkeys(paths)
    ]
    if missing := [str(one.path) for one in found if not os.path.lexists(one.path)]:
        raise UsageError(f"There is no {', '.join(missing)}.", remedy="Name a file with a list of hashes.")
    if twice := {one.path for one in found if one.kind is Known.GOOD} & {one.path for one in found if one.kind is Known.BAD}:
        raise UsageError(f"{min(twice)} cannot be known good and known bad.")
    return found


def compare(workspace: Workspace, case: str, lists: Sequence[GivenList], run: Run) -> list[Compared]:
    """Compare, and keep what the lists say. Raises NotFound; Cancelled, which keeps those that were read."""
    from engine.jobs.compare import compare as job

    workspace.check_writable()
    return job(case, lists, workspace.hash_lists, run)


def behind(workspace: Workspace, case: str) -> list[HashListView]:
    """Lists that were given before further programs came. Raises NotFound."""
    return [one for one in workspace.hash_lists.lists(case) if one.later]
