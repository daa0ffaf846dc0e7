"""A small forest with a wide part, a deep part, hostile text, and scores that are arithmetic."""

from __future__ import annotations

from engine.domain.records import ProcessEvent
from store.base import ids
from tests.store.samples import HOSTILE, event, fill
from tests.tui.screens.fixed_models import two_models
from tui.runtime.services import Services

CASE = "demo"
WIDE, DEEP = 700, 60
WIDE_PARENT, DEEP_TOP, LONELY = 2, 1001, 3
IMAGES = ("smss.exe", "csrss.exe", "wininit.exe", "services.exe", "lsass.exe", "svchost.exe", "spoolsv.exe")


def events() -> list[ProcessEvent]:
    """WEB01: 1 starts 2 and 3; 2 starts 100 … 799; 1001 … 1060 start one another. WEB02: hostile text only."""
    base = "C:\\Windows\\System32\\"
    found = [
        event(1, image=base + "smss.exe"),
        event(2, 1, image=base + "services.exe"),
        event(3, 1, image=base + "lsass.exe"),
    ]
    found += [event(100 + number, 2, image=base + "svchost.exe", user=f"CORP\\user{number % 3}") for number in range(WIDE)]
    found += [
        event(DEEP_TOP + number, None if number == 0 else DEEP_TOP + number - 1, image=base + IMAGES[number % 7])
        for number in range(DEEP)
    ]
    found.append(
        event(2000, 150, image="C:\\Users\\ann\\AppData\\Local\\Temp\\mimi.exe", command_line="mimi.exe sekurlsa::logonpasswords")
    )
    found += [
        event(number, None, host="WEB02", image=f"C:\\Temp\\{text}.exe", command_line=text or None, user=text or None, cwd=text)
        for number, text in enumerate(HOSTILE, start=3000)
    ]
    return found


def forest(services: Services) -> Services:
    """Fill the workspace and score it."""
    fill(services.workspace, events(), case=CASE)
    services.case = CASE
    two_models(services)
    return services


def pid_id(services: Services, pid: int) -> int:
    """Id of the process with this pid."""
    (found,) = services.workspace.processes.find(CASE, pid=pid)
    return found.id


def host_row(services: Services, name: str) -> int:
    """Id of a host's row."""
    return ids.base(services.workspace.cases.host_id(CASE, name))
