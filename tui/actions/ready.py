"""The detector that comes with the program: making its file, which `oddkin models ready --write` does."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from engine.progress import Run

if TYPE_CHECKING:
    from store.models.ready import Shipped


def make_ready(folder: Path, seed: int, day: date, run: Run) -> Shipped:
    """Learn from the shipped starter, and write the model into `folder`. The same seed, day and libraries make the same bytes."""
    from engine.detector import DetectorParams
    from engine.jobs.ready import make
    from engine.starter.file import shipped
    from store.models.ready import write

    detector, manifest = make(shipped(), DetectorParams(seed=seed, device="cpu"), run)
    with tempfile.TemporaryDirectory(prefix="oddkin-ready-") as scratch:
        detector.save(Path(scratch))
        return write(Path(scratch), manifest, day, folder)
