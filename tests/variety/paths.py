"""Paths as various as a large estate's, for measuring rules.

The published study counted 745,379 unique executable paths and 532,717 unique words in them, "among them versions, dates,
locales, UUIDs, hex and temp names" (F-Secure, "Detecting anomalous process chains", 2020). This draws paths of the same
proportions and remembers for every word which pattern made it, so that rules learnt from them can be judged. What share of
which kind of name a real estate has is nobody's published figure: the mixture here is a choice of ours, and a reduction
measured on it says that rules are found, not how much they will reduce somebody's logs.

No event is simulated: rules are learnt from unique paths. Nothing depends on anything but seed and size.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path

from engine.paths import tokens
from engine.simulator.seeds import stream
from tests.variety.words import MAKERS, NOUNS, Word, by_hand, coined, program, words

PAPER_PATHS = 745_379
PAPER_WORDS = 532_717

TEMPLATES = 0.13
"""Varying templates per path: how many programs there are, seen apart from versions and temporary names."""
PLAIN_SHARE = 0.055
"""Paths without anything that varies."""
BY_HAND_SHARE = 0.012
NAMES = 0.021
"""Names of programs in circulation, per path."""
SAME_PLACE = 0.72
"""How often the next path lies in the same versioned or temporary directory as the one before it of its template's family."""
HOSTS = 400
"""At size 1; a template is found on some of them."""

SUBDIRECTORIES = words(
    "bin tools lib x64 x86 app resources plugins helpers common support win32 win64 runtime modules data redist client server "
    "setup update binaries local extensions components scripts libexec share native current packages drivers"
)

HAND = "by hand"
NAME = "name"


@dataclass(frozen=True, slots=True)
class SimPath:
    """One unique path, folded as engine.paths folds."""

    path: str
    zone: str
    """Name of the trust zone that the place has, by this generator's own account."""
    patterns: tuple[str, ...]
    """One per token of the path: the pattern that made it; NAME for one that does not vary, HAND for one that people typed."""
    hosts: tuple[int, ...]
    """On which hosts of the estate."""


@dataclass(frozen=True, slots=True)
class _Template:
    zone: str
    words: tuple[Word, ...]
    separator: str
    root: str
    hosts: tuple[int, ...]

    def render(self, rng: random.Random, before: list[str] | None) -> tuple[str, list[str]]:
        """A path, and its words; directories as in `before`, where given."""
        made = [word.make(rng) if word.varies else word.pattern for word in self.words]
        if before is not None:
            made[:-1] = before[:-1]
        return self.root + self.separator.join(made), made


def paper_paths(size: float = 1.0, seed: int = 7) -> Iterator[SimPath]:
    """`size` × 745,379 unique paths with about `size` × 532,717 unique words, in no particular order."""
    wanted = round(PAPER_PATHS * size)
    rng = stream(seed, "variety", "paper")
    seen: set[str] = set()
    estate = _Estate(rng, wanted)
    for template in estate.plain(round(wanted * PLAIN_SHARE)):
        path, _ = template.render(rng, None)
        if path not in seen:
            seen.add(path)
            yield _told(template, path)
    for template in estate.by_hand(round(wanted * BY_HAND_SHARE)):
        path, _ = template.render(rng, None)
        if path not in seen:
            seen.add(path)
            yield _told(template, path)
    families = estate.families(max(round(wanted * TEMPLATES), 50))
    weights = list(accumulate(1 / (1 + rank) ** 0.35 for rank in range(len(families))))
    before: dict[int, list[str]] = {}
    while len(seen) < wanted:
        row = rng.choices(range(len(families)), cum_weights=weights)[0]
        members = families[row]
        template = rng.choice(members)
        again = before.get(row) if rng.random() < SAME_PLACE else None
        path, words = template.render(rng, again)
        before[row] = words
        if path not in seen:
            seen.add(path)
            yield _told(template, path)


def _told(template: _Template, path: str) -> SimPath:
    found = tokens(path)
    patterns = tuple(HAND if word.pattern.startswith("\0") else word.pattern if word.varies else NAME for word in template.words)
    return SimPath(path, template.zone, (NAME,) * (len(found) - len(patterns)) + patterns, template.hosts)


