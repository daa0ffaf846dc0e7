r"""Names of hosts, accounts and domains replaced by made-up ones, the same one everywhere: in cells, sentences, command lines.

A name is found whatever its case and wherever no letter or digit stands beside it, so keller is replaced in C:\Users\keller and
in net user keller, and not in kellerei. Shortened ones (WS-10…) are, too. Names of two characters are replaced like all
others, a single character is not: it would take every text to pieces; Pseudonyms.left has those.

The key says which is which. With the key of an earlier report the same names get the same pseudonyms again, and new ones go on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

HOST, ACCOUNT, DOMAIN = "host", "account", "domain"
PREFIX = {HOST: "HOST", ACCOUNT: "USER", DOMAIN: "DOMAIN"}
SHORTEST = 2
"""Characters of a name that is replaced."""
CUT = 3
"""Characters that are left of a shortened name, at least, by which it is still known."""
EVERYBODYS = frozenset({
    "system", "local system", "localsystem", "local service", "network service", "nt authority", "nt service", "builtin",
    "window manager", "font driver host", "iis apppool", "defaultapppool", "administrator", "administrators", "guest", "users",
    "root", "daemon", "nobody", "www-data", "apache", "nginx", "mysql", "postgres", "redis", "sshd", "systemd-network",
    "systemd-resolve", "syslog", "messagebus", "sys", "bin", "mail", "localhost", "workgroup", "unknown", "-", "(none)", "public",
    "default", "all users", "default user",
})  # fmt: skip
"""Accounts and groups that every system has: they tell of nobody. In small letters."""
_SID = re.compile(r"s-1-\d[\d-]*|dwm-\d+|umfd-\d+", re.IGNORECASE)
_HOMES = re.compile(r"(?:\\Users\\|/home/|/Users/|\\Documents and Settings\\)([^\\/\"'*?<>|:;,\s]{2,64})", re.IGNORECASE)
_SHORTENED = re.compile(r"([\w.@$-]{3,})…([\w.@$-]*)")


@dataclass(slots=True)
class Pseudonyms:
    """Names and what stands for them. Names as they are first met; they are found whatever their case."""

    key: dict[tuple[str, str], str] = field(default_factory=dict)
    """(kind, name in small letters) -> pseudonym, in the order in which they were given."""
    written: dict[tuple[str, str], str] = field(default_factory=dict)
    """(kind, name in small letters) -> the name as it was written."""
    left: set[str] = field(default_factory=set)
    """Names that are too short to be replaced."""
    kept: int = 0
    """Names that an earlier key had."""
    _pattern: re.Pattern[str] | None = None

    def host(self, name: str) -> None:
        """A host by one of its names: WS-1038.corp.example.com has a domain, too, and is the same as WS-1038."""
        if _is_address(name):
            self._give(HOST, name)
            return
        short, dot, domain = name.partition(".")
        made = self._give(HOST, short)
        if dot and domain:
            self.domain(domain)
            if made is not None:
                self._as(HOST, name, f"{made}.{self.key.get((DOMAIN, domain.lower()), domain)}")

    def domain(self, name: str) -> None:
        """Of the network, with dots or as Windows shortens it. Of corp.example.com the part that tells whose it is, too."""
        plain = name.strip(".")
        self._give(DOMAIN, plain)
        if plain.count(".") > 1:
            self._give(DOMAIN, ".".join(plain.split(".")[-2:]))

    def account(self, name: str) -> None:
        r"""As records write it: CORP\ann, ann@corp.example.com, ann."""
        domain, found, user = name.rpartition("\\")
        if found:
            self.domain(domain)
        user, at, domain = user.partition("@")
        if at:
            self.domain(domain)
        if not _SID.fullmatch(user):
            # WS-1038$ is the machine's own account.
            self._give(HOST if user.endswith("$") else ACCOUNT, user.removesuffix("$"))

    def homes(self, text: str) -> None:
        """Accounts whose directories a path or a command line names."""
        for name in _HOMES.findall(text):
            self._give(ACCOUNT, name)

    def replaced(self, text: str) -> str:
        """A text with its names replaced."""
        if self._pattern is None:
            names = sorted({name for _, name in self.key}, key=lambda name: (-len(name), name))
            joined = "|".join(map(re.escape, names)) or r"(?!)"
            self._pattern = re.compile(rf"(?<![^\W_])(?:{joined})(?![^\W_])", re.IGNORECASE)
        by_name = self._by_name()
        made = self._pattern.sub(lambda found: by_name.get(found[0].lower(), found[0]), text)
        return _SHORTENED.sub(lambda found: self._whole(found, by_name), made) if "…" in made else made

    def rows(self) -> list[tuple[str, str, str]]:
        """(kind, name, pseudonym) of all, as the key is written."""
        return [(kind, self.written[kind, name], made) for (kind, name), made in self.key.items()]

    def _by_name(self) -> Mapping[str, str]:
        """A name that is a host's and an account's is the host's: of two readings one has to be taken everywhere."""
        order = {DOMAIN: 0, ACCOUNT: 1, HOST: 2}
        return {name: made for (kind, name), made in sorted(self.key.items(), key=lambda item: order[item[0][0]])}

    def _whole(self, found: re.Match[str], by_name: Mapping[str, str]) -> str:
        head = re.split(r"[\\/]", found[1])[-1].lower()
        whole = next((name for name in by_name if len(head) >= CUT and name.startswith(head)), None)
        return found[0] if whole is None else by_name[whole]

    def _give(self, kind: str, name: str) -> str | None:
        """The pseudonym of a name, a new one where it has none; None for one that stays."""
        plain = name.strip().lower()
        if not plain or plain in EVERYBODYS or plain.strip("-_.") == "" or (kind == ACCOUNT and plain.isdecimal()):
            return None  # a number is no name, and would be replaced in every address
        if len(plain) < SHORTEST:
            self.left.add(name.strip())
            return None
        if (kind, plain) not in self.key:
            taken = sum(of == kind and "." not in made for (of, _), made in self.key.items())
            self._as(kind, name.strip(), f"{PREFIX[kind]}-{taken + 1:02}")
        return self.key[kind, plain]

    def _as(self, kind: str, name: str, made: str) -> None:
        self.key.setdefault((kind, name.lower()), made)
        self.written.setdefault((kind, name.lower()), name)
        self._pattern = None


def known(rows: Iterable[tuple[str, str, str]]) -> Pseudonyms:
    """Those of an earlier key. Raises ValueError for a row that is none."""
    made = Pseudonyms()
    for kind, name, pseudonym in rows:
        if kind not in PREFIX or not name or re.fullmatch(r"[A-Z]+-\d{2,}(?:\.[\w.-]+)?", pseudonym) is None:
            raise ValueError(f"{kind}, {pseudonym}")
        made._as(kind, name, pseudonym)
    made.kept = len(made.key)
    return made


def _is_address(name: str) -> bool:
    return re.fullmatch(r"[0-9.]+|[0-9a-fA-F:]+:[0-9a-fA-F:]*", name) is not None
