"""What every job that makes or uses a model needs: where models are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol


class ModelVault(Protocol):
    """Versioned, immutable model folders; see store/models/vault.py for the layout and the order of writes."""

    def stage(self) -> Path:
        """An empty private folder for a job to save a model into; on the vault's file system."""

    def publish(self, staged: Path, manifest: dict[str, Any]) -> str:
        """Hash, fsync, rename into place, insert the row. Returns the model's id."""

    def discard(self, staged: Path) -> None:
        """Remove a staged folder."""

    def collect(self) -> object:
        """Remove what killed runs left behind; never what a running process is writing."""

    def open(self, model_id: str) -> tuple[Path, dict[str, Any]]:
        """Verify the hashes; return folder and manifest. Raises ModelCorrupt or NotFound."""

    def in_use(self, case: str, kind: str = "detector") -> str | None:
        """The case's model in use, of one kind."""
