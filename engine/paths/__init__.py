"""Image paths in one spelling, so that the same program on two hosts is the same text.

What folding may never do is move a program between trust zones: system directories, program files, user-writable
places, temporary directories, the recycle bin, shares and removable volumes stay apart, and text that is not
understood stays as it is. Rules (learnt later) work on folded paths.
"""

from __future__ import annotations

import re

from engine.domain.records import WINDOWS
from engine.paths.posix import fold_posix
from engine.paths.windows import fold_windows

DELETED = " (deleted)"
"""What Linux appends to the path of an executable that is no longer there; kept by `fold`, it is evidence."""

_PROGRAM = re.compile(r"\.(exe|dll|com|scr|bat|cmd|msi|ps1|vbs|sys|pif|cpl)[ \"]*$", re.IGNORECASE)
_DRIVE = re.compile(r"[ \"]*[A-Za-z]:")


def fold(raw: str, os: str = "") -> str:
    """Return the folded form of an image path or bare name; "" stays "".

    Pure, total and idempotent for the same `os`. `os` is engine.domain.records.WINDOWS, any other system name (POSIX
    rules), or "", then the shape decides: drive letters, backslashes, %variables% and program extensions are Windows.
    Control characters pass through: escaping belongs to whoever shows the text. Callers cache: a case has few
    distinct paths, and this costs microseconds.
    """
    if os:
        return fold_windows(raw) if os == WINDOWS else fold_posix(raw)
    if looks_windows(raw):
        return fold_windows(raw)
    folded = fold_posix(raw)
    # Resolving ./ can uncover a drive letter; deciding again keeps the function idempotent.
    return fold_windows(folded) if looks_windows(folded) else folded


def looks_windows(path: str) -> bool:
    """Whether the shape of a path or bare name says Windows. A leading slash says POSIX before anything else."""
    if path.startswith("/"):
        return False
    if "\\" in path or path.startswith("%") or _DRIVE.match(path):
        return True
    return "/" not in path and _PROGRAM.search(path) is not None


def tokens(folded: str) -> tuple[str, ...]:
    r"""Split a folded path into root, directories and file name (the last token).

    The root is `c:`, `\\<host>`, `<volume>` … on Windows and `/` on POSIX; bare names are one token, "" has none.
    """
    if not folded:
        return ()
    if folded.startswith("/"):
        return ("/", *(part for part in folded.split("/") if part))
    if folded.startswith("\\\\"):
        host, *rest = folded[2:].split("\\")
        return ("\\\\" + host, *(part for part in rest if part))
    separator = "\\" if "\\" in folded else "/"
    return tuple(part for part in folded.split(separator) if part) or (folded,)


def basename(folded: str) -> str:
    """Return the file name of a folded path; "" for "" and for a bare root."""
    if folded.startswith("/") or "\\" not in folded:
        return folded.rpartition("/")[2]
    if folded.startswith("\\\\") and folded.count("\\") == 2:
        return ""
    return folded.rpartition("\\")[2]
