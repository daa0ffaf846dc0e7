r"""Whether two image paths can be the same program.

Two full paths agree when they are equal but for drive letter and deletion marker: a device path and a drive letter may
name one volume, and a parent may be deleted between its own record and its child's. A bare name agrees with any path
that ends in it, because some formats have nothing else. Otherwise a different directory is a different program:
c:\temp\svchost.exe must not become the child of system32's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Ints
from engine.lineage.grouping import Mask
from engine.paths import DELETED, basename


@dataclass(frozen=True, slots=True)
class Names:
    """Numbers for comparing, indexed by path; the empty path is -1 throughout."""

    tail: Ints
    """Equal for paths that agree in full; of a bare name the same as `base`."""
    base: Ints
    """Number of the file name."""
    bare: Mask
    posix: Mask
    windows: Mask

    @classmethod
    def of(cls, paths: tuple[str, ...]) -> Names:
        """Number the paths of a host, whole (without their drive) and by file name."""
        known: dict[str, int] = {}
        tails, bases = np.full(len(paths), -1, np.int64), np.full(len(paths), -1, np.int64)
        for index, path in enumerate(paths):
            if path:
                kept = path.removesuffix(DELETED)
                tails[index] = known.setdefault(_without_drive(kept), len(known))
                bases[index] = known.setdefault(basename(kept) or kept, len(known))
        posix = np.fromiter((path.startswith("/") for path in paths), np.bool_, len(paths))
        windows = np.fromiter(("\\" in path and not path.startswith("/") for path in paths), np.bool_, len(paths))
        return cls(tails, bases, tails == bases, posix, windows)


def _without_drive(path: str) -> str:
    if path[1:3] == ":\\":
        return path[2:]
    return path.removeprefix("<volume>")
