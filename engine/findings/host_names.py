"""Which host of a case a command line means: full name, short name, or an address that is a host's only name."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_SELF = frozenset({"", ".", "localhost", "localhost.localdomain"})
_LONGEST = 64


def is_address(text: str) -> bool:
    """Whether a text is an address rather than a name."""
    return _address(text) is not None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    if len(text) > _LONGEST:
        return None
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class HostNames:
    """The names of the hosts of one case."""

    shown: Mapping[int, str]
    """Host -> its name for eyes."""
    full: Mapping[str, int]
    """Every name in small letters -> host."""
    short: Mapping[str, int]
    """First label of a name -> host, where no other host has that label."""
    domains: Mapping[int, frozenset[str]]
    """Host -> what stands behind the first label of its full names."""
    nameless: frozenset[int]
    """Hosts whose records name none: they may be any."""

    @classmethod
    def of(cls, hosts: Iterable[tuple[int, str, Iterable[str]]]) -> HostNames:
        """Host, name for eyes, and all its names; no names at all for one whose records name none."""
        shown: dict[int, str] = {}
        full: dict[str, int] = {}
        labels: dict[str, set[int]] = {}
        domains: dict[int, frozenset[str]] = {}
        nameless = set()
        for host, name, names in hosts:
            shown[host] = name
            known = [each.casefold().rstrip(".") for each in names]
            if not known:
                nameless.add(host)
            domains[host] = frozenset(each.partition(".")[2] for each in known if "." in each and not is_address(each))
            for each in known:
                full[each] = host
                labels.setdefault(each if is_address(each) else each.partition(".")[0], set()).add(host)
        short = {label: next(iter(hosts)) for label, hosts in labels.items() if len(hosts) == 1}
        return cls(shown, full, short, domains, frozenset(nameless))

    def find(self, written: str, own: int) -> int | None:
        """The host that is meant; `own` for the machine itself, None for one that the case does not have.

        A short name means the host of that label in the domain of the one that writes it, else the only one. A full name means a
        host that the case has by its short name only: of two full names that differ no one is the other.
        """
        name = written.strip().rpartition("//")[2].partition("/")[0].strip("[]").rstrip(".").casefold()
        name = name.partition(":")[0] if name.count(":") == 1 else name
        address = _address(name)
        if name in _SELF or (address is not None and (address.is_loopback or address.is_unspecified)):
            return own
        found = self.full.get(name)
        if found is not None or address is not None:
            return found
        label, dot, _ = name.partition(".")
        if dot:
            return self.full.get(label)
        near = [self.full[full] for domain in sorted(self.domains.get(own, ())) if (full := f"{label}.{domain}") in self.full]
        return near[0] if near else self.short.get(label)
