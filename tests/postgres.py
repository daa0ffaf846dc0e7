"""A throw-away server of PostgreSQL, on a socket in a folder of its own: no port, no password, gone with the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

import pytest

from store.base.access import Access
from store.base.acting import Acting
from store.base.postgres.server import ServerAccess
from store.workspace import Workspace, open_server, open_workspace

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/bin")
NOBODY = 65_534
"""PostgreSQL refuses to be run by root."""
SETTINGS = "-c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=40"
_numbers = count(1)


@cache
def programs() -> Path | None:
    """The folder with initdb and pg_ctl, the newest; None where PostgreSQL is not installed."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    places = [path for place in PLACES for path in Path("/").glob(place.lstrip("/")) if (path / "initdb").exists()]
    return max(
        places,
        key=lambda path: [int(part) for part in path.parent.name.split("-")[-1].split("@")[-1].split(".") if part.isdigit()],
        default=None,
    )


def why_not() -> str:
    """Why tests cannot have a server here; "" where they can."""
    if programs() is None:
        return "PostgreSQL (initdb, pg_ctl) is not installed"
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "psycopg is not installed: pip install 'oddkin[team]'"
    return ""


@dataclass(frozen=True)
class Cluster:
    """A server that runs."""

    socket: Path

    def url(self, database: str) -> str:
        """How a workspace in one of its databases is named."""
        return f"postgresql+psycopg://oddkin@/{database}?host={self.socket}"

    def run(self, statement: str, database: str = "postgres") -> None:
        """Run a statement by itself."""
        import psycopg

        with psycopg.connect(host=str(self.socket), user="oddkin", dbname=database, autocommit=True) as connection:
            connection.execute(statement.encode())

    def empty(self) -> str:
        """The name of a new database without anything in it."""
        name = f"t{next(_numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template0")
        return name

    def copy(self, of: str) -> str:
        """The name of a new database that is as another is now."""
        name = f"t{next(_numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {of}")
        return name


def reopened(workspace: Workspace, acting: Acting | None = None) -> Workspace:
    """The same workspace opened a second time, as another process would."""
    access = workspace._access
    if isinstance(access, Access):
        return open_workspace(workspace.folder, acting)
    assert isinstance(access, ServerAccess)
    return open_server(access.address, workspace.folder.parent, acting)


in_a_file = pytest.mark.parametrize("workspace", ["file"], indirect=True)
"""Of tests that look into the file, or change it by other hands."""


@contextmanager
def cluster(settings: str = SETTINGS) -> Iterator[Cluster]:
    """A server, stopped and removed at the end."""
    found = programs()
    assert found is not None
    # Short: a socket's path has 107 characters at most.
    folder = Path(tempfile.mkdtemp(prefix="oddkin-pg-"))
    data = folder / "data"
    data.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
        os.chown(data, NOBODY, NOBODY)
    _run(found / "initdb", "-D", data, "-U", "oddkin", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
    settings = f"{settings} -c unix_socket_directories={folder}"
    _run(found / "pg_ctl", "-D", data, "-l", data / "log", "-w", "-o", settings, "start")
    try:
        yield Cluster(folder)
    finally:
        _run(found / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def _run(*words: object) -> None:
    as_other = {"user": NOBODY, "group": NOBODY, "extra_groups": ()} if os.geteuid() == 0 else {}
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    # Not captured: the server that is started would keep the pipe open.
    subprocess.run(
        [str(word) for word in words],
        check=True,
        env=environment,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **as_other,
    )  # type: ignore[call-overload]
