"""What a command line asks for, by expert rules over its words (data/commands.toml).

A rule speaks when one of its programs is there (started, or named in a shell's command line) and all words of one of its
phrases are. Order is not looked at: command lines are kept as bags of numbers (engine.words.command_line). A line's value is the
sum of the weights of the rules that speak.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Ints
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.knowledge import tables
from engine.knowledge.roles import is_windows, name_of
from engine.words.command_line import BINS, token, words

CHUNK = 1 << 16
"""Command lines judged at a time: about 50 MB of flags."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CommandRule:
    """A command rule as the table has it: programs, phrases, weight, why."""

    images: frozenset[str]
    """Program names without extension; empty for any."""
    phrases: tuple[frozenset[str], ...]
    """Words of each phrase; all words of one of them must be there."""
    weight: float
    why: str
    phrase: str = ""
    """The same in at most 26 cells, subject and verb."""
    techniques: tuple[str, ...] = ()

    def speaks(self, bag: frozenset[str]) -> bool:
        """Whether the rule has something to say about a bag of words, the program's name among them."""
        started = not self.images or not _spelled(self.images).isdisjoint(bag)
        return started and any(phrase <= bag for phrase in self.phrases)


@dataclass(frozen=True, slots=True)
class CommandRules:
    """The rules of one system in numbers, for many command lines at once. m phrases, r rules, w different words."""

    slot: Ints
    """[BINS] place of a word among the w words of the rules, -1 for all others."""
    phrases: tuple[tuple[int, ...], ...]
    """[m] word places of each phrase."""
    of_phrase: Ints
    """[m] rule of each phrase."""
    images: tuple[tuple[int, ...], ...]
    """[r] word places of each rule's programs, one of which must be there; empty for any."""
    weight: Floats
    """[r] what each rule adds to a line's value when it speaks."""

    @classmethod
    def of(cls, rules: tuple[CommandRule, ...]) -> CommandRules:
        """The rules with their words numbered, so that many command lines are judged at once."""
        place: dict[int, int] = {}

        def places(found: frozenset[str]) -> tuple[int, ...]:
            return tuple(place.setdefault(token(word), len(place)) for word in sorted(found))

        phrases = tuple(places(phrase) for rule in rules for phrase in rule.phrases)
        of_phrase = np.array([row for row, rule in enumerate(rules) for _ in rule.phrases], dtype=np.int64)
        images = tuple(places(frozenset(word for name in rule.images for word in spellings(name))) for rule in rules)
        slot = np.full(BINS, -1, dtype=np.int64)
        slot[list(place)] = list(place.values())
        return cls(slot, phrases, of_phrase, images, np.array([rule.weight for rule in rules], dtype=np.float64))

    def values(self, lines: int, owner: Ints, word: Ints) -> Floats:
        """[lines] sum of the weights of the rules that speak. owner [t], word [t]: words of all lines, programs among them."""
        return np.asarray(self.speaking(lines, owner, word) @ self.weight, np.float64)

    def speaking(self, lines: int, owner: Ints, word: Ints) -> Flags:
        """[lines, r] which rules have something to say about each line; owner [t] and word [t] as in `values`."""
        found = self.slot[word]
        known = found >= 0
        there = np.zeros((lines, int(self.slot.max()) + 1), dtype=np.bool_)
        there[owner[known], found[known]] = True
        speaks = np.zeros((lines, len(self.weight)), dtype=np.bool_)
        for phrase, rule in zip(self.phrases, self.of_phrase.tolist(), strict=True):
            speaks[:, rule] |= _all(there, phrase)
        for rule, images in enumerate(self.images):
            if images:
                speaks[:, rule] &= there[:, images].any(axis=1)
        return speaks


def command_rules(corpus: ChainCorpus, table: ProcessTable) -> Floats:
    """[c] the highest value among each chain's processes; NaN where no process has a command line."""
    return table.highest(line_values(corpus, table), len(corpus))


