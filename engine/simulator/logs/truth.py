"""What was planted: labels.csv in the columns that `oddkin evaluate --labels` reads, and the stories as intrusions.json."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import IO, Any

from engine.simulator.fleet import Fleet
from engine.simulator.logs.fields import iso_text
from engine.simulator.logs.formats import LogKind
from engine.simulator.people import SimHost
from engine.simulator.processes import SimProcess

COLUMNS = (
    "file", "source", "host", "event_kind", "record_id", "guid", "pid", "ppid", "ts", "image",
    "label", "confidence", "reason", "case", "part",
)  # fmt: skip


class LabelWriter:
    """Writes one row per process record, twins included."""

    def __init__(self, stream: IO[str], fleet: Fleet) -> None:
        self._rows = csv.writer(stream, lineterminator="\n")
        self._rows.writerow(COLUMNS)
        self._names = {0: "", **{intrusion.number: intrusion.story.name for intrusion in fleet.intrusions}}
        self.attacks = 0

    def add(self, file: str, host: SimHost, kind: LogKind, record_id: str, process: SimProcess) -> None:
        """Write the label row of one record."""
        name = self._names[process.story]
        self.attacks += bool(name)
        tick = process.start_us - process.start_us % kind.tick_us
        self._rows.writerow(
            (
                file, "simulator", host.name, kind.name, record_id, process.guid if kind.has_guid else "",
                process.pid, process.ppid, iso_text(tick), process.image, "attack" if name else "background", "strong",
                f"planted: {name}, stage {process.stage + 1}" if name else "simulated everyday life", "simulation", "queue",
            )
        )  # fmt: skip


def write_stories(fleet: Fleet, path: Path, counts: dict[int, int]) -> None:
    """The planted intrusions for people: who, where, when, what, and how many process creations each left."""
    stories: list[dict[str, Any]] = [
        {
            "name": intrusion.story.name,
            "title": intrusion.story.title,
            "story": intrusion.story.text,
            "processes": counts.get(intrusion.number, 0),
            "stages": [
                {"host": host.name, "time": iso_text(time), "text": stage.text}
                for (host, time), stage in zip(intrusion.stages, intrusion.story.stages, strict=True)
            ],
        }
        for intrusion in fleet.intrusions
    ]
    plan = fleet.plan
    document = {
        "note": "Simulated for demonstration and testing; inert, and no benchmark of a detector.",
        "plan": {"hosts": plan.hosts, "days": plan.days, "seed": plan.seed, "start": plan.start.isoformat()},
        "intrusions": stories,
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
