r"""Kinds of variable parts that are recognised wherever they stand: UUIDs, dates, hex, versions, locales, numbers.

Each kind has a *probe*, an expression as wide as the kind allows, and narrows to what it has seen: as many digits, parts and
separators as the members of the clusters had, and no more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.knowledge.locations import Zone
from engine.rules.language.nodes import class_text
from engine.rules.rule import Position
from engine.rules.temp_names import FORMS, TempForm


def words(text: str) -> tuple[str, ...]:
    """The words of a text, apart by blanks."""
    return tuple(text.split())


NO_WORD_BEFORE = "(?<![0-9A-Za-z])"
NO_WORD_AFTER = "(?![0-9A-Za-z])"

LANGUAGES = words(
    "af am ar as az be bg bn bs ca cs cy da de el en es et eu fa fi fil fr ga gd gl gu he hi hr hu hy id is it ja "
    "ka kk km kn ko lb lo lt lv mi mk ml mn mr ms mt nb ne nl nn no or pa pl ps pt ro ru si sk sl sq sr sv sw ta te "
    "th tr ug uk ur uz vi zh zu"
)
REGIONS = words(
    "ad ae af al am ao ar at au az ba bd be bg bo br by ca ch cl cn co cr cy cz de dk do dz ec ee eg es fi fr gb ge "
    "gr gt hk hr hu id ie il in iq ir is it jo jp ke kr kw kz lb li lk lt lu lv ly ma mk mm mn mo mt mx my ng nl no "
    "np nz pa pe ph pk pl pr pt py qa ro rs ru sa se sg si sk sv sy th tn tr tw ua us uy uz ve vn ye za"
)
SCRIPTS = ("hans", "hant", "latn", "cyrl")
USER_DIRECTORIES = ("users$", "homes$", "home$", "profiles$", "profile$", "userdata$", "homes", "profiles", "userprofiles")
"""Directories whose entries are named for people. `users` and `home` at their usual places are folded before any rule."""


@dataclass(frozen=True, slots=True)
class WordKind:
    """A kind of variable part that is recognised anywhere: a version, an id, a date …"""

    name: str
    replacement: str
    probe: str
    narrow: Callable[[Sequence[str]], str]
    """From the texts of variable parts to the expression that covers them."""
    position: Position = Position.ANY
    under: tuple[str, ...] = ()
    zones: frozenset[Zone] = frozenset()


def _counts(lengths: Sequence[int]) -> str:
    low, high = min(lengths), max(lengths)
    return "" if low == high == 1 else f"{{{low}}}" if low == high else f"{{{low},{high}}}"


def _fixed(probe: str) -> Callable[[Sequence[str]], str]:
    return lambda _: probe


UUID_PROBE = "(?<![0-9A-Fa-f])([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})(?![0-9A-Fa-f])"
SID_PROBE = NO_WORD_BEFORE + r"([sS]-1-5-21-[0-9]{1,10}-[0-9]{1,10}-[0-9]{1,10}-[0-9]{1,10})(?![0-9])"
YEAR, MONTH, DAY = "(?:19|20)[0-9]{2}", "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
DATE_PROBE = (
    f"(?<![0-9])({YEAR}(?:-{MONTH}-{DAY}|_{MONTH}_{DAY}|\\.{MONTH}\\.{DAY}|"
    f"{MONTH}{DAY}(?:[0-2][0-9][0-5][0-9][0-5][0-9])?))(?![0-9])"
)
CLOCK = "[0-2][0-9]"
SIXTY = "[0-5][0-9]"
TIME_PROBE = f"<date>[-_ tT]?({CLOCK}(?:{SIXTY}{SIXTY}|-{SIXTY}-{SIXTY}|_{SIXTY}_{SIXTY}|\\.{SIXTY}\\.{SIXTY}))(?![0-9])"
VERSION_PROBE = (
    r"(?<![0-9])([0-9]{1,5}\.[0-9]{1,6}(?:\.[0-9]{1,6})?(?:\.[0-9]{1,6})?(?:\.[0-9]{1,6})?"
    r"(?:_(?!(?:32|64|86)(?![0-9]))[0-9]{2,3})?(?:-(?:rc|alpha|beta|pre|preview|dev)\.?[0-9]{0,4})?)(?![0-9])"
)
RUNTIME_PROBE = r"(?<![a-z])(?:jdk|jre|java|openjdk|python)-?([0-9]{1,2}(?:u[0-9]{1,3}(?:-b[0-9]{1,2})?)?)(?![0-9.])"
"""Runtimes whose directories carry a version without a dot: `jre7`, `jdk8u292-b10`, `jdk-17`, `python39` would be 3.9."""
LOCALE_PROBE = (
    "(?<![-0-9A-Za-z])"
    f"((?:{'|'.join(LANGUAGES)})[-_](?:(?:{'|'.join(SCRIPTS)})(?:[-_](?:{'|'.join(REGIONS)}))?|{'|'.join(REGIONS)}))"
    "(?![-0-9A-Za-z])"
)


def _hex_probe(length: int) -> str:
    # Not behind a double underscore: there stands the key that a component is signed with, which is an identity.
    return (
        f"{NO_WORD_BEFORE}(?<!__)([0-9a-f]{{{length}}})(?![0-9A-Za-z_])"
        if length == 16
        else (f"{NO_WORD_BEFORE}([0-9a-fA-F]{{{length}}}){NO_WORD_AFTER}")
    )


def _hex(low: int, high: int) -> str:
    """Hex of any length: with a letter and a digit in it, else it is a number or may be a word."""
    both = f"(?=[a-f]{{0,{high}}}[0-9])(?=[0-9]{{0,{high}}}[a-f])"
    return f"{NO_WORD_BEFORE}{both}([0-9a-f]{_counts([low, high])})(?![0-9A-Za-z])(?!_[0-9])"


def _narrow_hex(seen: Sequence[str]) -> str:
    return _hex(min(map(len, seen)), max(map(len, seen)))


def _narrow_date(seen: Sequence[str]) -> str:
    forms = []
    for separator in "-_.":
        if any(text[4] == separator for text in seen):
            mark = "\\." if separator == "." else separator
            forms.append(f"{mark}{MONTH}{mark}{DAY}")
    plain = [text for text in seen if text.isdigit()]
    if plain:
        time = f"(?:{CLOCK}{SIXTY}{SIXTY})?" if any(len(text) > 8 for text in plain) else ""
        forms.append(f"{MONTH}{DAY}{time}")
    return f"(?<![0-9])({YEAR}(?:{'|'.join(forms)}))(?![0-9])"


UPDATE = "(?:_(?!(?:32|64|86)(?![0-9]))[0-9]{2,3})?"
"""`1.8.0_201`: the update belongs to the version, `1.2_64` names an architecture."""
_UPDATE = re.compile(r"_([0-9]{2,3})\Z")
_STAGE = re.compile(r"-(rc|alpha|beta|preview|pre|dev)(\.?)([0-9]{0,4})\Z")


def _narrow_version(seen: Sequence[str]) -> str:
    bodies, stages, update = [], Counter[str](), False
    most = 0
    for text in seen:
        found = _STAGE.search(text)
        if found:
            stages[found[1]] += 1
            most = max(most, len(found[3]))
            text = text[: found.start()]  # noqa: PLW2901
        if _UPDATE.search(text):
            update = True
            text = _UPDATE.sub("", text)  # noqa: PLW2901
        bodies.append(text.split("."))
    fewest, parts = min(map(len, bodies)), max(map(len, bodies))
    width = [max(len(body[at]) for body in bodies if len(body) > at) for at in range(parts)]
    digits = [f"[0-9]{{1,{count}}}" if count > 1 else "[0-9]" for count in width]
    out = "\\.".join(digits[:fewest]) + "".join(f"(?:\\.{digit})?" for digit in digits[fewest:])
    out += UPDATE if update else ""
    out += f"(?:-(?:{'|'.join(sorted(stages))})\\.?[0-9]{{0,{max(most, 1)}}})?" if stages else ""
    return f"(?<![0-9])({out})(?![0-9])"


def _narrow_locale(seen: Sequence[str]) -> str:
    split = [re.split("[-_]", text, maxsplit=1) for text in seen]
    separators = class_text(frozenset(text[len(one[0])] for text, one in zip(seen, split, strict=True)))
    languages = "|".join(sorted({one[0] for one in split}))
    regions = "|".join(sorted({one[1] for one in split}, key=lambda text: (-len(text), text)))
    return f"(?<![-0-9A-Za-z])((?:{languages}){separators}(?:{regions}))(?![-0-9A-Za-z])"


def _number(before: str, after: str) -> Callable[[Sequence[str]], str]:
    return lambda seen: f"{before}([0-9]{_counts([len(text) for text in seen])}){after}"


def _narrow_user(seen: Sequence[str]) -> str:
    chars = frozenset("".join(seen))
    return f"^({class_text(chars)}{_counts([len(text) for text in seen])})$"


def _temporary(form: TempForm) -> WordKind:
    position = Position.DIRECTORY if form.directory else Position.ANY
    return WordKind("temp", form.replacement, form.probe, _fixed(form.probe), position, form.under, form.zones)


LONG = ("(?<![0-9])", NO_WORD_AFTER)
APART = (NO_WORD_BEFORE + "(?<![0-9]\\.)", NO_WORD_AFTER)
WHOLE = ("^", "$")
COPY = (r"[(\[]", r"[)\]]")

PROBES: tuple[WordKind, ...] = (
    WordKind("uuid", "<uuid>", UUID_PROBE, _fixed(UUID_PROBE)),
    WordKind("sid", "<sid>", SID_PROBE, _fixed(SID_PROBE)),
    WordKind("date", "<date>", DATE_PROBE, _narrow_date),
    WordKind("time", "<time>", TIME_PROBE, _fixed(TIME_PROBE)),
    *(WordKind(f"hex{n}", f"<hex{n}>", _hex_probe(n), _fixed(_hex_probe(n))) for n in (64, 40, 32, 16)),
    *map(_temporary, FORMS),
    WordKind("hex", "<hex>", _hex(8, 15), _narrow_hex),
    WordKind("version", "<version>", VERSION_PROBE, _narrow_version),
    WordKind("runtime", "<version>", RUNTIME_PROBE, _fixed(RUNTIME_PROBE), Position.DIRECTORY),
    WordKind("locale", "<locale>", LOCALE_PROBE, _narrow_locale),
    WordKind("user", "<user>", r"^([a-z0-9][-a-z0-9._]{1,30})$", _narrow_user, Position.DIRECTORY, USER_DIRECTORIES),
    WordKind("number", "<number>", f"{LONG[0]}([0-9]{{5,20}}){LONG[1]}", _number(*LONG)),
    WordKind("number", "<number>", f"{APART[0]}([0-9]{{3,4}}){APART[1]}", _number(*APART)),
    WordKind("number", "<number>", "^([0-9]{1,2})$", _number(*WHOLE), Position.DIRECTORY),
    WordKind("copy", "<n>", f"{COPY[0]}([0-9]{{1,3}}){COPY[1]}", _number(*COPY)),
)
"""In the order of Rule.order, or learning would see other words than applying does."""
