"""Backslashes that a pipeline escaped once too often, so that each is two in the value itself.

Wazuh's agent writes them so, and so do tables that were made of JSON text without decoding it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_ODD = re.compile(r"(?<!\\)(?:\\\\)*\\(?!\\)")
_PATHS = ("Image", "NewProcessName", "ParentImage", "ParentProcessName", "ProcessName")
_ESCAPED = ":\\\\"


def undoubled(fields: Mapping[str, Any], told_by: str) -> Mapping[str, Any]:
    """The fields with single backslashes where the path of the executable (`told_by`) shows that all were doubled: each run of
    them in the event's paths is even.
    """
    path = fields.get(told_by)
    return halved(fields) if type(path) is str and _ESCAPED in path else fields


def halved(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same, whatever path shows it."""
    paths = [value for name in _PATHS if isinstance(value := fields.get(name), str) and "\\" in value]
    if not paths or any(_ODD.search(path) for path in paths):
        return fields
    return {key: value.replace("\\\\", "\\") if isinstance(value, str) else value for key, value in fields.items()}
