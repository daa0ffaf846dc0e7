r"""What the words of a cluster have in common, as one pattern: `system32\*.exe`, `msi<temp>.tmp`, `microsoft.*_<version>_x64__*`.

A cluster is named by what rules make of its words, laid over each other: the commonest frame (what stands between fields), a
field that nearly all share as it is, another as `*`. Names that people chose share little more than an extension; they are
named by the directory that most of them lie in, too. One member's name would tell nothing of the others.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from engine.rules.language.expression import masked, unmasked
from engine.rules.learning.alignment import ClusterMember

SHARED = 0.75
"""Share of the words of a frame that have a field's text, for it to be said."""
PLACED = 0.5
"""Share of a cluster's words that lie in one directory, for it to be said."""
LEAST_PLACED = 0.15
TELLING = 4
"""Letters, digits and placeholders of a pattern that says enough without the directory."""
ANY = "*"
_FIELDS = re.compile(r"[0-9A-Za-z]+|[^0-9A-Za-z]")
_ANYTHING = re.compile(r"\*(?:[-_. ]?\*)+")


def pattern_of(members: Sequence[ClusterMember], made: Callable[[str], str], separator: str) -> str:
    """The pattern of a cluster's words. `made` gives what the rules make of a word or of a directory."""
    frames: dict[tuple[str, ...], list[list[str]]] = defaultdict(list)
    for member in members:
        pieces = _FIELDS.findall(masked(made(member.word)))
        frames[tuple("" if piece[0].isalnum() and piece.isascii() else piece for piece in pieces)].append(pieces)
    rows = max(frames.values(), key=len, default=[])
    text = _laid_over(rows) if 2 * len(rows) > len(members) else ANY + _extension(members)
    if sum(map(str.isalnum, text)) >= TELLING + len(_extension(members)):
        return text
    place = _place([made(member.parent) for member in members if member.parent], len(members))
    return f"{place}{separator}{text}" if place else text


def _place(parents: Sequence[str], words: int) -> str:
    """The directory that half of the words lie in, or the two; the commonest one where they lie in many."""
    common = Counter(parents).most_common(2)
    if not common or common[0][1] < LEAST_PLACED * words:
        return ""
    if len(common) > 1 and common[0][1] < PLACED * words <= common[0][1] + common[1][1]:
        return f"{{{common[0][0]},{common[1][0]}}}"
    return common[0][0]


def _laid_over(rows: Sequence[Sequence[str]]) -> str:
    """Fields that nearly all rows share, the others as `*`."""
    out = []
    for values in zip(*rows, strict=True):
        text, count = Counter(values).most_common(1)[0]
        out.append(unmasked(text) if count >= SHARED * len(rows) else ANY)
    return _ANYTHING.sub(ANY, "".join(out))


def _extension(members: Sequence[ClusterMember]) -> str:
    """That nearly all words have, with its dot; "" for none."""
    found = Counter(dot + end for _, dot, end in (member.word.rpartition(".") for member in members) if dot and len(end) <= 4)
    text, count = found.most_common(1)[0] if found else ("", 0)
    return text if count >= SHARED * len(members) else ""
