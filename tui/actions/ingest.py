"""Reading evidence into a case: what `oddkin ingest`, the Case screen and the demo do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.jobs.ingest.request import IngestRequest
from engine.progress import Run

if TYPE_CHECKING:
    from engine.jobs.ingest.report import IngestReport
    from store.workspace import Workspace


def ingest(workspace: Workspace, request: IngestRequest, run: Run) -> IngestReport:
    """Read files, folders and archives into a case, which is made when it is new. Cancelled keeps what was read."""
    from engine.jobs.ingest.run import ingest as job
    from store.base.own_files import own_files

    return job(replace(request, own=own_files(workspace.folder)), workspace.ingest, run)
