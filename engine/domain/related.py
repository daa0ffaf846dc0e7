"""Two processes of which one had the other started: on another host, or later on its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RemoteStart(StrEnum):
    """How one had the other started. The words are stored: never rename."""

    PSEXEC = "psexec"
    SERVICE = "service"
    WMI = "wmi"
    WINRM = "winrm"
    DCOM = "dcom"
    TASK = "task"
    SSH = "ssh"
    PERSISTENCE = "persistence"
    """On the same host: an entry that the one wrote starts the other later."""
    AGAIN = "again"
    """On the same host: what started the one started the same command again."""


@dataclass(frozen=True, slots=True)
class End:
    """One of the two, as far as its record tells of it. Texts are as recorded, hostile ones too."""

    process: int
    """Key in the store."""
    host: int
    """Key in the store."""
    incident: int
    """Number of the incident that covers it."""
    finding: int
    """Number of the finding that the incident is one of."""
    time_us: int
    image: str
    command: str
    user: str = ""
    original_name: str = ""
    parent: int = 0
    """Key of its parent; siblings have one."""
    below: str = ""
    """Image of its parent, "" where no record tells."""
    above: str = ""
    """Image of the parent's parent."""


@dataclass(frozen=True, slots=True)
class RelatedStart:
    """One start whose two ends are known. Their incidents stay two."""

    from_process: int
    to_process: int
    how: RemoteStart
    evidence: tuple[str, ...]
    """Short sentences, what was matched first. They have log text in them."""
