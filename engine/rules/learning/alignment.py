"""From the words of one cluster to shapes: constant text around parts that machines filled in.

A word is a row of fields (runs of letters and digits) and what stands between them. Words of a cluster with the same frame
are laid over each other; a field that differs from word to word is a variable part if what fills it looks machine-made (one
length, one alphabet, letters and digits mixed), and a name to be kept otherwise.

The constant beginning of a field is found by walking down the tree of its values: where what follows looks machine-made, as a
whole or the part of it that has one length, that is the variable part; else the walk goes on below each next letter. Eight
words are asked for, as chance makes fewer look alike; four where nobody can have chosen what differs (`sure`).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from engine.rules.language.expression import quoted, unmasked
from engine.rules.language.nodes import class_text
from engine.rules.learning.machine_made import (
    ALPHABETS,
    B36,
    CALLED_TEMPORARY,
    DIGITS,
    LONG,
    MIXED,
    PLAIN,
    SURE,
    TEMPORARY,
    begin_apart,
    drawn,
    machine_made,
    sure,
)

FEW = 4
"""Values of a field that are listed instead of being taken for variable."""
FAN = 9
"""Different next characters at which the constant beginning of a field ends: there are ten digits and sixteen hex digits."""
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
    sure: bool = False
    """Learnt from as few as SURE words, because nobody can have chosen them: then only texts that nobody can have chosen match,
    those with a digit or, where capitals survive folding, with a capital in them."""

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
        return f"{left}{self._mixed}({class_text(self.chars)}{count}){right}"

    @property
    def _mixed(self) -> str:
        """A look ahead for a digit or a capital: always where capitals survive, as hardly any drawn text has neither."""
        plain, telling = self.chars & PLAIN, self.chars - PLAIN
        asked = plain and (self.sure or self.chars == MIXED)
        return f"(?={class_text(plain)}{{0,{self.high - 1}}}{class_text(telling)})" if asked else ""

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


Split = tuple[list[str], ClusterMember]
"""A word in pieces: fields, and what stands between them."""


def shapes_of(cluster: int, members: Sequence[ClusterMember], least: int) -> list[Shape]:
    """Shapes with at least `least` different words in one cluster, sure ones with at least SURE."""
    groups: dict[tuple[str, ...], list[Split]] = defaultdict(list)
    for member in members:
        pieces = _FIELDS.findall(member.text)
        frame = tuple("" if piece[0].isalnum() and piece.isascii() else piece for piece in pieces)
        groups[frame].append((pieces, member))
    found: list[Shape] = []
    for frame, rows in groups.items():
        if len(rows) < SURE:
            continue
        places = [at for at, piece in enumerate(frame) if not piece]
        whole = _of_group(cluster, frame, rows, least, places, beyond=False)
        found += whole
        explained = {member.word for shape in whole for member in shape.members}
        rest = [row for row in rows if row[1].word not in explained]
        for at in places:
            for alike in _alike(rest, at):
                found += _of_group(cluster, frame, alike, least, [at], beyond=True)
    for shape in found:
        _take_in_underscores(shape, members)
    return found


def _take_in_underscores(shape: Shape, members: Sequence[ClusterMember]) -> None:
    """Python draws names of letters, digits and underscores: those with one in them have another frame, and are alike."""
    if shape.chars != B36 or not (shape.starts and shape.ends):
        return
    for before, after in product(shape.before, shape.after):
        for member in members:
            text = member.text[len(before) : len(member.text) - len(after)]
            if (
                "_" in text and shape.low <= len(text) <= shape.high and (B36 | {"_"}).issuperset(text)
                and not PLAIN.issuperset(text) and member.text == before + text + after
            ):  # fmt: skip
                shape.chars = B36 | {"_"}
                shape.members.append(member)


def _alike(rows: list[Split], at: int) -> Iterator[list[Split]]:
    """Words that differ in the field `at` and in values that hardly any word has: `cr_….tmp` apart from `edgemitmp_….tmp` and
    from a helper's `identity_….exe`, whose frame is the same.
    """
    counts = [Counter(pieces[place] for pieces, _ in rows) for place in range(len(rows[0][0]))] if len(rows) >= SURE else []
    groups: dict[tuple[str, ...], list[Split]] = defaultdict(list)
    for row in rows if counts else ():
        values = enumerate(row[0])
        groups[tuple("" if place == at or counts[place][value] < SURE else value for place, value in values)].append(row)
    yield from (group for group in groups.values() if SURE <= len(group) < len(rows))


def _of_group(
    cluster: int, frame: tuple[str, ...], rows: list[Split], least: int, places: Sequence[int], *, beyond: bool
) -> list[Shape]:  # fmt: skip
    """Shapes whose variable part is one of some fields."""
    values = [Counter(pieces[at] for pieces, _ in rows) for at in range(len(frame))]
    few = [(len(seen) <= FEW and len(seen) * least <= len(rows)) or len(seen) == 1 for seen in values]
    found: list[Shape] = []
    for at in places:
        if few[at]:
            continue
        before, starts = _context(values, few, range(at - 1, -1, -1))
        if any(text.endswith("__") for text in before):
            continue  # what stands behind two underscores is who signed or published a component: an identity, kept
        after, ends = _context(values, few, range(at + 1, len(frame)))
        for start, end, part, certain in _parts([(pieces[at], member) for pieces, member in rows], least, beyond=beyond):
            lengths = [len(text) for text, _ in part]
            chars = next(one for one in ALPHABETS if all(one.issuperset(text) for text, _ in part))
            if chars == MIXED:
                part = [row for row in part if not PLAIN.issuperset(row[0])]  # noqa: PLW2901
            shape = Shape(
                frozenset(text + start for text in before), frozenset(end + text for text in after), chars, min(lengths),
                max(lengths), starts, ends, frozenset(), [member for _, member in part], Counter({cluster: len(part)}), certain,
            )  # fmt: skip
            if not shape.anchored and starts and ends and not certain:
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


Rows = list[tuple[str, ClusterMember]]


def _parts(rows: Rows, least: int, *, beyond: bool) -> Iterator[tuple[str, str, Rows, bool]]:
    """Variable parts of a field: (beginning, end, what is in between with its member, whether it is sure).

    `beyond`: the words were chosen among those of a cluster. Then, and below a place where a field's values go apart without
    looking machine-made, some of many names have one length by chance, and half of them a number.
    """
    waiting = [("", rows, beyond)]
    while waiting:
        start, part, beyond = waiting.pop()
        if len({text for text, _ in part}) < SURE:
            continue
        following: dict[str, Rows] = defaultdict(list)
        for text, member in part:
            following[text[len(start) : len(start) + 1]].append((text, member))
        # A number is not cut in two, whatever digits all begin with.
        number = DIGITS.issuperset(following) and (len(following) > 1 or all(text[len(start) :].isdigit() for text, _ in part))
        stops = "" in following or len(following) >= FAN or number
        taken: set[str] = set()
        if stops or len(following) > 1:
            for found in _machine_made_of(start, part, least, whole=stops, beyond=beyond):
                yield found
                taken.update(member.word for _, member in found[2])
        for char, group in following.items():
            # Below a digit where numbers or random texts begin lie only fewer of the same.
            if char and not (stops and char in DIGITS):
                waiting.append((start + char, [row for row in group if row[1].word not in taken], beyond or stops))


def _machine_made_of(
    start: str, part: Rows, least: int, *, whole: bool, beyond: bool
) -> Iterator[tuple[str, str, Rows, bool]]:  # fmt: skip
    """What follows a beginning, as a whole or else by its length, where it looks machine-made."""
    end, rest = _cut(start, part)
    texts = [text for text, _ in rest]
    if whole and len(set(texts)) >= least and machine_made(texts) and (not beyond or drawn(texts)):
        yield start, end, rest, False
        return
    lengths: dict[int, Rows] = defaultdict(list)
    for text, member in part:
        lengths[len(text)].append((text, member))
    for group in lengths.values():
        end, rest = _cut(start, group)
        texts = [text for text, _ in rest]
        if not begin_apart(texts):
            continue  # what they begin with is found further down
        if whole and len(set(texts)) >= least and not texts[0].isdigit() and machine_made(texts) and drawn(texts):
            yield start, end, rest, False
        elif sure(texts, temporary=all(_temporary(member) for _, member in rest)):
            yield start, end, [(text, member) for text, member in rest if not PLAIN.issuperset(text)], True


def _temporary(member: ClusterMember) -> bool:
    """In a directory for temporary files: of the system, or a program's own that is called so."""
    return member.zone in TEMPORARY or member.parent in CALLED_TEMPORARY


