"""Programs that are many: busybox, toybox and coreutils in one file do what argv[0] says.

The kernel records one executable for all of them, so that a download, a shell and `ls` would be one program to a chain. Their
image is the recorded one with the applet behind it, /bin/busybox/wget: what was recorded stays readable, chains differ, and
its last part is the name that tables of programs know. The path of the link that was called, /usr/bin/wget, was rejected:
only auditd's PATH records have it, and one applet would have two names. kmod, systemctl and the like, which look at argv[0] too,
keep theirs: their recorded name says what they are.
"""

from __future__ import annotations

import re

_MANY = frozenset(("busybox", "toybox", "coreutils", "busybox.static", "busybox-static", "busybox.nosuid", "busybox.suid"))
_APPLET = re.compile(r"(?:[a-z][a-z0-9_.+-]{0,31}|\[{1,2})", re.ASCII)
_SHELLS = frozenset(("sh", "ash", "bash", "hush", "su", "login"))
"""What login writes with a dash before it; any other word with one is an option of the program whose name was not recorded."""
_PROGRAM_OPTION = "--coreutils-prog="


def is_many(image: str) -> bool:
    """Whether the program does what its first arguments say."""
    return image.rpartition("/")[2] in _MANY


def told_by(image: str, *argv: str | None) -> str:
    """`image`, and where it is a program of many, the applet that the first arguments name: wget, busybox wget, -sh."""
    if not is_many(image):
        return image
    for word in argv[:2]:
        name = (word or "").removeprefix(_PROGRAM_OPTION).rpartition("/")[2]
        if name.startswith("-"):
            name = name[1:] if name[1:] in _SHELLS else ""
        if name not in _MANY:
            # Whatever else it is, the program would not have taken it for one of its own.
            return f"{image}/{name}" if _APPLET.fullmatch(name) else image
    return image
