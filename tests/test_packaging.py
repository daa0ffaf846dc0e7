"""The three top-level names are common words: exactly our distribution may provide them in this environment."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution, packages_distributions

import pytest


def test_top_level_packages_are_ours_alone() -> None:
    try:
        distribution("oddkin")
    except PackageNotFoundError:
        pytest.skip("oddkin is not installed, only on the path")
    provided = packages_distributions()
    # An editable install maps names through a .pth and lists none: then nobody else may claim them either.
    assert {name: set(provided.get(name, ["oddkin"])) for name in ("tui", "engine", "store")} == {
        name: {"oddkin"} for name in ("tui", "engine", "store")
    }
