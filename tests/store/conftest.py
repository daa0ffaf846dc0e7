"""A workspace, and a small case in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.workspace import Workspace, open_workspace
from tests import pages


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "work space%")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def pages_of_two() -> Iterator[None]:
    """Whatever is read or written by pages has a border in every test of the store."""
    with pages.small(*pages.STORE):
        yield
