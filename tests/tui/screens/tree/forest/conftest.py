"""The small forest as a fixture."""

from __future__ import annotations

import pytest

from tests.tui.screens.tree.forest.family import forest
from tui.runtime.services import Services


@pytest.fixture
def family(empty: Services) -> Services:
    return forest(empty)
