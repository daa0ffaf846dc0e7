"""What a rule must not do, each with a sentence for people. A rule that breaks a guard is refused, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from engine.knowledge.locations import Zone, location_class, zone
from engine.knowledge.names import protected_names
from engine.knowledge.roles import known_stems
from engine.knowledge.tables import load
from engine.rules.apply import Normaliser, parts_of, replaced
from engine.rules.language.expression import BadExpression, masked, parse, unmasked
from engine.rules.language.nodes import Choice, LookAround, Repeat, Variable
from engine.rules.language.nodes import Sequence as Items
from engine.rules.rule import Position, Rule, RuleSet

MAX_COST = 1500
"""Characters compared from one starting point: a word of 255 letters then costs well under a millisecond."""
MAX_LENGTH = 160
MAX_OPTIONS = 400
_EXTENSION = ".exe"


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one guard."""

    guard: str
    passed: bool
    sentence: str


def check(rule: Rule, paths: Sequence[str] = (), least: int = 0) -> tuple[Check, ...]:
    """Every guard's verdict. `paths`: some that the rule changes; `least`: the support that it needs (0: none)."""
    try:
        expression = parse(rule.pattern)
        _ = rule.mark
    except (BadExpression, ValueError) as error:
        return (Check("language", False, f"the pattern is not in the language of rules: {error}"),)
    except Exception as error:
        return (Check("language", False, str(error)),)
    options = _options(expression.items)
    low, high = expression.lengths
    found = [
        Check("language", True, "every count is bounded, nothing is repeated twice: matching takes linear time"),
        Check(
            "cost", expression.cost <= MAX_COST and options <= MAX_OPTIONS,
            f"reads {expression.cost} characters per starting point at most, {options} alternatives "
            f"(limits {MAX_COST}, {MAX_OPTIONS})",
        ),
        Check("bounded", high <= MAX_LENGTH, f"the variable part has {low} to {high} characters (limit {MAX_LENGTH})"),
    ]  # fmt: skip
    if least:
        found.append(Check("support", rule.support >= least, f"{rule.support} different words (needs {least})"))
    found += [_swallows(rule), _protected(rule), _look_alikes(rule), _directories(rule), _zones(rule, paths)]
    return tuple(found)


def refusals(checks: Sequence[Check]) -> tuple[str, ...]:
    """The sentences of the guards that were broken."""
    return tuple(f"{one.guard}: {one.sentence}" for one in checks if not one.passed)


def _options(items: Items) -> int:
    total = 0
    for item in items:
        if isinstance(item, Choice):
            total += len(item.options) + sum(_options(option) for option in item.options)
        elif isinstance(item, LookAround | Variable):
            total += _options(item.inner)
    return total


def _applied(rule: Rule, word: str) -> str:
    return replaced(rule, masked(word))


def _on_names(rule: Rule) -> bool:
    return rule.position is not Position.DIRECTORY


def _letters(items: Items) -> Iterator[str]:
    for item in items:
        if isinstance(item, Repeat):
            yield from item.chars
        elif isinstance(item, Choice):
            for option in item.options:
                yield from _letters(option)


def _swallows(rule: Rule) -> Check:
    """A whole executable name with letters in it may not become a placeholder."""
    if not _on_names(rule) or rule.under:
        return Check("names", True, "does not look at file names" if not rule.under else "acts below named directories only")
    for stem in known_stems():
        for name in (stem, stem + _EXTENSION):
            text = _applied(rule, name)
            left = unmasked(text).removesuffix(_EXTENSION)
            if text != masked(name) and left == rule.replacement:
                return Check("names", False, f"it would swallow the whole name {name}")
    open_letters = any(char.isalpha() and char not in "abcdefABCDEF" for char in _letters(rule.expression.variable))
    bare = next((word for word in _BARE if unmasked(_applied(rule, word)).removesuffix(_EXTENSION) == rule.replacement), None)
    if open_letters and bare is not None:
        return Check("names", False, f"it would swallow whole names such as {bare}: put text around the variable part")
    return Check("names", True, "letters of file names outside the variable part are kept")


