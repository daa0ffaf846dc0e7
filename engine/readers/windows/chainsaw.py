"""What tools that hunt in event logs wrap around events: hits of chainsaw, with one document or, for rules that count, several;
rules of Zircolite with what they matched.
"""

from __future__ import annotations

from typing import Any

from engine.readers.contract import Format, Record

FORMATS = (
    Format(
        slug="chainsaw",
        title="chainsaw: hunt, search and dump as JSON",
        export="chainsaw hunt LOGS -s sigma/ --mapping MAPPING --json -o hits.json; chainsaw search -e . --jsonl LOGS",
        read="the Windows events in it, as of evtx_dump",
        left_out="hits on files that are no event logs; the CSV of hunt, whose fields are one formatted text",
        source="github.com/WithSecureLabs/chainsaw",
    ),
    Format(
        slug="zircolite",
        title="Zircolite",
        export="zircolite.py --evtx LOGS --ruleset RULES -o detected_events.json",
        read="the Windows events that rules matched, whose fields stand side by side",
        left_out="events that no rule matched",
        source="github.com/wagga40/Zircolite",
        sample=False,
    ),
)


def matches(record: Record) -> list[Any] | None:
    """The events of a rule of Zircolite; None when the record is none."""
    found = record.get("matches")
    if not isinstance(found, list) or not found or not ("title" in record or "sigma" in record):
        return None
    return found if all(isinstance(one, dict) and "Channel" in one and "EventID" in one for one in found) else None


def opened(record: Record) -> list[Any] | None:
    """The events of a hit; None when the record is none."""
    document = record.get("document")
    documents = [document] if document is not None else record.get("documents")
    if not isinstance(documents, list) or not documents:
        return None
    data = [one.get("data") for one in documents if isinstance(one, dict) and one.get("kind") == "evtx"]
    return data if len(data) == len(documents) and all(isinstance(one, dict) for one in data) else None
