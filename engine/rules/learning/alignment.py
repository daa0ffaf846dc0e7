"""From the words of one cluster to shapes: constant text around parts that machines filled in.

A word is a row of fields (runs of letters and digits) and what stands between them. Words of a cluster with the same frame
are laid over each other; a field that differs from word to word is a variable part if what fills it looks machine-made (one
length, one alphabet, letters and digits mixed), and a name to be kept otherwise.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.rules.language.expression import quoted, unmasked
from engine.rules.language.nodes import class_text

DIGITS = frozenset("0123456789")
HEX = DIGITS | frozenset("abcdef")
LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
B36 = DIGITS | LOWER
MIXED = B36 | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
ALPHABETS = (DIGITS, HEX, LOWER, B36, MIXED)
"""From narrow to wide; a part gets the narrowest that holds it."""

FEW = 4
"""Values of a field that are listed instead of being taken for variable."""
FAN = 9
"""Different next characters at which the constant beginning of a field ends: there are ten digits and sixteen hex digits."""
LONG = 16
"""Characters that are variable without any text around them: no name is that long and of one length in a whole cluster."""
_FIELDS = re.compile(r"[0-9A-Za-z]+|[^0-9A-Za-z]")
_EXTENSION = re.compile(r"\.(?:exe|dll|com|scr|bat|cmd|msi|ps1|sys)\Z")


@dataclass(frozen=True, slots=True)
class ClusterMember:
    """A word of a cluster, masked, and where it stood."""

    text: str
    word: str
    """As it was before any recognised kind was replaced."""
    parent: str
    name: bool
    zone: int


@dataclass(slots=True)
class Shape:
    """One variable part with the text around it. Merged from several groups: texts are alternatives."""

    before: frozenset[str]
    after: frozenset[str]
    chars: frozenset[str]
    low: int
    high: int
    starts: bool
    """`before` begins the word."""
    ends: bool
    under: frozenset[str]
    members: list[ClusterMember] = field(default_factory=list)
    clusters: Counter[int] = field(default_factory=Counter)

    @property
    def expression(self) -> str:
        """As engine.rules.language.expression writes it."""
        count = f"{{{self.low}}}" if self.low == self.high else f"{{{self.low},{self.high}}}"
        count = "" if self.low == self.high == 1 else count
        left = ("^" if self.starts else "") + _alternatives(self.before)
        right = _alternatives(self.after) + ("$" if self.ends else "")
        if not self.starts and not any(self.before):
            left = "(?<![0-9A-Za-z])"
        if not self.ends and not any(self.after):
            right = "(?![0-9A-Za-z])"
        return f"{left}({class_text(self.chars)}{count}){right}"

    @property
    def anchored(self) -> bool:
        """Whether something besides the part itself says what it is: text, a placeholder, a directory, or its mere length."""
        if self.under or (self.low >= LONG and self.chars != DIGITS):
            return True
        return all(map(_telling, self.before)) or all(map(_telling, self.after))


def _telling(text: str) -> bool:
    """Two letters or digits, a `$` or a placeholder; an extension of programs tells nothing."""
    plain = _EXTENSION.sub("", text)
    return len(re.sub(r"[^0-9A-Za-z]", "", plain)) >= 2 or "$" in plain or any(ord(char) >= 0xF0000 for char in plain)


def _alternatives(texts: frozenset[str]) -> str:
    if texts == {""}:
        return ""
    if len(texts) == 1:
        return quoted(unmasked(next(iter(texts))))
    options = "|".join(quoted(unmasked(text)) for text in sorted(texts - {""}, key=lambda text: (-len(text), text)))
    return f"(?:{options})" + ("?" if "" in texts else "")


def shapes_of(cluster: int, members: Sequence[ClusterMember], least: int) -> list[Shape]:
    """Shapes with at least `least` different words in one cluster."""
    groups: dict[tuple[str, ...], list[tuple[list[str], ClusterMember]]] = defaultdict(list)
    for member in members:
        pieces = _FIELDS.findall(member.text)
        frame = tuple("" if piece[0].isalnum() and piece.isascii() else piece for piece in pieces)
        groups[frame].append((pieces, member))
    found: list[Shape] = []
    for frame, rows in groups.items():
        if len(rows) >= least:
            found += _of_group(cluster, frame, rows, least)
    return found


def _of_group(cluster: int, frame: tuple[str, ...], rows: list[tuple[list[str], ClusterMember]], least: int) -> list[Shape]:
    values = [Counter(pieces[at] for pieces, _ in rows) for at in range(len(frame))]
    few = [(len(seen) <= FEW and len(seen) * least <= len(rows)) or len(seen) == 1 for seen in values]
    found: list[Shape] = []
    for at, piece in enumerate(frame):
        if piece or few[at]:
            continue
        before, starts = _context(values, few, range(at - 1, -1, -1))
        if any(text.endswith("__") for text in before):
            continue  # what stands behind two underscores is who signed or published a component: an identity, kept
        after, ends = _context(values, few, range(at + 1, len(frame)))
        for start, end, part in _split([(pieces[at], member) for pieces, member in rows], least):
            if not _machine_made([text for text, _ in part]):
                continue
            lengths = [len(text) for text, _ in part]
            chars = next(one for one in ALPHABETS if all(one.issuperset(text) for text, _ in part))
            shape = Shape(
                frozenset(text + start for text in before), frozenset(end + text for text in after), chars, min(lengths),
                max(lengths), starts, ends, frozenset(), [member for _, member in part], Counter({cluster: len(part)}),
            )  # fmt: skip
            if not shape.anchored and starts and ends:
                shape.under = _parents(shape.members)
            if shape.anchored:
                found.append(shape)
    return found


def _context(values: list[Counter[str]], few: list[bool], places: range) -> tuple[frozenset[str], bool]:
    """Texts next to a field, as far as they are constant or one of few; and whether that is all up to the word's edge."""
    texts = {""}
    backward = places.step < 0
    for at in places:
        if not few[at] or len(texts) * len(values[at]) > 24:
            return frozenset(texts), False
        texts = {piece + text if backward else text + piece for text in texts for piece in values[at]}
    return frozenset(texts), True


