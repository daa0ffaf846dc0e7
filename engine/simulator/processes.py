"""A simulated process: what happened, before any log format tells it."""

from __future__ import annotations

import msgspec


class Identity(msgspec.Struct, frozen=True, gc=False):
    """Who runs a process: account, logon session, terminal session, integrity (Windows) or uid and tty (Linux)."""

    user: str
    logon_id: int
    session: int
    integrity: str = ""
    uid: int = 0
    auid: int = 4294967295
    """Login uid; the value of all ones is auditd's "unset" (daemons)."""
    tty: str = "(none)"
    sid: str = "S-1-5-18"


class SimProcess(msgspec.Struct, gc=False, kw_only=True):
    """One process creation. Refers to its parent and never to its children: finished branches are freed."""

    number: int
    """Counts the processes of the host, from 0; the order of creation."""
    host: int
    """Index into the fleet's hosts."""
    pid: int
    guid: str
    """Sysmon's form, lower case, no braces; known to the simulator on every host, written only where the log has it."""
    image: str
    command: str
    cwd: str
    identity: Identity
    start_us: int
    end_us: int
    """When it ends at the latest known; a named process (a service, a shell) ends with its session or machine."""
    parent: SimProcess | None
    replaces: bool = False
    """An execve in the parent's pid: `parent` is then the process that the replaced image had as its parent."""
    story: int = 0
    """1 + index of the intrusion that planted it; 0 for everyday life."""
    stage: int = 0
    logged: bool = True
    """False for a fork without execve, and for what ran before the logs begin."""

    @property
    def ppid(self) -> int:
        """The parent's pid, 0 where there is none."""
        return self.parent.pid if self.parent is not None else 0
