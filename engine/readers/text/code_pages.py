"""Lines that are no UTF-8, as UTF-8: exports of a German, Japanese or Russian machine are in its code page, and do not say so.

A backslash escape for each such byte was rejected: in a Windows path it makes a folder of half a name. Line by line, since files
are joined, and since a line of a text in UTF-8 may be damaged: what holds more whole characters than broken ones stays as it is.
"""

from __future__ import annotations

import codecs
import re
from itertools import pairwise

_PAGES = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "cp437", "cp850", "cp852", "cp866", "koi8_r", "cp932"),
    *("gb18030", "cp949", "big5", "euc_jp", "mac_roman"),
)
_LATIN = frozenset(("cp1252", "cp1250", "cp1254", "cp1257", "cp437", "cp850", "cp852", "mac_roman"))
_OTHER_LETTERS = frozenset(("cp1251", "cp1253", "cp866", "koi8_r"))
"""Cyrillic and Greek."""
_SAMPLE = 1 << 16
_PIECE = 1 << 16
_WESTERN = re.compile(r"[\x00-\x7fÀ-ÏÑ-ÖØ-Üß-ïñ-öø-üÿŠšŽžŒœŸ€’‘“”„–…«»°§µ²³×]*")
"""What western texts in Windows-1252 have. Not the letters that stand for other ones in Turkish texts."""
_STRANGE = re.compile(r"[À-ÿŠšŽžŒœŸ]{3}")
"""So many accents side by side are Cyrillic or Greek."""
_WITHIN = re.compile(rb"[A-Za-z][\x80-\xff]+|[\x80-\xff]+[A-Za-z]")
"""Letters that are not ASCII beside some that are: where most are so, the script is the Latin one."""
_LONG_RUN = re.compile(rb"[\x80-\xff]{4}")
"""Four letters in a row, and none of ASCII beside them: no Latin script has such words."""
_TURKISH = re.compile(rb"[\xd0\xdd\xde\xf0\xfd\xfe]")
"""Ğ İ Ş ğ ı ş; in Windows-1252 the letters of Icelandic."""
_ICELANDIC = re.compile(rb"[\xe1\xe6\xe9\xed\xf3\xfa]")
"""á æ é í ó ú, which go with them there."""
_HIGH = re.compile(rb"[\x80-\xff]+")
_MARK = codecs.BOM_UTF8


class Recoder:
    """Makes UTF-8 of the blocks of one stream. Blocks of ASCII pass as they are."""

    def __init__(self, bare_returns: bool = False) -> None:
        self._bare_returns = bare_returns
        """Lines end with a carriage return."""
        self._page = ""
        self._held = b""
        self._begins = True
        """Whether what comes next begins a line."""

    @property
    def held(self) -> int:
        """Bytes of a line that wait for its end."""
        return len(self._held)

    def feed(self, data: bytes, final: bool = False) -> bytes:
        """The lines that `data` completes, the rest is held until the next block; with `final` everything."""
        if self._bare_returns:
            data = data.replace(b"\r", b"\n")
        if not self._held and data.isascii():
            self._begins = data.endswith(b"\n") if data else self._begins
            return data
        whole = final or len(self._held) + len(data) > _SAMPLE * 16
        cut = len(data) if whole else data.rfind(b"\n") + 1
        if not cut and not whole:
            self._held += data
            return b""
        # What is held has no end of a line; joined at once, since a copy of each block is a hundredth of reading it.
        data, self._held = b"".join((self._held, memoryview(data)[:cut])), data[cut:]
        if not data:
            return data
        data = self._without_marks(data)
        return data if is_utf8(data) else self._recoded(data)

    def _without_marks(self, data: bytes) -> bytes:
        """Without the byte order marks that joined files bring into the middle, at the beginning of a line."""
        if _MARK[:1] in data and _MARK in data:  # one byte is looked for ten times as fast as three
            data = data.removeprefix(_MARK) if self._begins else data
            data = data.replace(b"\n" + _MARK, b"\n")
        self._begins = data.endswith(b"\n")
        return data

    def _recoded(self, data: bytes) -> bytes:
        lines = data.split(b"\n")
        foreign = [number for number, line in enumerate(lines) if _is_foreign(line)]
        if foreign and not self._page:
            self._page = page_of(b"\n".join(lines[number] for number in foreign)[:_SAMPLE])
        for number in foreign:
            lines[number] = _decoded(lines[number], self._page).encode("utf-8", "replace")
        return b"\n".join(lines)


def is_utf8(data: bytes) -> bool:
    """Decoded in pieces that stay in the processor's cache: in half the time of a block as a whole."""
    view, at = memoryview(data), 0
    try:
        while at < len(data):
            read = codecs.utf_8_decode(view[at : at + _PIECE], "strict", False)[1]
            if not read:
                return False  # the data ends within a character
            at += read
    except UnicodeDecodeError:
        return False
    return True


def recoded(head: bytes) -> bytes:
    """The same of a head, the last line of which may be cut."""
    return Recoder().feed(head, final=True)


def _is_foreign(line: bytes) -> bool:
    """Whether a line is in a code page and no damaged UTF-8."""
    if line.isascii():
        return False
    whole = broken = 0
    for run in _HIGH.findall(line):
        text = run.decode("utf-8", "surrogateescape")
        escapes = sum("\udc80" <= character <= "\udcff" for character in text)
        broken += escapes
        whole += len(text) - escapes
    return broken > whole


def _decoded(line: bytes, page: str) -> str:
    try:
        return line.decode(page)
    except UnicodeDecodeError:
        return line.decode("latin-1")  # every byte is a character: nothing is lost


def page_of(sample: bytes) -> str:
    """The likeliest code page of text that is no UTF-8. Windows-1252 wherever it reads as a western text: too few letters of a
    German log are foreign for statistics, which would as soon take it for a Polish one.
    """
    western = sample.decode("cp1252", "replace")
    strange = _STRANGE.search(western) is not None
    runs = len(_HIGH.findall(sample))
    mixed = 2 * len(_WITHIN.findall(sample)) > runs
    strange = strange or (not mixed and _LONG_RUN.search(sample) is not None)
    if not strange and _WESTERN.fullmatch(western):
        return "cp1252"
    from charset_normalizer import from_bytes  # 60 ms, for the few files that need it

    found = [match.encoding for match in from_bytes(_dense(sample), cp_isolation=list(_PAGES))]
    if mixed:
        found = [page for page in found if page not in _OTHER_LETTERS] or ["cp1254" if _TURKISH.search(sample) else "cp1252"]
        if found[0] in ("cp1252", "cp1250") and _TURKISH.search(sample) and not _ICELANDIC.search(sample):
            return "cp1254"
    elif strange:
        found = [page for page in found if page not in _LATIN] or found
    return found[0] if found else "cp1252"


def _dense(sample: bytes) -> bytes:
    """The parts of a sample that have anything to tell: some blanks and letters around each foreign run."""
    if len(sample) < _SAMPLE // 16:
        return sample
    spans = [(max(0, match.start() - 20), match.end() + 20) for match in _HIGH.finditer(sample)]
    starts = [spans[0], *(later for earlier, later in pairwise(spans) if later[0] > earlier[1])]
    return b" ".join(sample[begin:end] for begin, end in starts)[: _SAMPLE // 4]
