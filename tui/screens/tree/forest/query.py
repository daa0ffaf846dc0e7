"""The language of the tree's search line: words, and `key:value` pairs. Never fails on text that looks like Windows paths."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from engine.errors import UsageError
from store.processes.search import ProcessFilter
from tui.words.words import EPOCH

TOKEN = re.compile(r'(?:(?P<key>[a-z]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<word>\S+))', re.IGNORECASE)
TEXT_KEYS = {"image": "image", "cmd": "command", "command": "command", "user": "user", "host": "host"}
SINCE_KEYS = {"after", "since", "from"}
UNTIL_KEYS = {"before", "until", "to"}
EXAMPLES = "words  image:cmd.exe  cmd:-enc  user:ann  host:web01  pid:4711  after:2026-03-01  before:2026-03-01T12:30"


def parse(text: str, zone: tzinfo = UTC) -> ProcessFilter:
    """What is asked for; times without a zone are in `zone`. Raises UsageError for a time or number that is none."""
    wanted = ProcessFilter()
    for found in TOKEN.finditer(text):
        key = (found.group("key") or "").lower()
        value = found.group("quoted") if found.group("quoted") is not None else found.group("word")
        if key in TEXT_KEYS:
            wanted = replace(wanted, **_text(key, value))
        elif key == "pid":
            wanted = replace(wanted, pid=_number(value))
        elif key in SINCE_KEYS:
            wanted = replace(wanted, since_us=moment(value, zone))
        elif key in UNTIL_KEYS:
            wanted = replace(wanted, until_us=moment(value, zone))
        elif found.group(0).strip('"'):
            # `c:\windows` is a word, whatever the colon suggests.
            wanted = replace(wanted, texts=(*wanted.texts, value if not key else found.group(0)))
    return wanted


def _text(key: str, value: str) -> dict[str, Any]:
    return {TEXT_KEYS[key]: value}


def _number(value: str) -> int:
    try:
        number = int(value, 0)
    except ValueError:
        number = -1
    if not 0 <= number < 2**32:
        raise UsageError(f"{value!r} is no process id.", remedy="Write pid:4711 or pid:0x1267.")
    return number


def moment(value: str, zone: tzinfo) -> int:
    """Microseconds since 1970."""
    try:
        told = datetime.fromisoformat(value)
        return ((told if told.tzinfo else told.replace(tzinfo=zone)) - EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise UsageError(f"{value!r} is no time.", remedy="Write 2026-03-01 or 2026-03-01T12:30:00.") from None