_BARE = tuple(
    word[:size] + extension for word in ("abcdefghijklmnopqrstuvwxyzabcdefgh", "zq1xk7wv3nj9tb5mg2pr8ld4hs6fcy0a")
    for size in range(1, 33) for extension in ("", _EXTENSION)
)  # fmt: skip


def _protected(rule: Rule) -> Check:
    if _on_names(rule):
        for name in sorted(_targets()):
            if _applied(rule, name) != masked(name):
                return Check("programs", False, f"it would change {name}, a name that intruders borrow")
    return Check("programs", True, "no name that intruders borrow is changed")


def _look_alikes(rule: Rule) -> Check:
    """Misspelt system programs must stay apart from the real ones."""
    if not _on_names(rule):
        return Check("look-alikes", True, "does not look at file names")
    made: dict[str, str] = {}
    for word in _variants():
        after = _applied(rule, word)
        if after == masked(word):
            continue
        target = _real(word)
        if made.setdefault(after, target) != target:
            return Check("look-alikes", False, f"{word} would become equal to another program's name")
    return Check("look-alikes", True, "misspelt names of system programs stay apart from the real ones")


@cache
def _targets() -> frozenset[str]:
    return frozenset({name + _EXTENSION for name in protected_names(windows=True)} | set(protected_names(windows=False)))


def _real(word: str) -> str:
    return _variants()[word]


@cache
def _variants() -> dict[str, str]:
    """Misspelling -> target: a character replaced by a digit or doubled, two swapped, a digit appended."""
    found: dict[str, str] = {}
    for target in sorted(_targets()):
        stem = target.removesuffix(_EXTENSION)
        tail = target[len(stem) :]
        forms = {stem[:at] + stem[at + 1] + stem[at] + stem[at + 2 :] for at in range(len(stem) - 1)}
        forms |= {stem[:at] + digit + stem[at + 1 :] for at in range(len(stem)) for digit in "0135"}
        forms |= {stem + digit for digit in ("1", "32", "64", "_1", "-2")}
        for form in forms:
            if form + tail not in _targets():
                found.setdefault(form + tail, target)
    return found


def _directories(rule: Rule) -> Check:
    """Directories that the tables of locations name keep their trust zone."""
    moved = _moved(rule, _known_directories())
    if moved is not None:
        path, before, after = moved
        return Check("directories", False, f"it would move the known directory {path} from {_zone(before)} to {_zone(after)}")
    return Check("directories", True, "no directory that tells a trust zone is changed into another zone")


@cache
def _known_directories() -> tuple[str, ...]:
    """A path in every directory of the tables."""
    found: set[str] = set()
    for table in ("locations_windows", "locations_linux"):
        for block in load(table).values():
            for directory in block.get("directories", []):
                separator = "/" if directory.startswith("/") else "\\"
                found.add(directory.replace("*", "<user>").rstrip(separator) + separator + "x.exe")
    return tuple(sorted(found))


def _moved(rule: Rule, paths: Sequence[str]) -> tuple[str, Zone, Zone] | None:
    """The first path that the rule would move to another zone, did nothing hold it back."""
    alone = Normaliser(RuleSet((rule,)))
    for path in paths:
        parts, separator = parts_of(path)
        before = zone(location_class(path))
        made = separator.join(alone.everywhere(parts, before))
        if made != path and (after := zone(location_class(made))) is not before:
            return path, before, after
    return None


def _zones(rule: Rule, paths: Sequence[str]) -> Check:
    """No path may move to another trust zone, so no two paths of different zones can become equal."""
    moved = _moved(rule, paths)
    if moved is not None:
        path, before, after = moved
        return Check("zones", False, f"it would move {path} from {_zone(before)} to {_zone(after)}")
    return Check("zones", True, f"no path changes its trust zone ({len(paths):,} tried)")


def _zone(one: Zone) -> str:
    return one.name.lower().replace("_", " ")
