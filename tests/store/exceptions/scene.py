"""A case of three hosts with seven findings, and exceptions made by hand."""

from __future__ import annotations

from engine.exceptions.commands import CommandKind
from engine.exceptions.kept import ExceptionReason, ExceptionScope, KeptException
from store.workspace import Workspace
from tests.store.samples import event, fill, score

HOSTS = ("WEB01", "WEB02", "DB01")
NOW = 1_760_000_000_000_000
LATER = NOW + 10_000_000
APPS = tuple(f"c:\\apps\\app{number}.exe" for number in range(4))
ODD, CHILD, EVIL, TOP = "c:\\tools\\odd.exe", "c:\\tools\\child.exe", "c:\\tools\\evil.exe", "c:\\windows\\explorer.exe"


def filled(workspace: Workspace, case: str = "case", sha256: str = "a" * 64) -> str:
    """F1 has two odd processes on each host, F2 one on DB01, F3 to F6 each one program of many; the model."""
    events = []
    for host in HOSTS:
        events.append(event(1, host=host, image="C:\\Windows\\explorer.exe"))
        events += [
            event(number, 1, host=host, image=f"C:\\Apps\\app{number % 4}.exe", command_line=f"app --run {number}")
            for number in range(2, 30)
        ]
        events.append(event(40, 2, host=host, image="C:\\Tools\\odd.exe", command_line="odd.exe -scan 10.0.0.1"))
        events.append(event(41, 40, host=host, image="C:\\Tools\\child.exe", command_line="child.exe -x"))
    events.append(event(50, 3, host="DB01", image="C:\\Tools\\evil.exe", command_line="evil.exe", hashes="MD5=" + "AB" * 16))
    fill(workspace, events, case=case, sha256=sha256)
    return score(workspace, case, grouped=True)


def kept(
    image: str, parent: str = "", *, host: str = "", command: tuple[str, ...] | None = None, expires_us: int | None = None,
    reason: ExceptionReason = ExceptionReason.SOFTWARE, owner: str = "ann", note: str = "",
) -> KeptException:  # fmt: skip
    """An exception on a program below a parent, on any command line unless one is given."""
    shape = CommandKind.ANY if command is None else command
    above = (parent,) if parent else ()
    scope = ExceptionScope(image, above, host=host, command=shape, alone=not above and command is None)
    return KeptException(scope, "false_positive", reason, owner, note, NOW - 1_000, expires_us)


def findings(workspace: Workspace, case: str = "case") -> dict[str, int]:
    """Program of the oddest process -> number of its finding."""
    return {row.steps[-1]: row.whole.number for row in workspace.findings.page(case, limit=100) if row.whole is not None}


def processes(workspace: Workspace, finding: int, case: str = "case") -> list[int]:
    """What its incidents cover."""
    incidents = workspace.findings.incidents(case, finding)
    return [one.process_id for at in incidents for one in workspace.findings.processes(case, finding, at.place)]
