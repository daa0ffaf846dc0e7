"""Words of paths that nobody wrote by hand, as the software of the world makes them; see tests.variety.paths.

A word is written as text with slots: `app-{version}`, `is-{b36:5}.tmp`. What a slot yields differs from call to call, the
text around it does not; the text with its slots unfilled is the *pattern* that made the word, and the ground truth of an
evaluation: words of one pattern may be merged, words of two may not.
"""

from __future__ import annotations

import random
import re
import string
import uuid
from collections.abc import Callable, Sequence

HEX = "0123456789abcdef"
B36 = string.digits + string.ascii_lowercase
B32_NIX = "0123456789abcdfghijklmnpqrsvwxyz"
B32_STORE = "0123456789abcdefghjkmnpqrstvwxyz"
POD = "bcdfghjklmnpqrstvwxz2456789"
MIXED = string.ascii_letters + string.digits


def words(text: str) -> tuple[str, ...]:
    """A list of words, written as people write them."""
    return tuple(text.split())


Maker = Callable[[random.Random, int], str]

LANGUAGES = words(
    "en-us en-gb de-de fr-fr es-es es-mx it-it pt-br pt-pt nl-nl sv-se nb-no da-dk fi-fi pl-pl cs-cz sk-sk hu-hu ro-ro "
    "bg-bg hr-hr sl-si sr-latn-rs et-ee lv-lv lt-lt ru-ru uk-ua el-gr tr-tr he-il ar-sa th-th vi-vn id-id ms-my ja-jp "
    "ko-kr zh-cn zh-tw zh-hk zh-hans zh-hant hi-in bn-in ta-in te-in mr-in gu-in kn-in ml-in fa-ir ur-pk sw-ke af-za "
    "ca-es eu-es gl-es is-is ga-ie cy-gb mt-mt sq-al mk-mk bs-latn-ba az-latn-az kk-kz uz-latn-uz ka-ge hy-am am-et"
)


def _version(rng: random.Random, parts: int) -> str:
    """Two to four numbers; the later ones larger, as builds are."""
    count = parts or rng.choice((2, 3, 3, 3, 4, 4))
    tops = (30, 20, 12000, 9000) if count == 4 else (25, 30, 60, 10)
    return ".".join(str(int(rng.random() ** 2 * top)) for top in tops[:count])


def _letters(alphabet: str) -> Maker:
    return lambda rng, count: "".join(rng.choices(alphabet, k=count))


def _hex(rng: random.Random, count: int) -> str:
    return f"{rng.getrandbits(4 * count):0{count}x}"


def _uuid(rng: random.Random, _: int) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _date(rng: random.Random, style: int) -> str:
    year, month, day = rng.randint(2016, 2026), rng.randint(1, 12), rng.randint(1, 28)
    form = ("{:04d}-{:02d}-{:02d}", "{:04d}{:02d}{:02d}", "{:04d}_{:02d}_{:02d}", "{:04d}.{:02d}.{:02d}")[style]
    return form.format(year, month, day)


def _time(rng: random.Random, style: int) -> str:
    return ("{:02d}{:02d}{:02d}", "{:02d}-{:02d}-{:02d}", "{:02d}_{:02d}_{:02d}")[style].format(
        rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 59)
    )


def _sid(rng: random.Random, _: int) -> str:
    return "s-1-5-21-" + "-".join(str(rng.randint(10**8, 4 * 10**9)) for _ in range(3)) + f"-{rng.randint(500, 9999)}"


def _number(rng: random.Random, digits: int) -> str:
    """Of up to `digits` digits, no leading zero, shorter ones now and then."""
    return str(rng.randrange(10 ** max(digits - 2, 0), 10**digits))


_FIRST = words("j m a s k r d t l c p n b e f g h o v w")
_LAST = words(
    "smith meyer garcia rossi novak larsen dubois kowalski silva tanaka kim nguyen patel haas berg lindgren ozturk costa "
    "weber moreau schmidt ferrari jansen horvath popescu dimitrov walsh murphy evans clark lopez chen wong sato ivanov"
)


