"""The variables that texts in the data files may use."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime

from engine.simulator.scripts.context import Context

Getter = Callable[[Context], str]

_ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz0123456789_"
_MIXED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def _uuid(c: Context) -> str:
    # Version 4 bits are set: readers and learnt rules may look at them.
    h = f"{c.rng.getrandbits(128):032x}"
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{'89ab'[int(h[16], 16) & 3]}{h[17:20]}-{h[20:]}"


def _moment(form: str) -> Getter:
    def moment(c: Context) -> str:
        return datetime.fromtimestamp(c.time_us // 1_000_000, UTC).strftime(form)

    return moment


def _letters(alphabet: str, length: int) -> Getter:
    size = len(alphabet)

    def letters(c: Context) -> str:
        return "".join([alphabet[int(c.rng.random() * size)] for _ in range(length)])

    return letters


def _number(argument: str) -> Getter:
    low, _, high = argument.partition("-")
    first, span = int(low), int(high) - int(low) + 1
    return lambda c: str(first + int(c.rng.random() * span))


def _hexadecimal(length: int, upper: bool) -> Getter:
    form = f"0{length}{'X' if upper else 'x'}"
    return lambda c: format(c.rng.getrandbits(4 * length), form)


_PLAIN: dict[str, Getter] = {
    "image": lambda c: c.image,
    "base": lambda c: c.image.rpartition("/")[2],
    "pid": lambda c: str(c.pid),
    "ppid": lambda c: str(c.parent.pid) if c.parent else "0",
    "ppimage": lambda c: c.parent.image if c.parent else "",
    "uuid": _uuid,
    "UUID": lambda c: _uuid(c).upper(),
    "user": lambda c: c.user.name,
    "first": lambda c: c.user.name.partition(".")[0],
    "sid": lambda c: c.user.sid,
    "home": lambda c: c.user.home,
    "local": lambda c: c.user.home + r"\AppData\Local",
    "roaming": lambda c: c.user.home + r"\AppData\Roaming",
    "temp": lambda c: c.user.home + r"\AppData\Local\Temp",
    "host": lambda c: c.host.name,
    "domain": lambda c: c.host.domain,
    "shorthost": lambda c: c.host.name.lower(),
    "sys": lambda c: r"C:\Windows\System32",
    "s32": lambda c: r"C:\WINDOWS\system32" if c.host.shouts else r"C:\Windows\system32",
    "wow": lambda c: r"C:\Windows\SysWOW64",
    "win": lambda c: r"C:\Windows",
    "pf": lambda c: r"C:\Program Files",
    "pf86": lambda c: r"C:\Program Files (x86)",
    "ps": lambda c: r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
    "net64": lambda c: r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319",
    "date": _moment("%Y-%m-%d"),
    "day": _moment("%Y%m%d"),
    "stamp": _moment("%Y%m%d-%H%M%S"),
    "epoch": lambda c: str(c.time_us // 1_000_000),
}
_WITH_ARGUMENT: dict[str, Callable[[str], Getter]] = {
    "hex": lambda a: _hexadecimal(int(a), upper=False),
    "HEX": lambda a: _hexadecimal(int(a), upper=True),
    "num": _number,
    "alnum": lambda a: _letters(_ALNUM, int(a)),
    "lower": lambda a: _letters(_LOWER, int(a)),
    "mixed": lambda a: _letters(_MIXED, int(a)),
    "v": lambda a: lambda c: c.versions[a],
    "utf16b64": lambda a: lambda c: base64.b64encode(a.encode("utf-16-le")).decode(),
    "brace": lambda a: lambda c: "{" + a + "}",
    # The host of an intrusion's stage, counted from 1: what one end names has to be where the other is.
    "stage": lambda a: lambda c: c.stages[int(a) - 1],
    "fixed": lambda a: lambda c: c.host.fixed(a),
}


def variable(name: str, argument: str | None) -> Getter:
    """The function behind a variable. Raises ValueError for one that does not exist."""
    if argument is None and name in _PLAIN:
        return _PLAIN[name]
    if argument is not None and name in _WITH_ARGUMENT:
        return _WITH_ARGUMENT[name](argument)
    raise ValueError(f"no variable {{{name}{':' + argument if argument else ''}}}")
