"""Files whose records name no host: rotated parts of one log are one host; the same name in two folders is two.

audit.log, audit.log.1 and audit.log.2.gz of one folder belong together; web-1.csv and web-2.csv do not: what may tell machines
apart stays, and only what rotation and copying add to a name is taken off. A triage collection is of one machine by its layout:
all that UAC (tclahr.github.io/uac-docs, output_file) and Velociraptor (results beside uploads) put into it belongs together.
"""

from __future__ import annotations

import re

MARKS = re.compile(r"[/\\!]")
"""Between the parts of a path, inside a container too."""
_DATE = r"[-._](?:\d{8}(?:[-t_.]?\d{4,6})?|\d{10}|\d{4}-\d{2}-\d{2}(?:[-t_.]\d{2}[-_.:]?\d{2}(?:[-_.:]?\d{2})?(?:[-.]\d+)?)?)$"
_PACKED = re.compile(r"\.(?:gz|xz|bz2|zst|lzma|z)$")
_TURNED = re.compile(rf"\.(?:old|bak|\d{{1,7}})$|{_DATE}| \(\d+\)$| - copy(?: \(\d+\))?$")
_DATED = re.compile(rf"{_DATE}| \(\d+\)$| - copy(?: \(\d+\))?$")
_ADDRESS = re.compile(r"(?:^|\D)\d{1,3}(?:\.\d{1,3}){3}$")
_ARCHIVED = "archive-"
"""Windows begins the names of full logs with it, and ends them with a time."""
COLLECTED = re.compile(
    r"(?s)(.*[^/\\!])[/\\!](?:\[root\]|live_response)[/\\].*"
    r"|(.*[^/\\!])[/\\!]results[/\\](?:Windows|Linux|MacOS|Generic|Custom|Exchange)\.[^/\\!]+\.(?:json|csv)"
)
"""What UAC and Velociraptor made, and the way to it."""


def collection_of(path: str) -> str:
    """What a source belongs to if its records name no host: the collection of one machine that it is in, else folder and name of
    the log, without what rotation added.
    """
    if collected := COLLECTED.fullmatch(path):
        return "/".join(MARKS.split(collected.group(1) or collected.group(2)))
    parts = MARKS.split(path)
    return "/".join([*parts[:-1], _log_name(parts[-1].casefold()) or parts[-1]])


def _log_name(name: str) -> str:
    while True:
        shorter = _PACKED.sub("", name)
        if not _ADDRESS.search(shorter):
            shorter = _TURNED.sub("", shorter)
        stem, dot, ending = shorter.rpartition(".")
        if dot and not _ADDRESS.search(stem):
            shorter = (_TURNED if ending == "log" else _DATED).sub("", stem) + dot + ending
            if stem.startswith(_ARCHIVED) and shorter != stem + dot + ending:
                shorter = shorter.removeprefix(_ARCHIVED)
        if shorter == name or not shorter:
            return name
        name = shorter