def _user(rng: random.Random, _: int) -> str:
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    form = rng.choice(("{f}{l}", "{f}.{l}", "{l}{f}", "{f}{l}{n}"))
    return form.format(f=first, l=last, n=rng.randint(1, 99))


MAKERS: dict[str, Maker] = {
    "version": _version,
    "hex": _hex,
    "b36": _letters(B36),
    "b32": _letters(B32_NIX),
    "store": _letters(B32_STORE),
    "pod": _letters(POD),
    "mixed": _letters(MIXED),
    "low": _letters(string.ascii_lowercase),
    "uuid": _uuid,
    "date": _date,
    "time": _time,
    "epoch": lambda rng, _: str(rng.randint(1_500_000_000, 1_790_000_000)),
    "millis": lambda rng, _: str(rng.randint(1_500_000_000_000, 1_790_000_000_000)),
    "sid": _sid,
    "n": _number,
    "locale": lambda rng, _: rng.choice(LANGUAGES),
    "user": _user,
}

_FORMS = re.compile(r"\{(version|date|time):\d\}")
_SLOT = re.compile(r"\{(\w+)(?::(\d+))?\}")


class Word:
    """A compiled word: constant text, or text with slots."""

    __slots__ = ("form", "makers", "pattern")

    def __init__(self, text: str) -> None:
        # How many parts a version has and which separators a date is no other pattern.
        self.pattern = _FORMS.sub(r"{\1}", text)
        self.makers: Sequence[tuple[Maker, int]] = [
            (MAKERS[slot[1]], int(slot[2] or 0)) for slot in _SLOT.finditer(text)
        ]  # KeyError: a slot that does not exist
        self.form = _SLOT.sub("\0", text).replace("%", "%%").replace("\0", "%s")

    @property
    def varies(self) -> bool:
        """Whether the word has slots."""
        return bool(self.makers)

    def make(self, rng: random.Random) -> str:
        """A word with its slots filled in."""
        return self.form % tuple([make(rng, argument) for make, argument in self.makers])


CONSONANTS = words("b c d f g h j k l m n p r s t v w br cl cr dr fl gr pl pr sc sk sl sp st tr")
VOWELS = words("a e i o u a e i o ai ea io ou")
ENDS = words("n r l s t x m k nd rt ss ck ly")
NOUNS = words(
    "update helper service agent setup install launcher manager monitor client server host tray config report sync backup "
    "viewer player editor reader scan engine core bridge proxy crash handler login auth cache index search print mail net "
    "disk file folder media audio video image color font code build test task job queue event log audit policy device driver "
    "power battery display sound camera remote desktop session cloud store market game chat voice call meet note board plan"
)


def coined(rng: random.Random) -> str:
    """A name as marketing coins them: two or three syllables."""
    syllables = rng.choice((2, 2, 3))
    return "".join(rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(syllables)) + rng.choice(("", *ENDS))


def program(rng: random.Random, product: str) -> str:
    """The stem of an executable of a product: its name, a noun, or both."""
    noun, other = rng.choice(NOUNS), rng.choice(NOUNS)
    return rng.choice(
        (product, f"{product}{noun}", f"{noun}{other}", f"{product}-{noun}", f"{product}_{noun}", f"{noun}.{other}")
    )


def by_hand(rng: random.Random) -> str:
    """A name as people type it: belongs to no pattern, whatever digits are in it."""
    words = [coined(rng) if rng.random() < 0.6 else rng.choice(NOUNS) for _ in range(rng.choice((1, 2, 2, 3)))]
    text = rng.choice(("", " ", "-", "_")).join(words)
    ending = rng.random()
    if ending < 0.2:
        return f"{text}{rng.randint(1, 40)}"
    if ending < 0.3:
        return f"{text} ({rng.randint(1, 9)})"
    if ending < 0.36:
        return f"{text} {rng.choice(('final', 'neu', 'old', 'copy', 'v2', 'test', '2nd try'))}"
    if ending < 0.42:
        return f"{rng.randint(1, 30)} {text}"
    return text