def _split(rows: list[tuple[str, ClusterMember]], least: int) -> list[tuple[str, str, list[tuple[str, ClusterMember]]]]:
    """Divide a field's values by their constant beginnings: (beginning, end, what is left in between with its member)."""
    out: list[tuple[str, str, list[tuple[str, ClusterMember]]]] = []
    waiting = [("", rows)]
    while waiting:
        start, part = waiting.pop()
        if len({text for text, _ in part}) < least:
            continue
        following: dict[str, list[tuple[str, ClusterMember]]] = defaultdict(list)
        for text, member in part:
            following[text[len(start) : len(start) + 1]].append((text, member))
        if "" in following or len(following) >= FAN or (len(following) > 1 and DIGITS.issuperset(following)):
            rest = [text[len(start) :] for text, _ in part]
            end = _common_end(rest)
            cut = len(end)
            out.append((start, end, [(text[len(start) : len(text) - cut], member) for text, member in part]))
            continue
        waiting += [(start + char, group) for char, group in following.items()]
    return out


def _common_end(texts: Sequence[str]) -> str:
    """Letters that all end in, leaving at least one character of each."""
    shortest = min(map(len, texts))
    size = 0
    while size < shortest - 1 and len({text[-size - 1] for text in texts}) == 1 and texts[0][-size - 1] not in DIGITS:
        size += 1
    # One letter is chance: words are in one cluster because they end alike.
    return texts[0][len(texts[0]) - size :] if size > 1 else ""


def _machine_made(texts: Sequence[str]) -> bool:
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
    both = sum(not (text.islower() or text.isupper()) for text in texts) / len(texts)
    return low >= 5 and both >= 0.8 and low == high


def _parents(members: Sequence[ClusterMember]) -> frozenset[str]:
    """The few directories in which nearly all of them lie; none when they lie everywhere."""
    seen = Counter(member.parent for member in members if member.parent)
    chosen = [parent for parent, _ in seen.most_common(FEW)]
    return frozenset(chosen) if sum(seen[parent] for parent in chosen) >= 0.95 * len(members) else frozenset()


def merged(shapes: Sequence[Shape]) -> list[Shape]:
    """Shapes of all clusters, those of one language as one: same part and one side alike, the other sides as alternatives."""
    by_after = _joined(shapes, lambda one: (one.chars, _lengths(one), one.after, one.starts, one.ends, one.under))
    by_before = _joined(by_after, lambda one: (one.chars, _lengths(one), one.before, one.starts, one.ends, one.under))
    widened = [_widened(one) for one in by_before]
    again = _joined(widened, lambda one: (one.chars, _lengths(one), one.before, one.starts, one.ends, one.under))
    return _joined(again, lambda one: (one.chars, _lengths(one), one.after, one.starts, one.ends, one.under))


def _lengths(shape: Shape) -> tuple[int, int]:
    """Numbers of any length are one language."""
    return (0, 0) if shape.chars == DIGITS else (shape.low, shape.high)


def _joined(shapes: Sequence[Shape], key: object) -> list[Shape]:
    assert callable(key)
    groups: dict[object, list[Shape]] = defaultdict(list)
    for shape in shapes:
        groups[key(shape)].append(shape)
    out = []
    for group in groups.values():
        first = group[0]
        clusters: Counter[int] = Counter()
        for one in group:
            clusters.update(one.clusters)
        out.append(
            Shape(
                frozenset().union(*(one.before for one in group)), frozenset().union(*(one.after for one in group)), first.chars,
                min(one.low for one in group), max(one.high for one in group), first.starts, first.ends, first.under,
                [member for one in group for member in one.members], clusters,
            )
        )  # fmt: skip
    return out


LISTED = 3
"""Alternatives that name products and not the maker of the part, when all share a telling end: the end alone is kept."""


def _widened(shape: Shape) -> Shape:
    """Leave away what is not needed to know the part: names of products before a placeholder or before a long part."""
    before, after, starts, ends = shape.before, shape.after, shape.starts, shape.ends
    if len(before) > LISTED:
        common = _common(before, last=True)
        if _telling(common) or shape.low >= LONG:
            before, starts = frozenset({common}), starts and common in shape.before
    if len(after) > LISTED:
        common = _common(after, last=False)
        if _telling(common) or shape.low >= LONG:
            after, ends = frozenset({common}), ends and common in shape.after
    return Shape(before, after, shape.chars, shape.low, shape.high, starts, ends, shape.under, shape.members, shape.clusters)


def _common(texts: frozenset[str], *, last: bool) -> str:
    """The longest text that all end (or begin) with, cut so that no field is cut in two."""
    ordered = sorted(texts)
    size = 0
    shortest = min(map(len, ordered))
    while size < shortest and len({text[-size - 1] if last else text[size] for text in ordered}) == 1:
        size += 1
    common = (ordered[0][len(ordered[0]) - size :] if size else "") if last else ordered[0][:size]
    while common and any(
        text != common and (common[0] if last else common[-1]).isalnum() and _neighbour(text, common, last).isalnum()
        for text in ordered
    ):
        common = common[1:] if last else common[:-1]
    return common


def _neighbour(text: str, common: str, last: bool) -> str:
    place = len(text) - len(common) - 1 if last else len(common)
    return text[place : place + 1] if 0 <= place < len(text) else ""
