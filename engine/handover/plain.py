"""Texts for programs that want valid Unicode: half a character of the log (a lone surrogate) is written as an escape."""

from __future__ import annotations

import json
import re
from typing import Any, TextIO

_LONE = re.compile("[\ud800-\udfff]")


def whole(text: str) -> str:
    r"""The same text; a lone surrogate, which stands for a byte that was no UTF-8, as `\udcff`. Two halves stay two."""
    return text if text.isascii() else _LONE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def wholly(value: Any) -> Any:
    """A structure for JSON with every text in it made whole; tuples become lists."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, dict):
        return {whole(key): wholly(one) for key, one in value.items()}
    return [wholly(one) for one in value] if isinstance(value, list | tuple) else value


def write_json(value: Any, stream: TextIO) -> None:
    """One document, indented; everything beyond ASCII is escaped, so that no terminal acts on it."""
    stream.write(json.dumps(wholly(value), indent=1) + "\n")
