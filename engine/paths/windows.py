r"""Folding of Windows paths: lower case, backslashes, `c:\…` for the many ways to write the system drive."""

from __future__ import annotations

import re

from engine.paths.posix import push

USER = "<user>"
_PROFILE = "c:\\users\\" + USER

_VARIABLES = {
    "systemroot": "c:\\windows",
    "windir": "c:\\windows",
    "systemdrive": "c:",
    "homedrive": "c:",
    "programfiles": "c:\\program files",
    "programw6432": "c:\\program files",
    "programfiles(x86)": "c:\\program files (x86)",
    "commonprogramfiles": "c:\\program files\\common files",
    "commonprogramfiles(x86)": "c:\\program files (x86)\\common files",
    "programdata": "c:\\programdata",
    "allusersprofile": "c:\\programdata",
    "public": "c:\\users\\public",
    "userprofile": _PROFILE,
    "appdata": _PROFILE + "\\appdata\\roaming",
    "localappdata": _PROFILE + "\\appdata\\local",
    "temp": _PROFILE + "\\appdata\\local\\temp",
    "tmp": _PROFILE + "\\appdata\\local\\temp",
    "comspec": "c:\\windows\\system32\\cmd.exe",
}
_SYSTEM_DIRECTORIES = frozenset(
    {"windows", "winnt", "program files", "program files (x86)", "programdata", "users", "documents and settings"}
)
_SHORT_NAMES = {
    "progra~1": "program files",
    "progra~2": "program files (x86)",
    "progra~3": "programdata",
    "docume~1": "documents and settings",
}
"""8.3 names that setup hands out on every installation; others depend on the order of creation and stay."""

_SHARED_PROFILES = frozenset({"public", "default", "default user", "all users"})
"""Profiles that belong to nobody: writable by many or template of all, which matters for trust."""

_SPECIAL_HOSTS = frozenset({"tsclient", "wsl$", "wsl.localhost"})
"""Hosts that are none: the drives of the person at the other end of a remote desktop, and WSL."""

_NT_PREFIX = re.compile(r'(?:\\(?:\?\?|\\\?|global\?\?)\\|\\\\\.\\(?=[a-z]:|globalroot\\|unc\\)|globalroot(?=\\))[ "]*')
_DEVICE = re.compile(r"\\device\\(mup|lanmanredirector|harddiskvolumeshadowcopy\d*|harddiskvolume\d+|cdrom\d+)(?=\\|$)")
_SESSION = re.compile(r"\\;[a-z]:[0-9a-f]+(?=\\)")
_VOLUME = re.compile(r"volume\{[^\\}]*\}(?=\\|$)")
_VARIABLE = re.compile(r"%([^%\\]+)%")
_ROOT = re.compile(r"(\\\\[^\\]+|[a-z]:|<(?:volume|shadow|cdrom)>)(?=\\|$)")


_MAX_PASSES = 16
"""Prefixes wrapped in prefixes deeper than this are an attack on the clock; they stay as they are."""


def fold_windows(raw: str) -> str:
    """Fold a Windows path or bare name; total and idempotent."""
    text = _lower(raw)
    # Resolving dots and quotes can uncover another prefix. Nearly always the first pass changes all there is.
    for _ in range(_MAX_PASSES):
        before, text = text, _pass(text)
        if text == before or text[1:3] == ":\\":  # nothing can follow below a drive
            break
    return text


def _pass(text: str) -> str:
    text = _to_drive(text.replace("/", "\\").strip(' "'))
    text = re.sub(r"^\\{2,}", r"\\\\", text)
    match = _ROOT.match(text)
    root = match.group(0) if match else "\\" if text.startswith("\\") else ""
    absolute = bool(root)
    parts = _resolve(text[len(root) :].split("\\"), absolute)
    if root.startswith("\\\\"):
        return _share(root[2:], parts)
    if absolute and root != "\\":
        _fold_places(parts, 0)
    body = "\\".join(parts)
    if root == "\\":
        return "\\" + body
    if root:
        return root + "\\" + body
    return body or text[:1]


def _lower(text: str) -> str:
    """Lower-case as a file system does: one character for one, and never from elsewhere into ASCII.

    str.lower() would turn the Kelvin sign into k and so make a look-alike of tasKhost equal to the real one.
    """
    if text.isascii():
        return text.lower()
    return "".join(
        low if len(low := char.lower()) == 1 and low.upper() == char and (char.isascii() or not low.isascii()) else char
        for char in text
    )


def _to_drive(text: str) -> str:
    r"""Rewrite NT namespace prefixes, devices, volumes, SystemRoot and leading variables to `c:\…` or a named root."""
    prefixed = False
    while match := _NT_PREFIX.match(text):
        rest = text[match.end() :]
        text = "\\\\" + rest[4:] if rest.startswith("unc\\") else rest
        prefixed = True
    if prefixed and (match := _VOLUME.match(text)):
        return "<volume>" + text[match.end() :]
    if match := _DEVICE.match(text):
        return _device(match.group(1), text[match.end() :])
    if text.startswith("\\systemroot\\"):
        return "c:\\windows" + text[len("\\systemroot") :]
    if match := _VARIABLE.match(text):
        known = _VARIABLES.get(match.group(1))
        if known is not None:
            return known + text[match.end() :]
    return text


def _device(name: str, rest: str) -> str:
    r"""Name the root of a `\Device\…` path.

    Volume numbers say nothing about the letter. Directories that only the system volume has mean c:; anything else
    may be a stick, so it gets a root of its own instead of being mistaken for the system drive.
    """
    if name in {"mup", "lanmanredirector"}:
        return "\\" + (_SESSION.sub("", rest, count=1) or "\\")
    if name.startswith("harddiskvolumeshadow"):
        return "<shadow>" + rest
    if name.startswith("cdrom"):
        return "<cdrom>" + rest
    first = next((part for part in rest.split("\\") if part not in {"", "."}), "")
    return ("c:" if first in _SYSTEM_DIRECTORIES or first in _SHORT_NAMES else "<volume>") + rest


def _resolve(segments: list[str], absolute: bool) -> list[str]:
    """Drop empty and `.` segments, apply `..` without leaving the root, strip what Windows strips from the end."""
    kept: list[str] = []
    for segment in segments:
        push(kept, segment, absolute)
    while kept and kept[-1] != ".." and (last := kept[-1].rstrip(' "')) != kept[-1]:
        kept.pop()
        push(kept, last, absolute)
    return kept


def _fold_places(parts: list[str], start: int) -> None:
    """Replace short names and the name of the user's profile, in place; `start` is where the drive's root lies."""
    if len(parts) > start + 1 and parts[start] in _SHORT_NAMES:
        parts[start] = _SHORT_NAMES[parts[start]]
    # A file directly under \users is no profile: there has to be something inside.
    in_profile = len(parts) > start + 2 and parts[start] in {"users", "documents and settings"}
    if in_profile and parts[start + 1] not in _SHARED_PROFILES:
        parts[start + 1] = USER


def _share(host: str, parts: list[str]) -> str:
    r"""`\\host\share\…` without the host's name: which server it was varies, that it was a server matters."""
    if re.fullmatch(r"[a-z]\$", parts[0] if parts else ""):
        _fold_places(parts, 1)
    return "\\\\" + "\\".join([host if host in _SPECIAL_HOSTS else "<host>", *parts])
