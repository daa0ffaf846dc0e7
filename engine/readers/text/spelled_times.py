"""Times as people and their systems spell them: month names, any order, many languages, AM and PM, zones.

`timestamps` reads what machines write and asks here for the rest. Nothing is looked up in the locale of this machine: the log
is from another one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST = 64

_MONTHS_OF = (
    "jan january januar jänner januari janvier janv ene enero gen gennaio jan janeiro styczeń stycznia sty leden ledna январь "
    "января янв "
    "tammikuu ocak oca tammikuuta",
    "feb february februar februari février févr fev feb febrero febbraio fevereiro luty lutego lut únor února февраль февраля "
    "фев şubat "
    "şub helmikuu helmikuuta fév",
    "mar march märz mrz maart mrt mars marzo março marzec marca březen března март марта мар mart maaliskuu maaliskuuta mär",
    "apr april avril avr abr abril aprile kwiecień kwietnia kwi duben dubna апрель апреля апр nisan nis huhtikuu huhtikuuta",
    "may mai mei mayo mag maggio maio maj maja květen května май мая mayıs toukokuu toukokuuta",
    "jun june juni juin junio giu giugno junho czerwiec czerwca cze červen června июнь июня июн haziran haz kesäkuu kesäkuuta",
    "jul july juli juillet juil julio lug luglio julho lipiec lipca lip červenec července июль июля июл temmuz tem heinäkuu "
    "heinäkuuta",
    "aug august augustus août aou ago agosto sierpień sierpnia sie srpen srpna август августа авг ağustos ağu elokuu elokuuta "
    "aoû",
    "sep sept september septembre septiembre set settembre setembro wrzesień września wrz září сентябрь сентября сен сент "
    "eylül eyl "
    "syyskuu syyskuuta",
    "oct october okt oktober octobre octubre ott ottobre out outubro październik października paź říjen října октябрь октября "
    "окт ekim "
    "eki lokakuu lokakuuta",
    "nov november novembre noviembre novembro listopad listopada lis ноябрь ноября ноя kasım kas marraskuu marraskuuta",
    "dec december dez dezember décembre déc dic diciembre dicembre dezembro grudzień grudnia gru prosinec prosince декабрь "
    "декабря дек "
    "aralık ara joulukuu joulukuuta",
)
_MONTHS = {name: number for number, names in enumerate(_MONTHS_OF, 1) for name in names.split()}
_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt":
    -420, "cet": 60, "cest": 120, "mez": 60, "mesz": 120, "eet": 120, "eest": 180, "wet": 0, "west": 60, "msk": 180, "jst": 540,
    "kst":
    540, "aest": 600, "aedt": 660, "sast": 120, "hkt": 480, "sgt": 480,
}  # fmt: skip
"""Minutes east of UTC of abbreviations that mean one zone in the logs of computers; CST is the American one."""
_HALF = r"(?![\d:])\s*([AaPp]\.?\s?[Mm]\b\.?)?"
_CLOCK = re.compile(r"(?<![\d:.])(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?" + _HALF)
_DOTTED_CLOCK = re.compile(r"(?<=\s)(\d{1,2})\.(\d{2})\.(\d{2})(?:[.,](\d{1,9}))?" + _HALF)
"""As Finnish, Italian and Oracle have it, behind a date."""
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})?(?!\d)")
_APACHE = re.compile(r"(\d{4}):(\d{2}:\d{2}:\d{2})")
_WORDS = re.compile(r"[^\W\d_]+")
_NUMBERS = re.compile(r"\d+")
_HALVES = (
    ("AM", ("上午", "午前", "오전", "صباحا", "ص", "π.μ.", "πμ")),
    ("PM", ("下午", "午後", "오후", "مساء", "م", "μ.μ.", "μμ")),
)
_MANY_WORDS = 4


class Spelled(NamedTuple):
    """The parts of a time."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    fraction: str
    offset: int | None
    """Minutes east of UTC; None where the text names no zone."""


def spelled(text: str, day_first: bool | None) -> Spelled | None:
    """The parts of a time in words or digits; None for what is none. `day_first`: of two numbers that may both be the month."""
    text, half = _plain(text)
    clock = _CLOCK.search(text) or _DOTTED_CLOCK.search(text)
    if clock is None or len(text) > LONGEST:
        return None
    hour, minute, second, fraction, own_half = clock.groups()
    half = (own_half or half)[:1].upper()
    before, after = text[: clock.start()], text[clock.end() :]
    offset, after = _zone(after)
    date = _date(f"{before} {after}", day_first)
    if date is None:
        return None
    number = int(hour)
    if half:
        number = number % 12 + (12 if half == "P" else 0)
    return Spelled(*date, number, int(minute), int(second or 0), fraction or "", offset)


def _plain(text: str) -> tuple[str, str]:
    """Blanks as blanks, signs of CJK dates as separators, and the half of the day that stands before the clock."""
    half = ""
    for name, words in _HALVES:
        for word in words:
            if word in text:
                text, half = text.replace(word, " ", 1), name
    for sign in "年月년월":
        text = text.replace(sign, "-")
    for sign in "日일@時分":
        text = text.replace(sign, " ")
    return _APACHE.sub(r"\1 \2", text), half


def _zone(after: str) -> tuple[int | None, str]:
    """Minutes east of UTC that the text behind a clock begins with, and what is left of it."""
    offset: int | None = None
    rest = after
    name = _WORDS.match(rest.lstrip(" ("))
    if name is not None and name.group().casefold() in _ZONES:
        offset = _ZONES[name.group().casefold()]
        rest = rest.lstrip(" (")[name.end() :]
    if sign := _OFFSET.match(rest.lstrip()):
        minutes = int(sign.group(2)) * 60 + int(sign.group(3) or 0)
        offset = -minutes if sign.group(1) == "-" else minutes
        rest = rest.lstrip()[sign.end() :]
    return offset, rest


def _date(text: str, day_first: bool | None) -> tuple[int, int, int] | None:
    """Year, month, day; None unless exactly these are there."""
    words = _WORDS.findall(text)
    months = {_MONTHS[word.casefold()] for word in words if word.casefold() in _MONTHS}
    numbers = _NUMBERS.findall(text)
    if len(words) > _MANY_WORDS or len(months) > 1:
        return None
    if months:
        return _named(numbers, months.pop())
    # Words beside digits only: nothing but the name of a weekday, which ends in front of a comma or blank.
    if len(numbers) != 3 or len(words) > 1:
        return None
    if len(numbers[0]) == 4:
        year, month, day = map(int, numbers)
        return year, month, day
    first, second = int(numbers[0]), int(numbers[1])
    if len(numbers[2]) not in (2, 4):
        return None
    year = int(numbers[2]) + (2000 if len(numbers[2]) == 2 else 0)
    dotted = f"{numbers[0]}." in text
    day_is_first = first > 12 or (second <= 12 and (dotted or bool(day_first)))
    return (year, second, first) if day_is_first else (year, first, second)


def _named(numbers: list[str], month: int) -> tuple[int, int, int] | None:
    """Day and year beside the name of a month, in either order."""
    if len(numbers) != 2:
        return None
    years = [number for number in numbers if len(number) == 4]
    if len(years) == 1:
        day = numbers[1] if numbers[0] == years[0] else numbers[0]
        return int(years[0]), month, int(day)
    return int(numbers[1]) + 2000, month, int(numbers[0])
