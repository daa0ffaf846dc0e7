"""One JSON object from bytes, tolerant of what real exports do to text."""

from __future__ import annotations

import json
from typing import Any

import orjson


def load_object(data: bytes) -> dict[str, Any] | None:
    """The object, None when the bytes are no JSON object. Never raises.

    Second try for what orjson refuses and logs contain: bytes that are no UTF-8 and halves of surrogate pairs (an emoji cut by
    a length limit); both become replacement characters. A trailing comma behind the object is ignored.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        value = _second_try(data)
    return value if type(value) is dict else None


def _second_try(data: bytes) -> Any:
    stripped = data.strip(b" \t\r\n\x00\x1e,")
    if not stripped.startswith(b"{") or not stripped.endswith(b"}"):
        return None
    try:
        loose = json.loads(stripped.decode("utf-8", "replace"), strict=False)
        return orjson.loads(json.dumps(loose, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
