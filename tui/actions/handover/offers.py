"""What the key of the screens offers: every format of an export and the report, told by the ending of the file's name."""

from __future__ import annotations

from dataclasses import dataclass

from engine.handover.registry import catalogued


@dataclass(frozen=True, slots=True)
class HandoverOffer:
    """One thing that can be written."""

    name: str
    title: str
    ending: str

    @property
    def is_report(self) -> bool:
        """It tells of the whole case, whatever was chosen."""
        return self.name.startswith(REPORT)


REPORT = "report-"
"""Begins the name of a form of report; what follows is the form."""
REPORTS = (
    HandoverOffer(f"{REPORT}html", "report, one HTML file", ".html"),
    HandoverOffer(f"{REPORT}md", "report, Markdown", ".md"),
)


TABLES = 2
"""Formats that come first, CSV and JSON lines."""


def offers() -> tuple[HandoverOffer, ...]:
    """In their order: tables, then the reports, then what other programs take. The next key is never far."""
    formats = tuple(HandoverOffer(one.name, one.title, one.ending) for one in catalogued().values())
    return (*formats[:TABLES], *REPORTS, *formats[TABLES:])


def of_file(file: str, offered: tuple[HandoverOffer, ...]) -> HandoverOffer:
    """The one whose ending a file's name has, the longest that fits; the first for any other."""
    plain = file.lower()
    if plain.endswith(".ndjson"):
        plain = plain.removesuffix(".ndjson") + ".jsonl"
    fitting = [one for one in offered if plain.endswith(one.ending)]
    return max(fitting, key=lambda one: len(one.ending), default=offered[0])


def renamed(file: str, offered: tuple[HandoverOffer, ...]) -> str:
    """The file's name with the ending of the offer after its own."""
    now = of_file(file, offered)
    following = offered[(offered.index(now) + 1) % len(offered)]
    stem = file[: -len(now.ending)] if file.lower().endswith(now.ending) else file
    return stem + following.ending
