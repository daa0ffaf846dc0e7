"""How a workspace on a server is named: a URL, whose password nobody is shown."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from engine.errors import UsageError

SCHEME = "postgresql+psycopg"
EXAMPLE = f"{SCHEME}://NAME@HOST/DATABASE"
_ALLOWED = frozenset({"host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey", "passfile", "service", "connect_timeout"})
"""What may stand behind the question mark: words of libpq that say where the server is and how it is trusted."""


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """One database."""

    parameters: dict[str, str] = field(repr=False)
    """Words of libpq. The password is one of them, where the URL has one."""

    @property
    def shown(self) -> str:
        """As it may be shown, logged and kept: without password."""
        known = self.parameters
        port = f":{known['port']}" if "port" in known else ""
        user = f"{known['user']}@" if "user" in known else ""
        host = known.get("host", "")
        socket = {"host": host} if "/" in host else {}
        more = urlencode({word: known[word] for word in sorted(_ALLOWED - {"host", "port"} & set(known))} | socket, safe="/")
        return f"{SCHEME}://{user}{'' if socket else host}{port}/{quote(known['dbname'])}{'?' * bool(more)}{more}"

    def folder(self, beside: Path) -> Path:
        """Where this machine keeps what it has fetched of it (models), below a folder of its own."""
        return beside / hashlib.blake2b(self.shown.encode(), digest_size=8).hexdigest()


def parsed(text: str) -> ServerAddress:
    """Raises UsageError, which never repeats the text: it may hold a password."""
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise UsageError("The URL of the workspace cannot be read.", remedy=f"Write {EXAMPLE}") from error
    if parts.scheme != SCHEME:
        raise UsageError(f"A workspace on a server begins with {SCHEME}:", remedy=f"Write {EXAMPLE}")
    name = unquote(parts.path.removeprefix("/"))
    if not name or "/" in name or parts.fragment:
        raise UsageError("The URL of the workspace names no database.", remedy=f"Write {EXAMPLE}")
    known = {"dbname": name}
    more = dict(parse_qsl(parts.query, keep_blank_values=True))
    if strange := sorted(set(more) - _ALLOWED):
        raise UsageError(
            f"The URL of the workspace says {strange[0]!r}, which is not known.",
            remedy=f"Known are {', '.join(sorted(_ALLOWED))}.",
        )
    known |= more
    for word, value in (("user", parts.username), ("password", parts.password), ("host", host)):
        if value:
            known[word] = unquote(value)
    if port is not None:
        known["port"] = str(port)
    return ServerAddress(known)
