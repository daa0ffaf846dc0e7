"""The filter line of triage: words a person types, to a QueueFilter and back.

    powershell                 text in the path of any step (several words: as they stand)
    verdict:malicious,benign   also v:; undecided for none; the first letters are enough
    host:WEB01                 chains that occur there
    score>2.5                  at least this score
    since:2024-03-01  until:2024-03-02T12:00   UTC
    flagged                    only above the threshold
    finding:3                  the chains of a finding
    moved:suppressed           what labels put aside; also raised, lowered
Values with blanks stand in "double quotes".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from engine.domain.verdicts import VERDICTS, Verdict
from engine.errors import UsageError
from store.queue.filter import MOVED, UNDECIDED, QueueFilter
from tui.words.words import EPOCH, when

WANTED = (*VERDICTS, UNDECIDED)
FIELDS = {
    "verdict": "verdict", "v": "verdict", "is": "verdict", "host": "host", "h": "host", "image": "image",
    "score": "score", "since": "since", "from": "since", "until": "until", "to": "until",
    "finding": "finding", "moved": "moved",
}  # fmt: skip
WORD = re.compile(r'(?:(?P<field>[A-Za-z]+)(?P<sign>>=|[:=>]))?(?:"(?P<quoted>[^"]*)"?|(?P<bare>\S+))')


def parse(text: str, host_id: Callable[[str], int]) -> QueueFilter:
    """`host_id` finds a host by its name and raises NotFound. Raises UsageError for what makes no sense."""
    found = QueueFilter()
    images: list[str] = []
    for match in WORD.finditer(text):
        value = match["quoted"] if match["quoted"] is not None else match["bare"] or ""
        named, sign = (match["field"] or "").lower(), match["sign"] or ""
        field = FIELDS.get(named)
        if not named and match["quoted"] is None and value.lower() in {"flagged", "above"}:
            found = replace(found, flagged=True)
        elif not named or field is None or (sign in {">", ">="} and field != "score"):
            # c:\windows is a path and no field.
            images.append(match["field"] + sign + value if named else value)
        elif field == "image":
            images.append(value)
        else:
            found = _with(found, field, value, host_id)
    return replace(found, image=" ".join(images)) if images else found


def _with(found: QueueFilter, field: str, value: str, host_id: Callable[[str], int]) -> QueueFilter:
    if field == "verdict":
        return replace(found, verdicts=tuple(dict.fromkeys(_verdict(word) for word in value.split(",") if word)))
    if field == "host":
        return replace(found, host_id=host_id(value))
    if field == "score":
        try:
            return replace(found, min_score=float(value))
        except ValueError:
            raise UsageError(f"{value!r} is no score; write score>2.5") from None
    if field == "finding":
        if not (value.isascii() and value.isdigit() and 0 < int(value[:12]) < 10**9):
            raise UsageError(f"{value!r} is no finding; write finding:3")
        return replace(found, finding=int(value[:12]))
    if field == "moved":
        return replace(found, moved=_moved(value))
    if field == "since":
        return replace(found, since_us=_time(value))
    return replace(found, until_us=_time(value, end=True))


def _verdict(word: str) -> str:
    wanted = word.lower().replace("-", "_")
    if wanted == "fp":
        return Verdict.FALSE_POSITIVE.word
    if wanted == "none":
        return UNDECIDED
    matching = [verdict for verdict in WANTED if verdict.startswith(wanted)]
    if len(matching) != 1:
        raise UsageError(f"{word!r} is no verdict; there are {', '.join(WANTED)}")
    return matching[0]


def _moved(word: str) -> str:
    matching = [how for how in MOVED if word and how.startswith(word.lower())]
    if len(matching) != 1:
        raise UsageError(f"Labels moved nothing {word!r}; there are {', '.join(MOVED)}")
    return matching[0]


def _time(text: str, *, end: bool = False) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no time; write 2024-03-01 or 2024-03-01T12:30") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if end and len(text) == 10:  # a day ends with its last microsecond
        moment += timedelta(days=1, microseconds=-1)
    return (moment - EPOCH) // timedelta(microseconds=1)


def words(wanted: QueueFilter, host: Callable[[int], str]) -> str:
    """The line that gives this filter; what `parse` reads back."""
    said = []
    if wanted.flagged:
        said.append("flagged")
    if wanted.finding is not None:
        said.append(f"finding:{wanted.finding}")
    if wanted.moved:
        said.append(f"moved:{wanted.moved}")
    if wanted.verdicts:
        said.append("verdict:" + ",".join(wanted.verdicts))
    if wanted.host_id is not None:
        said.append("host:" + _quoted(host(wanted.host_id)))
    if wanted.min_score is not None:
        said.append(f"score>{wanted.min_score:g}")
    for name, bound in (("since", wanted.since_us), ("until", wanted.until_us)):
        if bound is not None:
            said.append(f"{name}:{when(bound, fraction=bool(bound % 1_000_000))}")
    if wanted.image:
        said.append("image:" + _quoted(wanted.image))
    return " ".join(said)


def _quoted(text: str) -> str:
    return f'"{text}"' if not text or re.search(r"\s", text) else text
