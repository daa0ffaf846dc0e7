"""Forms in which programs make temporary names: what is in front tells who made it and is kept, the random part is replaced.

From the documentation and source of those who make them: GetTempFileName and FileSystemObject.GetTempName (Windows), Inno
Setup, NSIS, mktemp (GNU), tempfile (Python), PyInstaller, 7-Zip, WinRAR, the Recycle Bin ($R…, $I…), the cache of Internet
Explorer, Explorer opening an archive (`temp1_x.zip`).

A random part of four letters may be a word (`surface.tmp`), so there must be a digit in it, or a capital letter where
capitals survive folding; the few that have none stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.knowledge.locations import Zone


@dataclass(frozen=True, slots=True)
class TempForm:
    """One form that names of temporary files have."""

    probe: str
    replacement: str = "<temp>"
    directory: bool = False
    """Only directories are made so."""
    under: tuple[str, ...] = ()
    zones: frozenset[Zone] = frozenset()


FORMS = (
    TempForm(r"^is-([0-9a-z]{5})\.tmp$"),
    TempForm(r"^[a-z~]{3}(?=[a-f]{0,4}[0-9])([0-9a-f]{1,5})\.tmp$"),
    TempForm(r"^tmp\.(?=[a-z]{0,9}[0-9A-Z])([0-9a-zA-Z]{10})(?![0-9a-zA-Z])"),
    TempForm(r"^tmp(?=[a-z_]{0,7}[0-9])([0-9a-z_]{8})(?![0-9a-z_])"),
    TempForm(r"^_(?:mei|MEI)(?=[a-z]{0,7}[0-9A-Z])([0-9a-zA-Z]{4,8})$", directory=True),
    TempForm(r"^7z[a-z](?=[a-f]{0,7}[0-9])([0-9a-f]{8})$", directory=True),
    TempForm(r"^rar\$[a-z]{1,4}([0-9]{1,7}\.[0-9]{1,7})(?![0-9])", directory=True),
    TempForm(r"^\$[ri](?!ecycle)([0-9a-z]{6})(?![0-9a-z])", zones=frozenset({Zone.RECYCLE})),
    TempForm(r"^(?=[a-z]{0,7}[0-9])([0-9a-z]{8})$", directory=True, under=("content.ie5", "ie")),
    TempForm(r"^temp([0-9]{1,3})_", "<n>", directory=True),
)
