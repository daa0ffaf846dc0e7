"""The keys of the filter language: what their values are, and what is said where somebody types another."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum

from engine.domain.marks import LEVELS
from engine.domain.verdicts import VERDICTS, Verdict


class KeyKind(Enum):
    """What the values of a key are."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its name, what it asks of a process."""

    name: str
    kind: KeyKind
    meaning: str
    example: str
    words: tuple[str, ...] = ()
    """Of a key of words: all there are."""
    compared: bool = False
    """Whether > and < may stand in place of the colon."""
    scored: bool = False
    """Whether it asks what a ranking says: where nothing was ranked it is true of nothing."""


UNDECIDED = "undecided"
NONE = "none"
"""How people write UNDECIDED."""
ODD, CONTEXT, RELATED, FLAGGED, HIDDEN = "odd", "context", "related", "flagged", "hidden"
MOVES = ("suppressed", "raised", "lowered")
"""What verdicts did to a chain."""
GOOD, BAD = "good", "bad"
"""What lists of hashes say of a program."""
SPELLINGS = {"fp": Verdict.FALSE_POSITIVE.word, "open": Verdict.UNDETERMINED.word, UNDECIDED: NONE}
"""Further words for a verdict."""

KEYS = {
    key.name: key
    for key in (
        Key("image", KeyKind.TEXT, "the program's path", "image:cmd.exe"),
        Key("cmd", KeyKind.TEXT, "the command line", "cmd:/curl|wget/"),
        Key("user", KeyKind.TEXT, "the account", "user:root"),
        Key("host", KeyKind.TEXT, "the host's name", "host:web01,db01"),
        Key("pid", KeyKind.NUMBER, "the process id", "pid:4711"),
        Key("hash", KeyKind.TEXT, "the program's hashes", "hash:9f86d081"),
        Key("known", KeyKind.WORD, "what lists of hashes say of the program", "known:bad", (GOOD, BAD)),
        Key("sigma", KeyKind.TEXT, "title, id or technique of a rule that marks it", "sigma:mimikatz"),
        Key("level", KeyKind.WORD, "the level of a mark, none for none at all", "level:high", (*LEVELS, NONE)),
        Key("parent", KeyKind.TEXT, "the path of the program that started it", "parent:w3wp"),
        Key("session", KeyKind.TEXT, "the log-on session", "session:0x3e7"),
        Key("note", KeyKind.TEXT, "the note of the verdict that counts for it", "note:backup"),
        Key("tag", KeyKind.TEXT, "a tag in that note, a word that begins with #", "tag:T1105"),
        Key(
            "technique", KeyKind.TEXT, "an ATT&CK id that the model's reasons name for its chain", "technique:T1105", scored=True
        ),
        Key("verdict", KeyKind.WORD, "the verdict that counts for it", "verdict:none", (*VERDICTS, NONE)),
        Key(
            "is",
            KeyKind.WORD,
            "what the model or the verdicts say",
            "is:odd",
            (ODD, CONTEXT, RELATED, FLAGGED, HIDDEN, *MOVES),
            scored=True,
        ),
        Key("time", KeyKind.TIME, "when it began", "time:18:17±5m"),
        Key("after", KeyKind.TIME, "began then or later", "after:03-03T12:00"),
        Key("before", KeyKind.TIME, "began earlier", "before:03-04"),
        Key("score", KeyKind.NUMBER, "the score", "score>4", compared=True, scored=True),
        Key("n", KeyKind.NUMBER, "processes of the finding, or of the chain", "n>50", compared=True, scored=True),
        Key("finding", KeyKind.NUMBER, "the finding that covers it", "finding:3", scored=True),
        Key("exception", KeyKind.NUMBER, "the exception that covers it, if it is odd", "exception:3", scored=True),
    )
}
"""By name, in the order in which they are offered."""
FORMER = {
    "since": "Write after:…", "from": "Write after:…", "to": "Write before:… (a day itself is then left out)",
    "until": "Write before:… (a day itself is then left out)", "moved": "Write is:suppressed, is:raised or is:lowered",
    "v": "Write verdict:…", "h": "Write host:…", "command": "Write cmd:…",
}  # fmt: skip
"""Keys of the language before this one -> what is written now."""
PLAIN = {"flagged": "is:flagged", "above": "is:flagged"}
"""Words that were no text in the language before; now they are, and this is what they meant."""
NEAR = 0.5
"""How alike a key has to be spelled to be proposed (difflib's ratio)."""


def unknown(name: str, sign: str = ":") -> str:
    """What is said of a key that is none."""
    if name in FORMER:
        return f"There is no {name}{sign}. {FORMER[name]}"
    known = [key for key, told in KEYS.items() if told.compared or sign == ":"]
    began = [key for key in known if key.startswith(name) or (name.startswith(key) and len(key) > 1)]
    near = began or get_close_matches(name, known, 1, NEAR)
    if near:
        return f"There is no {name}{sign}. Did you mean {near[0]}{sign}?"
    return f'There is no {name}{sign}. There are {" ".join(known)}; text with a colon stands in "quotes"'
