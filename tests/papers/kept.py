"""What long commands printed: measured.json, so that the page can be made in minutes."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.papers.statement import Command

FILE = Path(__file__).with_name("measured.json")
_SEED = re.compile(r"--seed \d+")


@dataclass(frozen=True, slots=True)
class Kept:
    """One run of a long command. `seconds` of CPU; 0 where nobody counted. `prints`: as the page shows it."""

    statement: str
    command: str
    date: str
    machine: str
    seconds: float
    prints: str

    def of(self, command: Command) -> bool:
        """Whether it was this command, with any seed."""
        return _SEED.sub("", self.command) == _SEED.sub("", command.text)


def read(file: Path = FILE) -> list[Kept]:
    """All runs that are kept."""
    return [Kept(**one) for one in json.loads(file.read_text(encoding="utf-8"))]


def write(runs: list[Kept], file: Path = FILE) -> None:
    """In the order of the page."""
    text = json.dumps([asdict(one) for one in runs], indent=1, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")


def with_run(runs: list[Kept], run: Kept) -> list[Kept]:
    """With a new run in place of that of the same command for the same statement."""
    same = {(run.statement, run.command)}
    rest = [one for one in runs if (one.statement, one.command) not in same]
    return [*rest, run]
