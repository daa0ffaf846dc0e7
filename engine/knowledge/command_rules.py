"""What a process was asked for, by expert rules over the words of its command line (data/commands.toml), and under which name.

A rule speaks when one of its programs is there (started, or named in a shell's command line) and all words of one of its
phrases are. Order is not looked at: command lines are kept as bags of numbers (engine.words.command_line). A line's value is the
sum of the weights of the rules that speak. A tool under another name (engine.knowledge.renamed) adds its own, and the rules about
the tool speak of it too: who renames a shell hides it from them.
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
from engine.knowledge.renamed import NOTHING, Renamed, renamed
from engine.knowledge.roles import is_windows, name_of
from engine.words.command_line import BINS, token, words

CHUNK = 1 << 16
"""Command lines judged at a time: about 50 MB of flags."""

RENAMED = 1.0
"""What a tool under another name adds to a process's value, at most: as much as the heaviest rules."""

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


@dataclass(frozen=True, slots=True)
class RuleReasons:
    """What the rules say of a process."""

    line: tuple[str, ...] = ()
    """Why its command line has its value, weightiest first."""
    renamed: str = ""
    """Why its name has; "" for a name that hides nothing."""


@dataclass(frozen=True, slots=True)
class _Programs:
    """What the processes of a corpus run: q different programs, the corpus's paths first, then those that hide a tool."""

    of_process: Ints
    """[n] -1 for a process without an image."""
    path: Ints
    """[q] index into the corpus's paths."""
    hidden: tuple[Renamed, ...]
    """[q] NOTHING for all that are what they are called."""
    windows: Flags
    """[q]"""

    @classmethod
    def of(cls, corpus: ChainCorpus, table: ProcessTable) -> _Programs:
        """Each different pair of path and original name is judged once."""
        size, width = len(corpus.paths), len(table.originals)
        program, name = table.image.astype(np.int64), table.named()
        told = np.flatnonzero((program >= 0) & (name >= 0))
        pairs, inverse = np.unique(program[told] * width + name[told], return_inverse=True)
        found = [renamed(corpus.paths[pair // width], table.originals[pair % width]) for pair in pairs.tolist()]
        hiding = np.flatnonzero([one.value > 0 for one in found]).astype(np.int64)
        place = np.full(len(pairs), -1, dtype=np.int64)
        place[hiding] = size + np.arange(len(hiding))
        program[told] = np.where(place[inverse] >= 0, place[inverse], program[told])
        path = np.r_[np.arange(size), pairs[hiding] // max(width, 1)]
        windows = np.array([is_windows(text) for text in corpus.paths], dtype=np.bool_)
        hidden = (*((NOTHING,) * size), *(found[one] for one in hiding.tolist()))
        return cls(program, path, hidden, windows[path])

    def bags(self, corpus: ChainCorpus, table: ProcessTable, program: Ints, line: Ints) -> tuple[Ints, Ints]:
        """Words of command lines and the names of their programs: position among the lines, word."""
        owner, word = table.commands.take(line)
        different, place = np.unique(program, return_inverse=True)
        named = [[token(word) for word in self._names(corpus, one)] for one in different.tolist()]
        names = [named[one] for one in place.tolist()]
        owners = np.repeat(np.arange(len(names)), [len(found) for found in names])
        flat = np.array([number for found in names for number in found], dtype=np.int64)
        return np.r_[owner, owners], np.r_[word.astype(np.int64), flat]

    def _names(self, corpus: ChainCorpus, program: int) -> tuple[str, ...]:
        tool = self.hidden[program].tool
        return spellings(name_of(corpus.paths[int(self.path[program])])) + (spellings(tool) if tool else ())


def command_rules(corpus: ChainCorpus, table: ProcessTable) -> Floats:
    """[c] the highest value among each chain's processes; NaN where of none a command line or an original name is known."""
    return table.highest(process_values(corpus, table), len(corpus))


def process_values(corpus: ChainCorpus, table: ProcessTable) -> Floats:
    """[n] what a process was asked for and under which name, 0 where nothing is said of either; NaN where its record has neither
    a command line nor an original name.
    """
    programs = _Programs.of(corpus, table)
    line = _line_values(corpus, table, programs)
    if table.original is None:
        return line
    of_program = np.where(programs.windows, RENAMED * np.array([one.value for one in programs.hidden]), np.nan)
    own = np.where(table.original >= 0, np.append(of_program, np.nan)[programs.of_process], np.nan)
    return np.where(np.isnan(own), line, np.where(np.isnan(line), own, line + own))


def _line_values(corpus: ChainCorpus, table: ProcessTable, programs: _Programs) -> Floats:
    """[n] value of each process's command line, 0 where no rule speaks; NaN without a line."""
    out = np.full(len(table), np.nan)
    with_line = np.flatnonzero((table.command >= 0) & (table.image >= 0))
    if not len(with_line):
        return out
    lines = len(table.commands) + 1
    keys = programs.of_process[with_line] * lines + table.command[with_line]
    different, inverse = np.unique(keys, return_inverse=True)
    value = np.zeros(len(different))
    for system in (False, True):
        chosen = np.flatnonzero(programs.windows[different // lines] == system)
        for start in range(0, len(chosen), CHUNK):
            part = different[chosen[start : start + CHUNK]]
            words_ = programs.bags(corpus, table, part // lines, part % lines)
            value[chosen[start : start + CHUNK]] = _numbered(system).values(len(part), *words_)
    out[with_line] = value[inverse]
    return out


def told(corpus: ChainCorpus, table: ProcessTable, rows: Ints) -> dict[int, RuleReasons]:
    """Row of the corpus -> why the process of which the rules say most has its value; only rows of which they say anything."""
    there = np.flatnonzero(np.isin(table.chain, rows) & (table.image >= 0))
    part = replace(
        table, row=table.row[there], chain=table.chain[there], image=table.image[there], command=table.command[there],
        original=None if table.original is None else table.original[there],
    )  # fmt: skip
    value = process_values(corpus, part)
    programs = _Programs.of(corpus, part)
    out: dict[int, RuleReasons] = {}
    for place in np.argsort(-np.nan_to_num(value), kind="stable").tolist():
        row = int(part.chain[place])
        if not value[place] > 0:
            break
        if row not in out:
            out[row] = _asked(corpus, part, programs, place)
    return out


def _asked(corpus: ChainCorpus, table: ProcessTable, programs: _Programs, process: int) -> RuleReasons:
    program = int(programs.of_process[process])
    hidden = programs.hidden[program].reason
    if table.command[process] < 0:
        return RuleReasons((), hidden)
    words_ = programs.bags(corpus, table, np.array([program]), np.array([table.command[process]], dtype=np.int64))
    windows = bool(programs.windows[program])
    speaks = _numbered(windows).speaking(1, *words_)[0]
    found = [rule for rule, said in zip(rules(windows), speaks.tolist(), strict=True) if said]
    return RuleReasons(tuple(dict.fromkeys(rule.why for rule in sorted(found, key=lambda rule: -rule.weight))), hidden)


def reasons(path: str, text: str, original: str = "") -> tuple[str, ...]:
    """Why a program's command line and name have their value, weightiest first. The texts may be hostile; nothing of them is in
    the reasons.
    """
    hidden = renamed(path, original)
    said = [(rule.weight, rule.why) for rule in speaking(path, text, original)] + [(RENAMED * hidden.value, hidden.reason)]
    return tuple(dict.fromkeys(why for _, why in sorted(said, key=lambda one: -one[0]) if why))


def speaking(path: str, text: str, original: str = "") -> list[CommandRule]:
    """The rules that speak of a program's command line, weightiest first. `text` and the original name may be hostile."""
    tool = renamed(path, original).tool
    bag = frozenset((*words(text), *spellings(name_of(path)), *(spellings(tool) if tool else ())))
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


def _all(there: Flags, places: tuple[int, ...]) -> Flags:
    """[lines] whether all words are there: column by column, which needs no copy of the columns."""
    found = there[:, places[0]]
    for place in places[1:]:
        found = found & there[:, place]
    return found
