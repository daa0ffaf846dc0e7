"""Put a trained model into the vault: all of it or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.jobs.ports.models import ModelVault
from engine.progress import CancelToken


def publish(save: Callable[[Path], None], manifest: dict[str, Any], vault: ModelVault, token: CancelToken) -> str:
    """`save` writes the model into an empty folder of the vault. Returns its id.

    Cancelled, failed or killed before the last step leaves no model; what a killed run left is swept away by the next one.
    """
    vault.collect()
    staged = vault.stage()
    try:
        save(staged)
        token.raise_if_cancelled()
        return vault.publish(staged, manifest)
    except BaseException:
        if staged.exists():
            vault.discard(staged)
            shutil.rmtree(staged, ignore_errors=True)
        raise
