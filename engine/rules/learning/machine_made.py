"""What looks machine-made: texts that differ from word to word and that nobody chose."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.knowledge.locations import Zone

DIGITS = frozenset("0123456789")
HEX = DIGITS | frozenset("abcdef")
LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
B36 = DIGITS | LOWER
MIXED = B36 | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
PLAIN = LOWER | {"_"}
"""What names are written with."""
ALPHABETS = (DIGITS, HEX, LOWER, B36, MIXED)
"""From narrow to wide; a part gets the narrowest that holds it."""

SURE = 4
"""Different words that are enough for a part that nobody can have chosen. On the demo half of the forms that machines rotate
(`pip-install-…`, `cr_….tmp`) are met fewer than eight times."""
SURE_LENGTH = 5
"""Characters of such a part at least: four are a model's number as often. In directories for temporary files
one less, and numbers are drawn there, too."""
SURE_NUMBER = 3
_NAMED = re.compile("[a-z]+[0-9]+|[0-9]+[a-z]+")
TEMPORARY = frozenset({int(Zone.TEMP), int(Zone.RECYCLE)})
CALLED_TEMPORARY = frozenset({"temp", "tmp"})
LONG = 16
"""Characters that are variable without any text around them: no name is that long and of one length in a whole cluster."""


def machine_made(texts: Sequence[str]) -> bool:
    """Whether nobody chose these texts: numbers, or one length and letters and digits at random."""
    lengths = sorted(map(len, texts))
    low, high = lengths[0], lengths[-1]
    if low < 1:
        return False
    if all(DIGITS.issuperset(text) for text in texts):
        return high - low <= 8
    if high - low > 1 or not all(MIXED.issuperset(text) for text in texts):
        return False
    mixed = sum(not (text.isdigit() or text.isalpha()) for text in texts) / len(texts)
    if all(HEX.issuperset(text) for text in texts):
        return low >= 3 and mixed >= 0.5
    if all(B36.issuperset(text) for text in texts):
        return (low >= 4 and mixed >= 0.5) or (low == high >= LONG and len(set(texts)) == len(texts))
    both = sum(map(_both_cases, texts)) / len(texts)
    return low >= 5 and both >= 0.8 and low == high


def sure(texts: Sequence[str], *, temporary: bool) -> bool:
    """Whether nobody can have chosen these texts of one length, however few they are. `temporary`: all are in directories for
    temporary files; elsewhere numbers are chosen (years, models).
    """
    different = {text for text in texts if not PLAIN.issuperset(text)}
    if len(different) < SURE or not all(MIXED.issuperset(text) for text in texts):
        return False
    if all(DIGITS.issuperset(text) for text in texts):
        return temporary and len(texts[0]) >= SURE_NUMBER
    if len(texts[0]) < SURE_LENGTH - temporary:
        return False
    mixed = sum(not (text.isdigit() or text.isalpha()) or _both_cases(text) for text in different)
    if mixed < 3 or 2 * mixed < len(set(texts)):
        return False
    return drawn(sorted(different))


def drawn(texts: Sequence[str]) -> bool:
    """Whether texts of one length, or numbers, are put together as a machine draws them.

    A name, with or without a number, begins or ends with letters, in all that are alike, and has the number at one end; what a
    machine drew begins and ends with anything, and has its digits anywhere.
    """
    if all(DIGITS.issuperset(text) for text in texts):
        return True
    if 2 * sum(PLAIN.issuperset(text) or _NAMED.fullmatch(text) is not None for text in texts) > len(texts):
        return False
    return not any(all(LOWER.issuperset(text[place]) for text in texts) for place in (slice(0, 2), slice(-2, None)))


def begin_apart(texts: Sequence[str]) -> bool:
    """Whether texts begin with as many different characters as drawn ones do: no more constant beginning is in them."""
    different = set(texts)
    return len({text[:1] for text in different}) >= min(5, len(different) // 2 + 1)


def _both_cases(text: str) -> bool:
    return not (text.islower() or text.isupper())
