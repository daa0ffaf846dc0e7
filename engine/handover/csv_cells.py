r"""Text in CSV cells that no spreadsheet or terminal acts upon, and from which the original can be had back.

Two changes, both undone by `unescape_cell`; everything else is written as it is, backslashes of Windows paths included:

1. Characters that are not seen or that act (control characters except tab and newline, format characters such as bidi
   overrides and zero-width ones, line separators, lone surrogates of invalid UTF-8) become `\u{1b}`: backslash, u, the code
   in hex within braces. A literal `\u{` in the text becomes `\u{5c}u{`, so the form is unambiguous.
2. A cell that a spreadsheet would take for a formula (= + - @ or their full-width forms, tab or newline first, also behind
   blanks or quotes) and a cell that begins with an apostrophe get an apostrophe in front. So a first apostrophe is always
   ours.

A comma separated file opened where the semicolon separates lists is cut at semicolons, tabs and newlines, and the quotes that
protect a cell do not count there. Therefore a formula character behind one of those is written as in 1.

Rejected: a tab in front of the formula (Excel keeps it in the cell, other tools do not), doubling all backslashes (every path
would change), dropping the characters (they are evidence).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff9-\uffff\U000e0000-\U000e0fff]"
)
_LITERAL = re.compile(r"\\u\{")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]{1,6})\}")
_FORMULA = "=+\\-@\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b"
_LEADING = re.compile(f"[\\s\"'`\u2018\u2019\u201c\u201d]*[{_FORMULA}\t\n]|'")
_INNER = re.compile(f"([;\t\n][\\s\"'\u2018\u2019\u201c\u201d]*)([{_FORMULA}])")
_FIRST = frozenset(char for char in map(chr, range(0x20, 0x7F)) if _LEADING.match(char) or _LEADING.match(f"{char}="))
"""Printable ASCII with which a cell that needs an apostrophe can begin."""


def _escaped(char: str) -> str:
    return f"\\u{{{ord(char):x}}}"


def escape_cell(text: str) -> str:
    """`text` as it goes into a cell."""
    if "\\u{" in text:
        text = _LITERAL.sub(lambda _: "\\u{5c}u{", text)
    if not (text.isascii() and text.isprintable()):
        text = _HIDDEN.sub(lambda match: _escaped(match[0]), text)
    if ";" in text or "\t" in text or "\n" in text:
        text = _INNER.sub(lambda match: match[1] + _escaped(match[2]), text)
    return "'" + text if _LEADING.match(text) else text


def escape_cells(texts: Sequence[str]) -> list[str]:
    """`escape_cell` of each text. What nearly every text passes is asked of all of them at once."""
    joined = "".join(texts)
    # A mark that is there only where two texts meet sends them the long way: to the same cells.
    if not (joined.isascii() and joined.isprintable()) or ";" in joined or "\\u{" in joined:
        return [escape_cell(text) for text in texts]
    return ["'" + text if text[:1] in _FIRST and _LEADING.match(text) else text for text in texts]


def unescape_cell(cell: str) -> str:
    """The text that `escape_cell` was given."""
    if cell.startswith("'"):
        cell = cell[1:]
    if "\\u{" not in cell:
        return cell
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), cell)
