"""Reading evidence into a case: what `oddkin ingest`, the Case screen and the demo do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.progress import Run

if TYPE_CHECKING:
    from engine.jobs.ingest.report import IngestReport
    from store.workspace import Workspace


def ingest(
    workspace: Workspace,
    paths: Sequence[Path],
    case: str,
    run: Run,
    *,
    reader: str | None = None,
    host: str | None = None,
    mapping: dict[str, str] | None = None,
) -> IngestReport:
    """Read files, folders and archives into a case, which is made when it is new. Cancelled keeps what was read."""
    from engine.jobs.ingest.run import IngestRequest
    from engine.jobs.ingest.run import ingest as job

    return job(IngestRequest(paths, case, reader, host, mapping or {}), workspace.ingest, run)
