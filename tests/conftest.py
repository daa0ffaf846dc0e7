"""Fixtures for every test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Two intra-op threads are far slower than one on a busy two-core machine, and tests run side by side.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings beside the project; tests that need it skip without it."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "recordings"
    if not (folder / "labels.csv.gz").is_file():
        pytest.skip("recordings are not here")
    return folder