def _cut(start: str, part: Rows) -> tuple[str, Rows]:
    """The end that all have, and what is left between beginning and end."""
    end = _common_end([text[len(start) :] for text, _ in part])
    return end, [(text[len(start) : len(text) - len(end)], member) for text, member in part]


def _common_end(texts: Sequence[str]) -> str:
    """Letters that all end in, leaving at least one character of each."""
    shortest = min(map(len, texts))
    size = 0
    while size < shortest - 1 and len({text[-size - 1] for text in texts}) == 1 and texts[0][-size - 1] not in DIGITS:
        size += 1
    # One letter is chance: words are in one cluster because they end alike.
    return texts[0][len(texts[0]) - size :] if size > 1 else ""


def _parents(members: Sequence[ClusterMember]) -> frozenset[str]:
    """The few directories in which nearly all of them lie; none when they lie everywhere."""
    seen = Counter(member.parent for member in members if member.parent)
    chosen = [parent for parent, _ in seen.most_common(FEW)]
    return frozenset(chosen) if sum(seen[parent] for parent in chosen) >= 0.95 * len(members) else frozenset()


def merged(shapes: Sequence[Shape]) -> list[Shape]:
    """Shapes of all clusters, those of one language as one: same part and one side alike, the other sides as alternatives."""
    same = _joined(shapes, lambda one: (*_part(one), one.before, one.after))
    by_after = _joined(same, lambda one: (*_part(one), one.after, one.sure))
    by_before = _joined(by_after, lambda one: (*_part(one), one.before, one.sure))
    widened = [_widened(one) for one in by_before]
    again = _joined(widened, lambda one: (*_part(one), one.before, one.sure))
    found = _joined(again, lambda one: (*_part(one), one.after, one.sure))
    return _joined(found, lambda one: (*_part(one), one.before, one.after))


def _part(shape: Shape) -> tuple[object, ...]:
    """What the variable part of shapes of one language has in common."""
    return shape.chars, _lengths(shape), shape.starts, shape.ends, shape.under


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
                all(one.sure for one in group),
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
    return Shape(
        before, after, shape.chars, shape.low, shape.high, starts, ends, shape.under, shape.members, shape.clusters, shape.sure
    )


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
