"""Whether a file name looks as if nobody had chosen it.

Letter pairs are judged against the names of the role tables (more than five thousand real ones), so nothing is fitted to
recordings. It is a hint, never proof: abbreviations of languages other than English score like noise, hence the low
weight that callers give it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from itertools import pairwise

from engine.knowledge.roles import known_stems

_SHORTEST = 6
_LIMIT = -3.55
"""Mean log-probability per letter pair below which a name is noise: under 1 % of the known names lie below it, and more
than four in five of random lower-case strings of eight letters do."""

_HEX = re.compile(r"(?=.*[0-9])(?=.*[a-f])[0-9a-f]{8,}")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{7,}")
_SWITCH = re.compile(r"(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
_ENDING = re.compile(r"[-_.]?(x64|x86|amd64|arm64|win32|win64|v?[0-9.]+)$")


def looks_random(stem: str) -> bool:
    """Judge a lower-case name without extension. Names under six characters never look random: too little to tell."""
    text = _ENDING.sub("", stem.split(".", maxsplit=1)[0][:64])
    if len(text) < _SHORTEST or not text.isascii():
        return bool(_HEX.fullmatch(stem)) and len(stem) >= 8
    if _HEX.fullmatch(text):
        return True
    letters = re.sub(r"[^a-z]", "", text)
    words = re.findall(r"[a-z]{5,}", text)
    if words and len(letters) >= 8 and not any(re.search(r"[aeiouy]", word) for word in words):
        return True
    if len(_SWITCH.findall(text)) >= 4 and not re.search(r"[-_ ]", text):
        return True
    return len(letters) >= 7 and (bool(_CONSONANTS.search(text)) or pair_score(letters) < _LIMIT)


def pair_score(letters: str) -> float:
    """Mean log-probability of each letter given the one before, under the names of the tables (add-one smoothing)."""
    pairs, firsts = _counts()
    total = sum(math.log((pairs[a + b] + 1) / (firsts[a] + 26)) for a, b in pairwise(letters))
    return total / max(len(letters) - 1, 1)


@cache
def _counts() -> tuple[Counter[str], Counter[str]]:
    pairs: Counter[str] = Counter()
    for name in known_stems():
        for word in re.findall(r"[a-z]+", name):
            pairs.update(a + b for a, b in pairwise(word))
    firsts: Counter[str] = Counter()
    for pair, count in pairs.items():
        firsts[pair[0]] += count
    return pairs, firsts
