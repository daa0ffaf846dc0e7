"""Folding of POSIX paths. Case is kept: `Bash` is not `bash`."""

from __future__ import annotations

# /bin, /sbin and /lib* are links into /usr on every distribution of the last years, and the kernel reports either
# spelling depending on how the program was named: one spelling makes the same program equal across distributions.
# The two directories are equally trusted, so no trust zone is crossed. Rejected: merging sbin into bin (Fedora 42,
# Arch), because elsewhere they hold different programs.
_USR_MERGED = frozenset({"bin", "sbin", "lib", "lib32", "lib64", "libx32"})

_HOMES = {"home": frozenset[str](), "Users": frozenset({"Shared"})}
"""First directory -> names in it that belong to nobody."""

USER = "<user>"


def fold_posix(raw: str) -> str:
    """Fold a POSIX path or bare name; total and idempotent. Trailing spaces stay: they are legal and telling."""
    if "/" not in raw:
        return raw
    absolute = raw.startswith("/")
    parts = _resolve(raw.split("/"), absolute)
    if not absolute:
        return "/".join(parts) or "."
    if len(parts) > 1 and parts[0] in _USR_MERGED:
        parts.insert(0, "usr")
    elif len(parts) > 2 and parts[0] in _HOMES and parts[1] not in _HOMES[parts[0]]:
        parts[1] = USER
    elif len(parts) > 2 and parts[0] == "proc" and parts[1].isascii() and parts[1].isdigit():
        parts[1] = "<pid>"
    return "/" + "/".join(parts)


def _resolve(segments: list[str], absolute: bool) -> list[str]:
    kept: list[str] = []
    for segment in segments:
        push(kept, segment, absolute)
    return kept


def push(kept: list[str], segment: str, absolute: bool) -> None:
    """Go on by a segment: "" and `.` lead nowhere, `..` goes up; the root has no parent, a relative start may lie above."""
    if segment in {"", "."}:
        return
    if segment != "..":
        kept.append(segment)
    elif kept and kept[-1] != "..":
        kept.pop()
    elif not absolute:
        kept.append(segment)
