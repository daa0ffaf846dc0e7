"""Whether evidence still is what was ingested: every file and every member is read and hashed again.

Members are found and opened by the same walk as an ingest finds them by, and hashed by the same pass: what a damaged member gave
then is what it gives now. Nothing is written.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.errors import InputError, UsageError
from engine.jobs.ports.verify import KeptHash
from engine.progress import Run, Step
from engine.readers.containers.member import SEPARATOR, Hashed, Member
from engine.readers.containers.origin import ByteOrigin, is_file
from engine.readers.containers.walk import expand

STAGE = "verify"
AT_ONCE = 1 << 20
"""Bytes between two looks at the cancel token, as ByteOrigin and Hashed read."""


class Fate(StrEnum):
    """What became of a source."""

    SAME = "same"
    CHANGED = "changed"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    UNKNOWN = "no hash"
    """The case keeps none: nothing could be read of it when it was ingested."""


class What(StrEnum):
    """Of what a hash is."""

    FILE = "file"
    """A file on disk as it was delivered: a log, or an archive as a whole."""
    CONTENT = "content"
    """What a compressed file or an archive holds."""


@dataclass(frozen=True, slots=True)
class Verified:
    """One hash that was compared."""

    path: str
    """As it was ingested."""
    what: What
    outcome: Fate
    sha256: str
    """As the case keeps it, "" for none."""
    found: str
    """As it is now, "" where nothing was read."""
    at: str
    """The file on disk that was looked at."""
    why: str
    """Of what is not the same, where there is more to say."""


def verify(
    kept: Sequence[KeptHash], run: Run = Run(), *, moved: MovedEvidence | None = None, password: str = ""
) -> Iterator[Verified]:
    """Compare every hash, file by file in the order of their paths. Raises Cancelled; what was given before stays right.

    `moved` says where evidence is now that was elsewhere; `password` is tried on encrypted archives.
    """
    moved = moved or MovedEvidence((), None)
    files = _by_file(kept, moved)
    pace = _Pace(run, sum(_size(moved.now(file)) * _passes(sources) for file, sources in files.items()))
    for file, sources in files.items():
        run.raise_if_cancelled()
        yield from _File(file, moved.now(file), sources, pace, password).compare()
    pace.finish()


class MovedEvidence:
    """Where the files of a case are: where they were, or below another folder.

    For each of the folders that were ingested one place is taken, that of the most files: `folder` may be a copy of what was
    ingested, or of any folder above it. Rejected: to look for each file by the end of its path, which takes any other file of the
    same name for it.
    """

    def __init__(self, roots: Sequence[Path], folder: Path | None) -> None:
        if folder is not None and not folder.is_dir():
            raise UsageError(f"{folder} is no folder.", remedy="--at names the folder that the evidence is in now.")
        self._folder = folder
        self._roots = roots
        self._place: dict[Path, Path] = {}
        """Folder that was ingested -> what of its path the given folder takes the place of."""

    def settle(self, files: Sequence[Path]) -> None:
        """Decide, for each folder that was ingested, which of the folders above its files is now the given one."""
        if self._folder is None:
            return
        named = {root.parent if root in set(files) else root for root in self._roots}
        self._roots = sorted(named, key=lambda root: (-len(root.parts), root))
        below: dict[Path, list[Path]] = {}
        for file in files:
            below.setdefault(self._root(file), []).append(file)
        for root, own in below.items():
            there = {
                above: sum(is_file(self._folder / file.relative_to(above)) for file in own) for above in (root, *root.parents)
            }
            self._place[root] = max(there, key=there.__getitem__)

    def now(self, file: Path) -> Path:
        """Where a file that was ingested is looked for."""
        if self._folder is None:
            return file
        return self._folder / file.relative_to(self._place[self._root(file)])

    def _root(self, file: Path) -> Path:
        return next((root for root in self._roots if file.is_relative_to(root)), file.parent)


def _size(path: Path) -> int:
    return path.stat().st_size if is_file(path) else 0


def _passes(sources: Sequence[KeptHash]) -> int:
    """How often a file is read: an archive once as it is, and once for what it holds."""
    return 1 if all(one.container is None and SEPARATOR not in one.path for one in sources) else 2


def _by_file(kept: Sequence[KeptHash], moved: MovedEvidence) -> dict[Path, list[KeptHash]]:
    """The sources of each file on disk, in the order of paths. Cases of old, and paths of copies, do not say what they came in:
    the longest part of the path that there is, before a "!" that may be in the name of a file too.
    """
    parts = {one: _ways(one.path) for one in kept if one.container is None and SEPARATOR in one.path}
    every = {Path(one.container or one.path) for one in kept} | {way for ways in parts.values() for way in ways}
    moved.settle(sorted(every))
    found: dict[Path, list[KeptHash]] = {}
    for one in kept:
        ways = parts.get(one, [Path(one.container or one.path)])
        found.setdefault(next((way for way in ways if is_file(moved.now(way))), ways[-1]), []).append(one)
    return dict(sorted(found.items()))


def _reason(error: InputError) -> str:
    """Why something cannot be read, without the path, which stands beside it."""
    return f"{error.message.removeprefix(f'{error.file}: ')} {error.remedy}".strip()


def _ways(path: str) -> list[Path]:
    """What of "a!b!c" may be the file on disk, the longest first."""
    parts = path.split(SEPARATOR)
    return [Path(SEPARATOR.join(parts[:count])) for count in range(len(parts), 0, -1)]


class _Pace:
    """How far the whole of it is."""

    def __init__(self, run: Run, total: int) -> None:
        self.run = run
        self._total = total
        self._before = self._inside = 0
        self._room = 0
        self._detail = ""
        self._started = time.monotonic()

    def enter(self, path: Path, size: int) -> None:
        """Begin a pass over a file of so many bytes."""
        self._before += self._room
        self._room, self._inside, self._detail = size, 0, str(path)

    def pause(self) -> None:
        """Called after each chunk that was read. Raises Cancelled."""
        self.run.raise_if_cancelled()
        self._inside += AT_ONCE
        self._tell(self._before + min(self._inside, self._room))

    def finish(self) -> None:
        self._tell(self._total, last=True)

    def _tell(self, done: int, *, last: bool = False) -> None:
        rate = done / 1e6 / max(time.monotonic() - self._started, 1e-3)
        self.run.report(Step(STAGE, min(done, self._total), self._total, "B", self._detail, {"MB/s": round(rate, 1)}, last=last))


class _File:
    """One file on disk and all that came out of it."""

    def __init__(self, was: Path, now: Path, sources: Sequence[KeptHash], pace: _Pace, password: str) -> None:
        self._was, self._now = was, now
        self._sources = sources
        self._pace = pace
        self._password = password
        self._found: dict[str, Counter[str]] = {}
        """Path, as it was ingested -> hashes of what is there now: a zip may hold two members of one name."""
        self._trouble: dict[str, str] = {}
        """Path -> why it cannot be read."""

    def compare(self) -> Iterator[Verified]:
        """The file as it was delivered, then what it holds."""
        lost, digest = self._whole()
        inside = [one for one in self._sources if self._packed(one)]
        # Paths of copies, and cases of old, do not tell that a file is compressed.
        doubtful = [one for one in self._sources if not self._packed(one) and one.sha256 not in (digest, None)]
        for kept in dict.fromkeys(one.container_sha256 for one in inside if one.container_sha256):
            yield self._told(str(self._was), What.FILE, kept, lost, digest)
        if lost is None:
            self._look_inside({one.path for one in (*inside, *doubtful) if one.sha256})
        for one in self._sources:
            if not self._packed(one):
                unpacked = lost is None and one in doubtful and one.sha256 in self._found.get(one.path, ())
                yield self._member(one, None) if unpacked else self._told(one.path, What.FILE, one.sha256, lost, digest)
            elif one.sha256:
                yield self._member(one, lost)
            elif not one.container_sha256:
                yield self._told(one.path, What.CONTENT, None, lost, "")

    def _packed(self, one: KeptHash) -> bool:
        return one.container is not None or one.path != str(self._was)

    def _whole(self) -> tuple[tuple[Fate, str] | None, str]:
        """What keeps the file from being read, if anything does, and its hash."""
        try:
            size = self._now.stat().st_size
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return (Fate.MISSING, ""), ""
        except OSError as error:
            return (Fate.UNREADABLE, os.strerror(error.errno or 0)), ""
        self._pace.enter(self._now, size)
        try:
            return None, ByteOrigin(self._now).digest(self._pace.pause)
        except InputError as error:
            return (Fate.UNREADABLE, _reason(error)), ""

    def _look_inside(self, wanted: set[str]) -> None:
        """Hash the members that are asked for."""
        if not wanted:
            return
        self._pace.enter(self._now, _size(self._now))
        for found in expand([self._now], password=self._password):
            self._pace.run.raise_if_cancelled()
            if isinstance(found, InputError):
                self._trouble[self._ingested_as(found.file)] = _reason(found)
            elif isinstance(found, Member) and (path := self._ingested_as(found.path)) in wanted:
                try:
                    with found.open() as stream:
                        digest, _size_read = Hashed(stream).drain(self._pace.pause)
                except InputError as error:
                    self._trouble[path] = _reason(error)
                else:
                    self._found.setdefault(path, Counter())[digest] += 1

    def _ingested_as(self, path: str) -> str:
        return str(self._was) + path.removeprefix(str(self._now))

    def _member(self, one: KeptHash, lost: tuple[Fate, str] | None) -> Verified:
        assert one.sha256 is not None
        found = self._found.get(one.path)
        if lost is not None or found is None:
            around = (self._trouble[str(way)] for way in _ways(one.path) if str(way) in self._trouble)
            why = next(around, None)
            lost = lost or ((Fate.MISSING, "the archive holds it no more") if why is None else (Fate.UNREADABLE, why))
            return self._told(one.path, What.CONTENT, one.sha256, lost, "")
        digest = one.sha256 if one.sha256 in found else next(iter(found))
        return self._told(one.path, What.CONTENT, one.sha256, None, digest)

    def _told(self, path: str, what: What, kept: str | None, lost: tuple[Fate, str] | None, digest: str) -> Verified:
        if lost is None and kept is None:
            lost = (Fate.UNKNOWN, "nothing of it could be read when it was ingested")
        outcome, why = lost or (Fate.SAME if kept == digest else Fate.CHANGED, "")
        return Verified(path, what, outcome, kept or "", digest, str(self._now), why)
