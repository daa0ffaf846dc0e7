"""The people and machines of the simulated fleet."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.simulator.seeds import stream

DOMAIN = "CORP"


DNS = "corp.example.com"


@dataclass(frozen=True, slots=True)
class SimUser:
    """A person, or a service account on Linux."""

    name: str
    sid: str
    uid: int
    home: str
    starts: float
    """Usual hour of the first logon, UTC."""
    leaves: float
    weekends: float
    """Probability to work on a day of the weekend."""


@dataclass(slots=True)
class SimHost:
    """A machine and how its logs are written."""

    index: int
    name: str
    role: str
    format: str
    seed: int
    users: tuple[SimUser, ...]
    machine: str
    """First eight digits of every Sysmon GUID of this host."""
    address: str
    domain: str = DOMAIN
    _fixed: dict[str, str] = field(default_factory=dict)

    @property
    def windows(self) -> bool:
        """Which family of trees it runs."""
        return not self.role.startswith("linux")

    @property
    def fqdn(self) -> str:
        """As Computer or Hostname fields have it."""
        return f"{self.name}.{DNS}"

    @property
    def shouts(self) -> bool:
        r"""Upgraded in place: command lines say C:\WINDOWS."""
        return self.index % 3 == 1

    def fixed(self, kind: str) -> str:
        """Eight hex digits that belong to this host for good (profile numbers, installation ids)."""
        if kind not in self._fixed:
            self._fixed[kind] = f"{stream(self.seed, self.name, kind).getrandbits(32):08x}"
        return self._fixed[kind]
