r"""A command line short enough for a list and still the same command: a program is never cut, a directory only if trusted.

C:\\Windows\\System32\cmd.exe /c whoami        cmd: whoami
/bin/sh -c 'curl http://…'                    sh: curl http://…
C:\ProgramData\a\b\scvhost.exe -k netsvcs    C:\ProgramData\…\scvhost.exe -k netsvcs
/dev/shm/kworker, called [kworker/u8:2]       [kworker/u8:2] (/dev/shm/kworker)
… -enc SQBFAFgAIAAoAE4AZQB3AC0A…              … -enc SQBFAFgA…(124)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.knowledge import Zone, location_class, zone
from engine.untrusted import visible
from tui.words.words import base

if TYPE_CHECKING:
    from tui.words.spans import Span

LONGEST = 1 << 15
"""Characters of a command line that are looked at: more than Windows allows, and a screen shows fewer."""
PROGRAM, ARGUMENTS, ASIDE = "strong", "", "dim"
"""Roles of the spans."""
NO_NAME = "?"
"""For a process of which neither image nor command line is known."""
SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", "csh", "tcsh", "fish"})
KEPT = 8
"""Characters that are left of a long run of letters and digits."""
FULL_RIGHTS = frozenset({"root", "system"})
_TRUSTED = frozenset({Zone.SYSTEM, Zone.PROGRAM_FILES})
_RUN = re.compile(r"[A-Za-z0-9+/=]{32,}")
_SPACED = re.compile(r"[A-Za-z]:\\[^\"/*?<>|]{1,200}?\.(?:exe|com|bat|cmd|scr)\b", re.IGNORECASE)
_SHELL_TEXT = re.compile(r"-[a-z]*c\s+(?=\S)")
_CMD_TEXT = re.compile(r"(?:/[^\sck]\S*\s+)*/[ck]\s*(?=\S)", re.IGNORECASE)
_SLASHES = 24
"""A run with a slash in fewer characters is a path."""


def command_spans(image: str, path: str, command_line: str | None) -> tuple[Span, ...]:
    """A process's command. image: as recorded; path: the same, folded, by which its directory is judged. All may be hostile."""
    text = (command_line or "")[:LONGEST].strip()
    first, rest = _split(text)
    trusted = zone(location_class(path)) in _TRUSTED
    own = _program(image or path, trusted=trusted)
    called = base(first.strip("\"'")) if first else ""
    if not called or _same(called, base(image or path)):
        name, aside = _single(called) if called and trusted else own, ""
    else:
        name = _single(called if trusted or not image else first.strip("\"'"))
        aside = "" if trusted or not image else f" ({own})"
    # A shell that only hands a text on is not what somebody wants to read.
    shell = _plain(called or base(image or path))
    match = (_SHELL_TEXT if shell in SHELLS else _CMD_TEXT if shell == "cmd" else None) if rest else None
    said = match.match(rest) if match else None
    if said:
        rest = _unquoted(rest[said.end() :], outermost=shell == "cmd")
        name = name.removesuffix(".exe").removesuffix(".EXE") + ":"
    spans: list[Span] = [(name or NO_NAME, PROGRAM)]
    if aside:
        spans.append((aside, ASIDE))
    if rest:
        spans.append((" " + _single(_RUN.sub(_cut_run, rest)), ARGUMENTS))
    return tuple(spans)


def plain_name(path: str) -> str:
    """A base name without `.exe`, visible: what a parent is called."""
    name = _single(base(path))
    return name[:-4] if name.lower().endswith(".exe") and len(name) > 4 else name


def account(user: str | None) -> str:
    """An account without its domain, visible. Audit logs tell numbers; of these 0 has a name on every system."""
    name = _single((user or "").rpartition("\\")[2].partition("@")[0])
    return "root" if name == "0" else name


def whole_account(user: str | None) -> str:
    """An account with its domain, which tells one of the estate from one of the host."""
    return account(user) if user == "0" else _single(user or "")


def rising(began: str | None, above: str | None, called: Callable[[str | None], str]) -> str:
    """The account that began something, and the one it rises to where that has more rights: backup⇡root. called: names one."""
    rises = account(above).casefold() in FULL_RIGHTS and account(began).casefold() not in FULL_RIGHTS
    return f"{called(began)}⇡{account(above)}" if began and rises else called(began) or called(above)


def short_host(host: str) -> str:
    """A host without its domain, visible; addresses stay whole."""
    return _single(host if re.fullmatch(r"[\d.]+|.*:.*", host) else host.partition(".")[0])


def _split(text: str) -> tuple[str, str]:
    """The first word as it stands, quotes included, and the rest."""
    if text[:1] in {'"', "'"}:
        end = text.find(text[0], 1)
        if end > 0:
            return text[: end + 1], text[end + 1 :].strip()
    match = _SPACED.match(text)
    first, _, rest = text.partition(" ")
    if match and match.end() > len(first):
        return match.group(), text[match.end() :].strip()
    return first, rest.strip()


def _program(image: str, *, trusted: bool) -> str:
    name = base(image)
    if trusted or name == image:
        return _single(name)
    separator = "\\" if "\\" in image else "/"
    parts = image.split(separator)
    root = 3 if separator == "/" or (parts[1:2] and parts[1].lower() == "windows") else 2
    # Two directories tell where it is; what is between them and the name seldom does.
    return _single(image if len(parts) <= root + 2 else separator.join([*parts[:root], "…", name]))


def _same(called: str, name: str) -> bool:
    return _plain(called) == _plain(name)


def _plain(name: str) -> str:
    return name.lower().removesuffix(".exe").removeprefix("-")


def _unquoted(text: str, *, outermost: bool) -> str:
    """Without the quotes around the whole; `outermost`: whatever is quoted within, as cmd reads it."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in {'"', "'"} and (outermost or text[0] not in text[1:-1]):
        return text[1:-1].strip()
    return text


def _cut_run(match: re.Match[str]) -> str:
    run = match.group()
    if run.count("/") * _SLASHES > len(run):
        return run
    return f"{run[:KEPT]}…({len(run)})"


def _single(text: str) -> str:
    """Visible, and of several blanks one: a list has no room for others."""
    return re.sub(r" {2,}", " ", visible(text, LONGEST))
