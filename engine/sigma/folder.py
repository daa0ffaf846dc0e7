"""The files of a folder of rules, in the order of their names, and one digest of all of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import InputError, NothingThere
from engine.progress import Check
from engine.small_files import checked

ENDINGS = frozenset({".yml", ".yaml"})
LARGEST = 1 << 20
"""Bytes of a file; the largest of SigmaHQ has some 60,000."""
MOST = 100_000
"""Files; SigmaHQ has some 4,000."""


@dataclass(slots=True)
class RuleFolder:
    """A folder, or a single file, of rules."""

    path: Path
    """Absolute."""
    names: tuple[str, ...]
    """Below the folder, with / between."""
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def files(self) -> Iterator[tuple[str, bytes | InputError]]:
        """Name and content of each, or why it cannot be read. Once: it makes the digest."""
        for name in self.names:
            try:
                found: bytes | InputError = checked(self._place(name), LARGEST).read_bytes()
            except InputError as error:
                found = error
            except OSError as error:
                found = InputError(f"{name} cannot be read: {error.strerror or error}.", file=name)
            content = found if isinstance(found, bytes) else b""
            self._digest.update(os.fsencode(name) + b"\0" + hashlib.sha256(content).digest())
            yield name, found

    @property
    def sha256(self) -> str:
        """Over the names and contents that were given out: the same for the same rules, wherever they are."""
        return self._digest.hexdigest()

    def _place(self, name: str) -> Path:
        return self.path / name if self.path.is_dir() else self.path


def rule_folder(path: Path, check: Check) -> RuleFolder:
    """All .yml and .yaml below a folder; links to folders are not followed. Raises NothingThere without any, InputError for what
    is no folder and no such file.
    """
    path = path.absolute()
    if not path.is_dir():
        return RuleFolder(path, (checked(path, LARGEST).name,))
    names: list[str] = []
    failed: list[OSError] = []
    for folder, _, files in os.walk(path, onerror=failed.append):
        check()
        below = Path(folder)
        names += [(below / name).relative_to(path).as_posix() for name in files if Path(name).suffix.lower() in ENDINGS]
        if len(names) > MOST:
            raise InputError(f"{path} has more than {MOST:,} files of rules.", file=str(path), remedy="Is it the right folder?")
    if failed:
        one = failed[0]
        raise InputError(f"{one.filename} cannot be read: {one.strerror}.", file=str(path))
    if not names:
        raise NothingThere(f"There is no .yml in {path}.", file=str(path), remedy="Name the folder of Sigma rules.")
    return RuleFolder(path, tuple(sorted(names)))
