"""Who and what is in the fleet: hosts with roles and log formats, users with habits. Drawn once from the plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from engine.errors import UsageError
from engine.simulator.people import SimHost, SimUser
from engine.simulator.scripts.tables import people
from engine.simulator.seeds import share, stream

VARIETIES = ("everyday",)
MAX_HOSTS, MAX_DAYS = 5_000, 400

# The first twelve are the default demo: every role and every log format once, workstations in the majority.
_FIRST = (
    "workstation", "linux-web", "dc", "workstation", "linux-ci", "iis", "workstation", "linux-dev", "workstation", "file",
    "linux-db", "workstation", "sql", "workstation",
)  # fmt: skip
_LATER = (
    "workstation",
    "workstation",
    "workstation",
    "linux-web",
    "workstation",
    "linux-dev",
    "iis",
    "workstation",
    "linux-db",
    "file",
)
_PREFIX = {"workstation": "WS", "dc": "DC", "file": "FS", "iis": "IIS", "sql": "SQL"}
# Log formats of a role's first, second, … host; later ones go round.
_FORMATS = {
    "workstation": ("nxlog-twins", "winlogbeat", "xml", "nxlog-4688", "nxlog"),
    "dc": ("nxlog-twins",),
    "file": ("xml-gz",),
    "iis": ("winlogbeat-gz",),
    "sql": ("nxlog",),
    "linux-web": ("auditd",),
    "linux-ci": ("auditd-enriched",),
    "linux-dev": ("ecs", "osquery"),
    "linux-db": ("sysmon-linux",),
}


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """What to simulate. Equal plans give equal fleets, byte for byte."""

    hosts: int = 12
    days: int = 3
    seed: int = 7
    start: datetime = datetime(2026, 3, 2, tzinfo=UTC)
    """Midnight of the first day (a Monday by default: a period of three days holds three working days)."""
    intrusions: int | tuple[str, ...] | None = None
    """None: every story that fits the hosts; a number: at most so many; names: exactly those."""
    variety: str = "everyday"
    """How varied names and versions are. One kind so far; "paper" is reserved for the ratios of the published method."""

    def __post_init__(self) -> None:
        """Raises UsageError for a plan that makes no sense."""
        if not 1 <= self.hosts <= MAX_HOSTS:
            raise UsageError(f"A fleet has 1 to {MAX_HOSTS:,} hosts, not {self.hosts}.")
        if not 1 <= self.days <= MAX_DAYS:
            raise UsageError(f"A fleet is simulated for 1 to {MAX_DAYS} days, not {self.days}.")
        if self.variety not in VARIETIES:
            raise UsageError(f"No variety {self.variety!r}; there is {', '.join(VARIETIES)}.")

    @property
    def start_us(self) -> int:
        """First moment of the logs, microseconds since 1970."""
        return round(self.start.timestamp()) * 1_000_000

    @property
    def end_us(self) -> int:
        """End of the logs."""
        return self.start_us + self.days * 86_400_000_000


def make_hosts(plan: FleetPlan) -> tuple[SimHost, ...]:
    """The hosts of a plan, in a fixed order: a larger fleet begins with the smaller one."""
    counts: dict[str, int] = {}
    hosts = []
    for index in range(plan.hosts):
        role = _FIRST[index] if index < len(_FIRST) else _LATER[(index - len(_FIRST)) % len(_LATER)]
        number = counts[role] = counts.get(role, 0) + 1
        formats = _FORMATS[role]
        name = _host_name(plan.seed, role, number)
        users = _users(plan.seed, name, role, index)
        machine = f"{stream(plan.seed, name, 'machine').getrandbits(32):08x}"
        address = f"10.20.{index // 250}.{index % 250 + 4}"
        hosts.append(SimHost(index, name, role, formats[(number - 1) % len(formats)], plan.seed, users, machine, address))
    return tuple(hosts)


def _host_name(seed: int, role: str, number: int) -> str:
    if role == "workstation":
        # Asset numbers, not 1, 2, 3; increasing, so that no two are equal.
        return f"WS-{1000 + 7 * number + int(6 * share(seed, role, number)):04d}"
    if role.startswith("linux"):
        return f"{role[6:]}{number:02d}"
    return f"{_PREFIX[role]}{number:02d}"


def _users(seed: int, host: str, role: str, index: int) -> tuple[SimUser, ...]:
    rng = stream(seed, host, "users")
    firsts, lasts = people()
    count = {"workstation": 1, "linux-dev": 1}.get(role, 2)
    users: list[SimUser] = []
    while len(users) < count:
        name = f"{rng.choice(firsts)}.{rng.choice(lasts)}"
        if any(user.name == name for user in users):
            continue
        linux = role.startswith("linux")
        if linux:
            name = name.partition(".")[0] if role == "linux-dev" else ("deploy", "ops")[len(users)]
        elif role != "workstation":
            name = f"adm.{name}"
        rid = 1100 + index * 4 + len(users)
        starts = min(11.5, max(5.5, rng.gauss(8.2, 1.0)))
        home = f"/home/{name}" if linux else rf"C:\Users\{name}"
        leaves = min(22.0, starts + max(4.0, rng.gauss(8.7, 0.9)))
        users.append(
            SimUser(
                name,
                f"S-1-5-21-3312450087-1190243157-2088431955-{rid}",
                1000 + len(users),
                home,
                starts,
                leaves,
                rng.random() * 0.15,
            )
        )
    return tuple(users)
