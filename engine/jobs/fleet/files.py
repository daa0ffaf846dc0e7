"""What is to be read: files below folders and addresses, in the order of one machine, and which of them one worker reads."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from engine.errors import InputError, UsageError
from engine.readers.containers.origin import is_file
from engine.readers.containers.walk import files_below

ADDRESS = "://"
"""In what fsspec opens: s3://bucket/folder, abfs://…, hdfs://…, file:///…"""
TOGETHER = 64 << 20
"""Bytes of small files that one task reads: enough to be worth a task, few enough to be read again when a worker dies."""
MOST_TOGETHER = 500
"""Files of one task."""
_BEFORE_HOST = re.compile(r"://[^/\s]*@")
EXTRA = "Install oddkin with its extra fleet: pip install 'oddkin[fleet]'"


@dataclass(frozen=True, slots=True)
class FleetFile:
    """A file to read."""

    path: str
    """On the file system of every worker, or an address; as it may be shown."""
    size: int
    """In bytes; 0 where nobody can tell."""
    opened_as: str = field(default="", repr=False)
    """The address as fsspec opens it; it may hold a password."""


def shown(text: str) -> str:
    """A text without what stands before the host in its addresses: names and passwords."""
    return _BEFORE_HOST.sub("://", text)


def files_of(named: Iterable[str], own: Callable[[Path], bool]) -> Iterator[FleetFile | InputError]:
    """The files below all that was named: arguments as given, folders sorted. Raises UsageError for an address without fsspec."""
    for one in named:
        yield from _remote(one) if ADDRESS in one else _local(Path(one), own)


def _local(root: Path, own: Callable[[Path], bool]) -> Iterator[FleetFile | InputError]:
    left: list[Path] = []
    for path in files_below(root.absolute(), own, left):
        yield path if isinstance(path, InputError) else FleetFile(str(path), path.stat().st_size)


def _remote(address: str) -> Iterator[FleetFile | InputError]:
    system, root = _system(address)
    try:
        found = system.find(root, detail=True)
        found = found or {root: system.info(root)}
    except Exception as error:  # each file system raises its own
        # Its words are fsspec's own, and may repeat the address.
        said = f"{type(error).__name__}: {shown(str(error))}"
        yield InputError(f"{shown(address)}: cannot be listed ({said}).", file=shown(address), remedy="Check address and access.")
        return
    for name, info in sorted(found.items(), key=lambda one: PurePosixPath(one[0]).parts):
        full = system.unstrip_protocol(name)
        yield FleetFile(shown(full), int(info.get("size") or 0), full)


def _system(address: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError:
        raise UsageError(f"{shown(address)} is an address, which fsspec opens.", remedy=EXTRA) from None
    try:
        system, root = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        said = f"{shown(address)}: {shown(str(error))}"
        raise UsageError(said, remedy="Install the file system's package beside fsspec.") from error
    return system, str(root)


@contextmanager
def at_hand(file: FleetFile) -> Iterator[Path]:
    """The file on this machine; what an address names is fetched for the time of reading. Raises InputError."""
    if not file.opened_as:
        if not is_file(Path(file.path)):
            raise InputError(
                f"{file.path}: a worker cannot see it.", file=file.path,
                remedy="Every worker needs the files under the same path, or give an address that fsspec opens.",
            )  # fmt: skip
        yield Path(file.path)
        return
    with tempfile.TemporaryDirectory(prefix="oddkin-fleet-") as folder:
        copy = Path(folder) / "content"
        try:
            system, root = _system(file.opened_as)
            with system.open(root, "rb") as stream, copy.open("wb") as target:
                shutil.copyfileobj(stream, target, 1 << 20)
        except Exception as error:  # each file system raises its own
            raise InputError(f"{file.path}: cannot be read ({shown(str(error))}).", file=file.path) from error
        yield copy


def together(files: Sequence[FleetFile]) -> list[tuple[FleetFile, ...]]:
    """The files of each task: neighbours, up to TOGETHER bytes; a larger one is a task of its own."""
    tasks: list[list[FleetFile]] = []
    room = 0
    for file in files:
        if not tasks or file.size > room or len(tasks[-1]) >= MOST_TOGETHER:
            tasks.append([])
            room = TOGETHER
        tasks[-1].append(file)
        room -= file.size
    return [tuple(task) for task in tasks]
