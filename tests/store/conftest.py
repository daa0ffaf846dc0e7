"""A workspace, and a small case in it: once in a file, once in PostgreSQL where a server can be started."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.base.postgres.address import parsed
from store.workspace import Workspace, open_server, open_workspace
from tests import pages, postgres

FILE, SERVER = "file", "postgresql"


@pytest.fixture(scope="session")
def made_on_server(cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with an empty workspace, to be copied: to make one takes a second."""
    name = cluster.empty()
    open_server(parsed(cluster.url(name)), tmp_path_factory.mktemp("made")).close()
    return name


@pytest.fixture(params=[FILE, SERVER])
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    if request.param == FILE:
        opened = open_workspace(tmp_path / "work space%")
        yield opened
        opened.close()
        return
    cluster: postgres.Cluster = request.getfixturevalue("cluster")
    name = cluster.copy(request.getfixturevalue("made_on_server"))
    opened = open_server(parsed(cluster.url(name)), tmp_path / "work space%")
    yield opened
    opened.close()
    cluster.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(autouse=True)
def pages_of_two() -> Iterator[None]:
    """Whatever is read or written by pages has a border in every test of the store."""
    with pages.small(*pages.STORE):
        yield
