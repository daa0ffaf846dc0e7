"""The filter line, one language for Triage's queue and Tree's search: words a person types, to a filter and back.

    powershell                 text; several words: as they stand in the path of a step (queue), each anywhere (processes)
    image:cmd.exe              text in the path of a step, of the image
    verdict:malicious,benign   also v:, is:; undecided for none; the first letters are enough
    host:WEB01                 also h:; of the queue the whole name, of processes a part of it
    score>2.5                  at least this score
    since:2024-03-01           also after:, from:; a day from its beginning
    until:2024-03-02           also to:; a day to its end
    before:2024-03-02          a day from its beginning is none of it
    flagged                    also above: only above the threshold
    finding:3                  the chains of a finding
    moved:suppressed           what labels put aside; also raised, lowered
    cmd:-enc                   also command:; text in the command line
    user:ann  pid:4711         of a process
Values with blanks stand in "double quotes". A key has one meaning wherever it is known; where it cannot be asked it is text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from engine.domain.verdicts import VERDICTS
from engine.errors import UsageError
from store.processes.search import ProcessFilter
from store.queue.filter import MOVED, UNDECIDED, QueueFilter
from tui.actions import verdict_words
from tui.words.words import EPOCH, when

WANTED = (*VERDICTS, UNDECIDED)
FIELDS = {
    "verdict": "verdict", "v": "verdict", "is": "verdict", "host": "host", "h": "host", "image": "image",
    "score": "score", "since": "since", "after": "since", "from": "since", "until": "until", "to": "until", "before": "before",
    "finding": "finding", "moved": "moved", "cmd": "command", "command": "command", "user": "user", "pid": "pid",
}  # fmt: skip
"""Key -> what it means."""
QUEUE = frozenset({"verdict", "host", "image", "score", "since", "until", "before", "finding", "moved"})
PROCESSES = frozenset({"image", "command", "user", "host", "pid", "since", "until", "before"})
FLAGGED = ("flagged", "above")
EXAMPLES = "words  image:cmd.exe  cmd:-enc  user:ann  host:web01  pid:4711  after:2026-03-01  before:2026-03-01T12:30"
WORD = r'(?:(?P<key>[A-Za-z]+)(?P<sign>%s))?(?:"(?P<quoted>[^"]*)"?|(?P<bare>\S+))'
OF_QUEUE = re.compile(WORD % ">=|[:=>]")
OF_PROCESSES = re.compile(WORD % ":")
"""In a command line `name=value` is text like any other."""
DAY = 10
"""Characters of a time that names no more than a day, at most."""


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a line."""

    field: str
    """What its key means; "" for text."""
    value: str
    text: str
    """The whole of it, as text: key and sign too where they are no key here."""
    quoted: bool = False


def terms(line: str, word: re.Pattern[str], known: frozenset[str], *, quotes: bool) -> Iterator[Term]:
    """The words of a line. A key outside `known` is text, and so is the letter of a drive.

    `quotes`: text behind a key that is none keeps its quotation marks, as command lines have them.
    """
    for match in word.finditer(line):
        quoted = match["quoted"] is not None
        value, key, sign = match["quoted"] if quoted else match["bare"], match["key"] or "", match["sign"] or ""
        field = FIELDS.get(key.lower(), "")
        drive = len(key) == 1 and sign == ":" and value[:1] in {"\\", "/"}
        # Only a score is compared.
        if field in known and not drive and (field == "score" or sign not in {">", ">="}):
            yield Term(field, value, match[0], quoted)
        elif text := match[0] if key and quotes else key + sign + value:
            yield Term("", value, text, quoted)


def parse(text: str, host_id: Callable[[str], int]) -> QueueFilter:
    """Which chains are wanted. `host_id` finds a host by its name or raises NotFound. Raises UsageError for what is none."""
    found = QueueFilter()
    images: list[str] = []
    for term in terms(text, OF_QUEUE, QUEUE, quotes=False):
        if not term.field and not term.quoted and term.text.lower() in FLAGGED:
            found = replace(found, flagged=True)
        elif term.field in {"", "image"}:
            images.append(term.value if term.field else term.text)
        else:
            found = _with(found, term, host_id)
    return replace(found, image=" ".join(images)) if images else found


def _with(found: QueueFilter, term: Term, host_id: Callable[[str], int]) -> QueueFilter:
    value = term.value
    if term.field == "verdict":
        return replace(found, verdicts=tuple(dict.fromkeys(_verdict(word) for word in value.split(",") if word)))
    if term.field == "host":
        return replace(found, host_id=host_id(value))
    if term.field == "score":
        return replace(found, min_score=_score(value))
    if term.field == "finding":
        return replace(found, finding=_finding(value))
    if term.field == "moved":
        return replace(found, moved=_moved(value))
    bound = moment(value, UTC, end=term.field == "until")
    return replace(found, since_us=bound) if term.field == "since" else replace(found, until_us=bound)


def processes(text: str, zone: tzinfo = UTC) -> ProcessFilter:
    """Which processes are wanted; times without a zone are in `zone`. Raises UsageError for a time or number that is none."""
    found = ProcessFilter()
    for term in terms(text, OF_PROCESSES, PROCESSES, quotes=True):
        if term.field == "pid":
            found = replace(found, pid=_pid(term.value))
        elif term.field == "since":
            found = replace(found, since_us=moment(term.value, zone))
        elif term.field in {"until", "before"}:
            found = replace(found, until_us=moment(term.value, zone, end=term.field == "until"))
        elif term.field:
            asked: dict[str, Any] = {term.field: term.value}
            found = replace(found, **asked)
        else:
            found = replace(found, texts=(*found.texts, term.text))
    return found


def _verdict(word: str) -> str:
    try:
        return verdict_words.wanted([word], begun=True)[0]
    except UsageError:
        raise UsageError(f"{word!r} is no verdict; there are {', '.join(WANTED)}") from None


def _score(value: str) -> float:
    try:
        least = float(value)
    except ValueError:
        least = math.nan
    if not math.isfinite(least):
        raise UsageError(f"{value!r} is no score; write score>2.5")
    return least


def _finding(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 0 < int(value[:12]) < 10**9):
        raise UsageError(f"{value!r} is no finding; write finding:3")
    return int(value[:12])


def _moved(word: str) -> str:
    matching = [how for how in MOVED if word and how.startswith(word.lower())]
    if len(matching) != 1:
        raise UsageError(f"Labels moved nothing {word!r}; there are {', '.join(MOVED)}")
    return matching[0]


def _pid(value: str) -> int:
    try:
        number = int(value, 0)
    except ValueError:
        number = -1
    if not 0 <= number < 2**32:
        raise UsageError(f"{value!r} is no process id.", remedy="Write pid:4711 or pid:0x1267.")
    return number


def moment(text: str, zone: tzinfo, *, end: bool = False) -> int:
    """Microseconds since 1970; `end`: of a day its last one. Raises UsageError."""
    try:
        found = datetime.fromisoformat(text)
        found = found if found.tzinfo else found.replace(tzinfo=zone)
        if end and len(text) <= DAY:
            found += timedelta(days=1, microseconds=-1)
        return (found - EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no time; write 2026-03-01 or 2026-03-01T12:30") from None


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