def line_values(corpus: ChainCorpus, table: ProcessTable) -> Floats:
    """[n] value of each process's command line, 0 where no rule speaks; NaN without a line."""
    out = np.full(len(table), np.nan)
    with_line = np.flatnonzero((table.command >= 0) & (table.image >= 0))
    if not len(with_line):
        return out
    lines = len(table.commands) + 1
    keys = table.image[with_line].astype(np.int64) * lines + table.command[with_line]
    different, inverse = np.unique(keys, return_inverse=True)
    value = np.zeros(len(different))
    windows = np.array([is_windows(path) for path in corpus.paths], dtype=np.bool_)
    for system in (False, True):
        chosen = np.flatnonzero(windows[different // lines] == system)
        for start in range(0, len(chosen), CHUNK):
            part = chosen[start : start + CHUNK]
            value[part] = _judged(corpus, table, different[part] // lines, different[part] % lines, system)
    out[with_line] = value[inverse]
    return out


def told(corpus: ChainCorpus, table: ProcessTable, rows: Ints) -> dict[int, tuple[str, ...]]:
    """Row of the corpus -> why its oddest command line has its value, weightiest first; only rows of which rules speak."""
    there = np.flatnonzero(np.isin(table.chain, rows) & (table.command >= 0) & (table.image >= 0))
    part = replace(table, row=table.row[there], image=table.image[there], command=table.command[there])
    value = line_values(corpus, part)
    out: dict[int, tuple[str, ...]] = {}
    for place in np.argsort(-value, kind="stable").tolist():
        process, row = int(there[place]), int(table.chain[there[place]])
        if value[place] <= 0:
            break
        if row not in out:
            out[row] = _whys(corpus, table, process)
    return out


def _whys(corpus: ChainCorpus, table: ProcessTable, process: int) -> tuple[str, ...]:
    image = np.array([table.image[process]], dtype=np.int64)
    windows = is_windows(corpus.paths[int(image[0])])
    words_ = _bags(corpus, table, image, np.array([table.command[process]], dtype=np.int64))
    speaks = _numbered(windows).speaking(1, *words_)[0]
    found = [rule for rule, said in zip(rules(windows), speaks.tolist(), strict=True) if said]
    return tuple(dict.fromkeys(rule.why for rule in sorted(found, key=lambda rule: -rule.weight)))


def reasons(path: str, text: str) -> tuple[str, ...]:
    """Why a program's command line has its value, weightiest first. `text` may be hostile; nothing of it is in the reasons."""
    return tuple(dict.fromkeys(rule.why for rule in speaking(path, text)))


def speaking(path: str, text: str) -> list[CommandRule]:
    """The rules that speak of a program's command line, weightiest first. `text` may be hostile."""
    bag = frozenset(words(text)) | frozenset(spellings(name_of(path)))
    return sorted((rule for rule in rules(is_windows(path)) if rule.speaks(bag)), key=lambda rule: -rule.weight)


@cache
def rules(windows: bool) -> tuple[CommandRule, ...]:
    """The rules of one system, in the order of the file."""
    return tuple(
        CommandRule(
            frozenset(tables.words(block, "images")),
            tuple(dict.fromkeys(frozenset(words(f"x {phrase}")) for phrase in block["phrases"])),
            block["weight"],
            block["why"],
            block["phrase"],
            tables.techniques(block),
        )
        for block in tables.blocks("rule", ("commands",))
        if (block["os"] == "windows") == windows
    )


@cache
def spellings(name: str) -> tuple[str, ...]:
    """How a program's name stands among a command line's words: with and without extension, digits folded."""
    found = [words(f"x {name}"), words(f"x {name}.exe")]
    return tuple(dict.fromkeys(parts[0] for parts in found if len(parts) == 1)) or (name,)


@cache
def _spelled(names: frozenset[str]) -> frozenset[str]:
    return frozenset(word for name in names for word in spellings(name))


@cache
def _numbered(windows: bool) -> CommandRules:
    return CommandRules.of(rules(windows))


def _judged(corpus: ChainCorpus, table: ProcessTable, image: Ints, line: Ints, windows: bool) -> Floats:
    return _numbered(windows).values(len(image), *_bags(corpus, table, image, line))


def _bags(corpus: ChainCorpus, table: ProcessTable, image: Ints, line: Ints) -> tuple[Ints, Ints]:
    """Words of command lines and the names of their programs: position among the lines, word."""
    owner, word = table.commands.take(line)
    different, place = np.unique(image, return_inverse=True)
    named = [[token(spelling) for spelling in spellings(name_of(corpus.paths[path]))] for path in different.tolist()]
    names = [named[one] for one in place.tolist()]
    owners = np.repeat(np.arange(len(names)), [len(found) for found in names])
    flat = np.array([number for found in names for number in found], dtype=np.int64)
    return np.r_[owner, owners], np.r_[word.astype(np.int64), flat]


def _all(there: Flags, places: tuple[int, ...]) -> Flags:
    """[lines] whether all words are there: column by column, which needs no copy of the columns."""
    found = there[:, places[0]]
    for place in places[1:]:
        found = found & there[:, place]
    return found