class _Estate:
    """Names of vendors, products and programs, and the templates made of them."""

    def __init__(self, rng: random.Random, wanted: int) -> None:
        self.rng = rng
        self.host_count = max(round(HOSTS * (wanted / PAPER_PATHS) ** 0.5), 4)
        names = max(round(wanted * NAMES), 40)
        self.products = sorted({coined(rng) for _ in range(max(names // 6, 12))})
        self.vendors = sorted({coined(rng) for _ in range(max(names // 30, 6))})
        self.programs = sorted({program(rng, rng.choice(self.products)) for _ in range(names)})
        self.libraries = sorted(
            {f"{rng.choice(NOUNS)}{rng.choice(('', '.', '-'))}{rng.choice(NOUNS)}" for _ in range(names // 8 + 20)}
        )

    def plain(self, count: int) -> Iterator[_Template]:
        """Templates without a slot."""
        places = _Places("plain")
        for _ in range(count):
            yield from self._family(*places.draw(self.rng), members=1)

    def by_hand(self, count: int) -> Iterator[_Template]:
        """Paths that people named."""
        places = _Places("by_hand")
        for _ in range(count):
            yield from self._family(*places.draw(self.rng), members=1)

    def families(self, count: int) -> list[list[_Template]]:
        """About `count` templates that vary, in families that share their directories: a directory holds several programs."""
        places = _Places("varying")
        found: list[list[_Template]] = []
        total = 0
        while total < count:
            found.append(self._family(*places.draw(self.rng), members=self.rng.choice((1, 2, 2, 3, 4))))
            total += len(found[-1])
        return found

    def _family(self, zone: str, text: str, members: int) -> list[_Template]:
        rng = self.rng
        text = text.replace("<versioned>", _table("versioned"))
        text = re.sub(r"\[([^\]]*)\]", lambda found: rng.choice(found[1].split("|")), text)
        fixed: dict[str, Callable[[], str]] = {
            "vendor": lambda: rng.choice(self.vendors),
            "product": lambda: rng.choice(self.products),
            "lib": lambda: rng.choice(self.libraries),
            "sub": lambda: rng.choice(SUBDIRECTORIES),
            "copy": lambda: _table("copy"),
            "publisher": lambda: MAKERS["store"](rng, 13),
            "key": lambda: MAKERS["hex"](rng, 16),
        }
        drawn = {name: draw() for name, draw in fixed.items()}
        text = re.sub(r"<(\w+)>", lambda found: drawn.get(found[1], found[0]), text)
        text = re.sub("<hand>", lambda _: "\0" + by_hand(rng), text)
        out: dict[tuple[str, ...], _Template] = {}
        for _ in range(members):
            one = text.replace("<exe>", rng.choice(self.programs))
            separator = "/" if one.startswith("/") else "\\"
            root = "/" if separator == "/" else "\\\\" if one.startswith("\\\\") else ""
            words = tuple(Word(part) for part in one[len(root) :].split(separator))
            hosts = tuple(sorted({int(rng.random() ** 2 * self.host_count) for _ in range(rng.choice((1, 1, 2, 4, 12)))}))
            out.setdefault(tuple(word.pattern for word in words), _Template(zone, words, separator, root, hosts))
        return list(out.values())


class _Places:
    """The lines of a table of data/variety.toml."""

    def __init__(self, table: str) -> None:
        lines = [line.split(None, 2) for line in _table(table).strip().splitlines()]
        self.places = [(zone, path) for _, zone, path in lines]
        self.weights = list(accumulate(float(share) for share, _, _ in lines))

    def draw(self, rng: random.Random) -> tuple[str, str]:
        """Zone and path of a place, by share."""
        return rng.choices(self.places, cum_weights=self.weights)[0]


@cache
def _table(name: str) -> str:
    """A text of variety.toml: places of these paths."""
    return str(tomllib.loads(Path(__file__).with_name("variety.toml").read_text(encoding="utf-8"))[name])
