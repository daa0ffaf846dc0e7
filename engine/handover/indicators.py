"""Indicators in processes: paths, hashes, and the addresses, domains and URLs that their command lines name.

As they are written. What is encoded, put together of pieces or made unreadable on purpose is not guessed at: a list of indicators
that holds guesses blocks the wrong things. Nothing is dropped for being harmless; what is private or everybody's is marked.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.handover.rows import ExportRow
from engine.hash_lists.hashes import by_kind

LINE = 65_536
"""Characters of a command line that are looked at."""
KINDS = ("url", "domain", "host", "ipv4", "ipv6", "path", "sha512", "sha256", "sha1", "md5", "imphash")
"""In the order of a list."""
_URL = re.compile(
    r"\b(?:https?|ftps?|sftp|wss?|ldaps?|smb|tcp|udp|git|ssh|tftp|rsync)://(?:\[[0-9a-f:.]+\])?[^\s\"'<>|;()\[\]{}^`,\\]*",
    re.IGNORECASE,
)
_PARTS = re.compile(r"[a-z]+://(?:[^/?#@]*@)?(?:\[([0-9a-f:.]+)\]|([^/?#:]+))", re.IGNORECASE)
_V4 = re.compile(r"(?<![\w.])(?<!(?<!\\)\\)(\d{1,3}(?:\.\d{1,3}){3})(?![\w-]|\.\d|/[A-Za-z])")
_V6 = re.compile(r"(?<![\w:.])([0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,7})(?![\w:.])", re.IGNORECASE)
_NAME = re.compile(
    r"(?<![\w\\/.%$-])((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z][a-z0-9-]{1,23})(?![\w-]|\.\w|\()", re.IGNORECASE
)
_DEVICE = re.compile(r"/dev/(?:tcp|udp)/([\w.-]+)/\d+")
_UNC = re.compile(r"(?<![\\\w])\\\\([a-z0-9][\w.-]{0,253})(?=\\)", re.IGNORECASE)
_WINDOWS = re.compile(r"\"([a-z]:\\[^\"<>|*?\r\n]{1,1000})\"|(?<![\w\\])([a-z]:\\[^\s\"'<>|*?,;&()=]{1,1000})", re.IGNORECASE)
_SHARE = re.compile(r"(?<![\\\w])(\\\\[a-z0-9][\w.-]{0,253}\\[^\s\"'<>|*?,;&()]{1,1000})", re.IGNORECASE)
_VARIABLE = re.compile(r"(?<!\w)(%\w{1,64}%\\[^\s\"'<>|*?,;&()]{1,1000})")
_POSIX = re.compile(r"(?<![\w:/.~*?%$\\-])(/(?:[\w.@+~,-]{1,255}/){1,32}[\w.@+~-]{1,255}|/tmp/[\w.@+~-]{1,255})(?![/\w*?])")


@dataclass(frozen=True, slots=True)
class Found:
    """One indicator in one process."""

    kind: str
    value: str
    """As written, but names of hosts and hashes in small letters. Untrusted."""
    where: str
    """image, hashes, command line."""

    @property
    def same(self) -> str:
        """By which two are one: Windows knows no case in paths."""
        return self.value.lower() if self.kind == "path" and "\\" in self.value else self.value


def indicators(row: ExportRow) -> Iterator[Found]:
    """Those of a process, each once."""
    seen: set[tuple[str, str]] = set()
    for one in _all(row):
        if (one.kind, one.value) not in seen:
            seen.add((one.kind, one.value))
            yield one


def _all(row: ExportRow) -> Iterator[Found]:
    if "\\" in row.image or "/" in row.image:
        yield Found("path", row.image, "image")
    for kind, value in by_kind(row.hashes).items():
        yield Found(kind, value, "hashes")
    line = row.command_line[:LINE]
    for kind, value in _named(line, posix=row.image.startswith("/")):
        yield Found(kind, value, "command line")


def _named(line: str, *, posix: bool) -> Iterator[tuple[str, str]]:
    for found in _URL.finditer(line):
        url = found[0].rstrip(".!&:")
        yield "url", url
        parts = _PARTS.match(url)
        if parts is not None:
            yield from _host(parts[1] or parts[2] or "", sure=True)
    rest = _URL.sub(" ", line)
    for name in [*_DEVICE.findall(rest), *_UNC.findall(rest)]:
        yield from _host(name, sure=True)
    for text in [*_V4.findall(rest), *_V6.findall(rest)]:
        yield from _address(text)
    for name in _NAME.findall(rest):
        yield from _host(name, sure=False)
    yield from (("path", path) for path in _paths(rest, posix=posix))


def _host(name: str, *, sure: bool) -> Iterator[tuple[str, str]]:
    """An address, a domain, or a plain host name; `sure`: it stands where a host does, else its end has to tell."""
    plain = name.rstrip(".").lower()
    address = list(_address(plain))
    if address:
        yield from address
    elif re.fullmatch(r"[a-z0-9_.-]{1,253}", plain) is None or not plain.strip(".-"):
        return
    elif "." in plain:
        known = plain.rpartition(".")[2] in {*_table("top_levels"), *_table("internal")}
        if sure or (known and plain not in _table("programs")):
            yield "domain", plain
    elif sure:
        yield "host", plain


def _address(text: str) -> Iterator[tuple[str, str]]:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return
    if found.version == 4 or len(text.replace(":", "")) > 2:
        yield f"ipv{found.version}", str(found)


def _paths(line: str, *, posix: bool) -> Iterator[str]:
    for quoted, bare in _WINDOWS.findall(line):
        yield (quoted or bare).rstrip(".,:")
    for expression in (_SHARE, _VARIABLE, *((_POSIX,) if posix else ())):
        yield from (path.rstrip(".,:") for path in expression.findall(line))


def mark(kind: str, value: str) -> str:
    """What is to be known of an indicator before somebody blocks it; "" for nothing."""
    if kind in {"ipv4", "ipv6"}:
        return _mark_address(value)
    if kind == "url":
        parts = _PARTS.match(value)
        return next((mark(of, name) for of, name in _host((parts[1] or parts[2] or "") if parts else "", sure=True)), "")
    if kind == "path":
        return "in a directory of the system" if value.lower().startswith(SYSTEM) else ""
    if kind == "host":
        return "name inside of an estate"
    if kind == "domain":
        if value.rpartition(".")[2] in _table("internal"):
            return "name inside of an estate"
        vendor = next((one for one in _table("vendors") if value == one or value.endswith(f".{one}")), None)
        return f"well-known vendor: {vendor}" if vendor else ""
    return ""


def _mark_address(value: str) -> str:
    address = ipaddress.ip_address(value)
    if address.is_unspecified or address.is_loopback:
        return "this machine itself"
    if address.is_link_local or address.is_multicast:
        return "link-local" if address.is_link_local else "multicast"
    documented = any(
        address in ipaddress.ip_network(net) for net in DOCUMENTED if ipaddress.ip_network(net).version == address.version
    )
    if documented:
        return "address of documentations"
    return "private address" if address.is_private else "" if address.is_global else "reserved address"


SYSTEM = (
    "c:\\windows\\system32\\", "c:\\windows\\syswow64\\", "c:\\windows\\winsxs\\", "c:\\windows\\explorer.exe", "/usr/bin/",
    "/usr/sbin/", "/usr/lib/", "/bin/", "/sbin/", "/lib/",
)  # fmt: skip
"""What stands there is mostly the system's own; a list for blocking does without."""
DOCUMENTED = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
"""Of RFC 5737 and RFC 3849."""


@cache
def _table(name: str) -> frozenset[str]:
    content = (Path(__file__).parent / "data" / "domains.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(content)[name])
