"""Making hostile text visible: what came from a log never drives a terminal, whatever it contains.

Log content is written by attackers. Escape sequences move cursors and rewrite what was shown, bidirectional overrides
reorder it (CVE-2021-42574), zero-width characters hide parts of a name, combining marks smear over the next cells.
All of them are evidence, so they are shown as escapes and not dropped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

_HIDING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that are acted upon or shown as nothing: controls, format (bidi, zero width, tags), lone surrogates
(invalid UTF-8 of the log, kept by the readers), private use, noncharacters, line and paragraph separators."""
_FILLERS = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800") | {chr(code) for code in range(0xFE00, 0xFE10)}
"""Letters and marks that look like nothing: Hangul fillers, blank Braille, variation selectors."""
_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\x1b": "\\e", "\x00": "\\0"}
_PLAIN = re.compile("[\x20-\u02ff\u2010-\u2027\u2190-\u27ff]*")
"""Latin letters, dashes, and what trees and bars are drawn with: of these, what is printable has nothing to hide. A look at each
character costs more than all else that is done to a line of a tree.
"""
_MARKS_IN_A_ROW = 2
"""Combining marks kept after one base character; more are only used to smear ("Zalgo")."""


def _escape(char: str) -> str:
    code = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _inert(text: str, escape: Callable[[str], str] = _escape) -> Iterator[str]:
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        hostile = unicodedata.category(char) in _HIDING or char in _FILLERS or marks > _MARKS_IN_A_ROW
        yield escape(char) if hostile else char


def visible(text: str, limit: int | None = None) -> str:
    """`text` with everything that a terminal would interpret or hide written as an escape, cut to `limit` characters.

    A backslash stays a backslash (Windows paths would be unreadable doubled): this is for eyes, not for parsing back.
    """
    if limit is not None and len(text) > limit:
        text = text[: max(limit - 1, 0)] + "…"
    if text.isprintable() and _PLAIN.fullmatch(text):
        return text
    return "".join(_inert(text))


def visible_in_place(text: str) -> str:
    """The same with one character for each, for a field whose cursor counts characters: what hides becomes \ufffd."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_inert(text, lambda _char: "\ufffd"))


def visible_cell(text: str, limit: int | None = None) -> str:
    """The same in a cell of a Markdown table, which it does not end."""
    return visible(text, limit).replace("|", "\\|")
