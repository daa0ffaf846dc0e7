"""Accounts and logon sessions behind the `as=` and `il=` options of the trees."""

from __future__ import annotations

from engine.simulator.people import SimHost
from engine.simulator.processes import Identity
from engine.simulator.routine import LogonSession
from engine.simulator.seeds import stream

_SERVICE = {
    "system": Identity("NT AUTHORITY\\SYSTEM", 0x3E7, 0, "System", sid="S-1-5-18"),
    "local": Identity("NT AUTHORITY\\LOCAL SERVICE", 0x3E5, 0, "System", sid="S-1-5-19"),
    "network": Identity("NT AUTHORITY\\NETWORK SERVICE", 0x3E4, 0, "System", sid="S-1-5-20"),
}
_DAEMON_UIDS = {
    "root": 0, "daemon": 1, "www-data": 33, "postgres": 114, "mysql": 113, "tomcat": 998, "jenkins": 997, "_apt": 42,
    "messagebus": 103, "man": 6, "nobody": 65534, "prometheus": 996, "git": 995, "deploy": 1000, "ops": 1001, "backup": 34,
    "systemd-resolve": 101, "redis": 115,
}  # fmt: skip


class Identities:
    """The identities of one host between two boots."""

    def __init__(self, host: SimHost) -> None:
        self._host = host
        self._known: dict[tuple[str, str, int, int], Identity] = {}

    def get(self, account: str, integrity: str, session: LogonSession | None, parent: Identity | None) -> Identity:
        """Who a process runs as: an account by name, or the parent's, with the parent's or a named integrity."""
        if not account and not integrity and parent is not None:
            return parent
        key = (
            account or (parent.user if parent else "system"),
            integrity,
            session.number if session else 0,
            parent.auid if parent else 0,
        )
        found = self._known.get(key)
        if found is None:
            make = self._windows if self._host.windows else self._linux
            found = self._known[key] = make(account, integrity, session, parent)
        return found

    def _windows(self, account: str, integrity: str, session: LogonSession | None, parent: Identity | None) -> Identity:
        if account in _SERVICE:
            base = _SERVICE[account]
            terminal = parent.session if parent and account == "system" else 0
            return Identity(base.user, base.logon_id, terminal, base.integrity, sid=base.sid)
        if account.startswith("pool."):
            pool = account[5:]
            return Identity(f"IIS APPPOOL\\{pool}", 0x2A000 + 16 * len(pool), 0, "High", sid="S-1-5-82-3006700770-424185619")
        if account in {"dwm", "umfd"}:
            number = session.number if session else 1
            group = "Window Manager" if account == "dwm" else "Font Driver Host"
            level = "System" if account == "dwm" else "AppContainer"
            return Identity(f"{group}\\{account.upper()}-{number}", 0x9000 + number * 0x111, number, level, sid="S-1-5-90-0-1")
        if account == "user" and session is not None:
            rng = stream(self._host.seed, self._host.name, "logon", session.number)
            low = rng.getrandbits(20) + 0x30000
            logon = low + 0x21 if integrity == "High" else low
            terminal = 1 if self._host.role == "workstation" else session.number + 1
            return Identity(
                f"{self._host.domain}\\{session.user.name}", logon, terminal, integrity or "Medium", sid=session.user.sid
            )
        if account and account != "user":
            # A service account of the domain.
            return Identity(f"{self._host.domain}\\{account}", 0x51000 + len(account) * 0x1F3, 0, integrity or "High",
                            sid="S-1-5-21-3312450087-1190243157-2088431955-1610")  # fmt: skip
        assert parent is not None
        logon = parent.logon_id + 0x21 if integrity == "High" and parent.integrity == "Medium" else parent.logon_id
        return Identity(parent.user, logon, parent.session, integrity or parent.integrity, sid=parent.sid)

    def _linux(self, account: str, integrity: str, session: LogonSession | None, parent: Identity | None) -> Identity:
        if account == "user" and session is not None:
            user = session.user
            return Identity(
                user.name, session.number + 2, session.number + 2, uid=user.uid, auid=user.uid, tty=f"pts{session.number % 4}"
            )
        uid = _DAEMON_UIDS.get(account, 990)
        # A change of account (sudo, runuser) keeps the login uid, the audit session and the terminal; cron starts its own.
        if parent is not None and integrity != "login":
            return Identity(account, parent.logon_id, parent.session, uid=uid, auid=parent.auid, tty=parent.tty)
        if integrity == "login":
            number = 1000 + uid
            return Identity(account, number, number, uid=uid, auid=uid)
        return Identity(account, 4294967295, 4294967295, uid=uid)
