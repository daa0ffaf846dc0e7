"""Rules applied to paths: each different word once, in the place where it stands, never across locations.

A word's result depends on the word, on whether it is a directory or the file name, on the trust zone of the path and, for the
few rules that ask, on the directory it lies in. It is a fixed point: the rules are run until nothing changes (each change
removes characters, so that is soon), therefore applying them again changes nothing. And a path whose location class
(engine.knowledge.locations, finer than the trust zone) would become another one keeps its directories as they were, so paths
of two zones can never become equal, whatever a rule says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.knowledge.locations import Zone, directory_words, location_class, zone
from engine.paths import DELETED
from engine.progress import Run, Step
from engine.rules.language.expression import masked, unmasked
from engine.rules.language.nodes import Repeat
from engine.rules.rule import Position, Rule, RuleSet

_DIGITS = frozenset("0123456789")
FIXED = frozenset(word for word in directory_words() if not _DIGITS.isdisjoint(word))
"""Words with digits by which the tables tell locations apart (`python27`, `2.0`): names, although they look like versions.
Those without digits are the guards' business: no rule gets that far that touches one."""
_CLR = frozenset({"v1.0.3705", "v1.1.4322", "v2.0.50727", "v3.0", "v3.5", "v4.0.30319"})
FIXED_BELOW = {"windowspowershell": frozenset({"v1.0"}), "framework": _CLR, "framework64": _CLR}
"""Directories that look like versions and are names: PowerShell lies in `v1.0` whatever its version, and .NET's generations
have had these for twenty years. Nothing is gained by replacing a constant, and what was learnt from recorded text elsewhere
(the starter's prior) knows them: without this the prior lost .13 AP on one recording, by `v1.0` alone."""
MAX_WORD = 255
"""No file system has longer names; longer words stay as they are."""
BATCH = 20_000


def is_name(word: str, parent: str) -> bool:
    """Whether a word that looks like a version is a name, which no rule changes."""
    return word in FIXED or word in FIXED_BELOW.get(parent, ())


def parts_of(path: str) -> tuple[list[str], str]:
    """The words of a folded path with everything between them, so that joining gives the path; and the separator."""
    separator = "/" if path.startswith("/") or "\\" not in path else "\\"
    return path.split(separator), separator


@dataclass(slots=True)
class _Runner:
    """A rule with what its matching needs, worked out once."""

    rule: Rule
    directory: bool
    name: bool
    needs_digit: bool

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.directory = rule.position is not Position.NAME
        self.name = rule.position is not Position.DIRECTORY
        self.needs_digit = any(
            isinstance(item, Repeat) and item.low and item.chars <= _DIGITS for item in rule.expression.variable
        )

    def here(self, name: bool, where: Zone, parent: str) -> bool:
        rule = self.rule
        return (
            (self.name if name else self.directory)
            and (not rule.zones or where in rule.zones)
            and (not rule.under or parent in rule.under)
        )


@dataclass(slots=True)
class Applied:
    """A path after the rules."""

    path: str
    rules: tuple[int, ...]
    """Places in the rule set of those that changed it."""
    kept_back: bool
    """The rules would have moved it to another location, so its directories stayed."""


@dataclass
class Normaliser:
    """Applies one rule set; remembers words, so keep it while there are paths of one estate to normalise."""

    rules: RuleSet
    _runners: list[_Runner] = field(init=False, repr=False)
    _touched: dict[str, bool] = field(init=False, repr=False, default_factory=dict)
    _known: dict[tuple[str, bool, Zone, str], tuple[str, tuple[int, ...]]] = field(init=False, repr=False, default_factory=dict)
    _parents: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._runners = [_Runner(rule) for rule in self.rules.rules]
        self._parents = frozenset(parent for rule in self.rules.rules for parent in rule.under)

    def path(self, path: str) -> str:
        """The normalised path."""
        return self.applied(path).path

    def paths(self, paths: Sequence[str], run: Run = Run()) -> list[str]:
        """[p] normalised paths. Raises Cancelled between batches."""
        out: list[str] = []
        for start in range(0, len(paths), BATCH):
            run.raise_if_cancelled()
            out += [self.path(path) for path in paths[start : start + BATCH]]
            run.report(Step("apply rules", len(out), len(paths), "paths"))
        run.report(Step("apply rules", len(out), len(paths), "paths", last=True))
        return out

    def applied(self, path: str) -> Applied:
        """The normalised path and what was done to it."""
        parts, separator = parts_of(path)
        if not any(map(self._touchable, parts)):
            return Applied(path, (), False)
        before = location_class(path)
        made, used = self._made(parts, zone(before), directories=True)
        result = separator.join(made)
        if result == path or location_class(result) is before:
            return Applied(result, used, False)
        made, used = self._made(parts, zone(before), directories=False)
        result = separator.join(made)
        if location_class(result) is before:
            return Applied(result, used, True)
        return Applied(path, (), True)

    def everywhere(self, parts: list[str], where: Zone) -> list[str]:
        """Words of a path after the rules, without the check of the location: for the guard that makes this very check."""
        return self._made(parts, where, directories=True)[0]

    def _made(self, parts: list[str], where: Zone, *, directories: bool) -> tuple[list[str], tuple[int, ...]]:
        out: list[str] = []
        used: set[int] = set()
        last = len(parts) - 1
        parent = ""
        for place, part in enumerate(parts):
            if place == last or directories:
                part, rules = self.word(part, name=place == last, where=where, parent=parent)  # noqa: PLW2901
                used.update(rules)
            out.append(part)
            parent = part
        return out, tuple(sorted(used))

    def rules_of(self, word: str, *, name: bool, path: str, parent: str) -> tuple[int, ...]:
        """Which rules change a word of a path."""
        return self.word(word, name=name, where=zone(location_class(path)), parent=parent)[1]

    def word(self, word: str, *, name: bool, where: Zone, parent: str = "") -> tuple[str, tuple[int, ...]]:
        """A word in its place, and which rules changed it."""
        if not self._touchable(word) or is_name(word, parent):
            return word, ()
        key = (word, name, where, parent if parent in self._parents else "")
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._run(*key)
        return found

    def _touchable(self, word: str) -> bool:
        """Whether any rule would change the word anywhere: most words are plain, and known to be after one look."""
        found = self._touched.get(word)
        if found is None:
            text = masked(word)
            digit = not _DIGITS.isdisjoint(text)
            found = (
                len(word) <= MAX_WORD + len(DELETED)
                and word not in FIXED
                and any(
                    runner.rule.expression.find(text.removesuffix(DELETED)) is not None
                    for runner in self._runners
                    if digit or not runner.needs_digit
                )
            )
            self._touched[word] = found
        return found

    def _run(self, word: str, name: bool, where: Zone, parent: str) -> tuple[str, tuple[int, ...]]:
        body = word.removesuffix(DELETED) if name else word
        if len(body) > MAX_WORD:
            return word, ()
        runners = [(place, runner) for place, runner in enumerate(self._runners) if runner.here(name, where, parent)]
        text = masked(body)
        used: list[int] = []
        before = None
        while text != before:
            before = text
            for place, runner in runners:
                after = replaced(runner.rule, text)
                if after != text:
                    used.append(place)
                    text = after
        return unmasked(text) + word[len(body) :], tuple(dict.fromkeys(used))


def replaced(rule: Rule, text: str) -> str:
    """A masked word with every variable part that the rule finds replaced. Changes remove characters or letters, so they end."""
    at = 0
    while (found := rule.expression.find(text, at)) is not None:
        start, end = found.span(1)
        text = text[:start] + rule.mark + text[end:]
        at = start + 1
    return text
