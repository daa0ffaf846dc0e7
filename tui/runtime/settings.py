"""What a user has chosen and wants to find again: theme, keys, time zone. A small JSON file in the workspace."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.small_files import why

FILE = "settings.json"
DEFAULT_THEME = "oddkin-dark"
MAX_BYTES = 1 << 20


@dataclass(slots=True)
class Settings:
    """Theme by name, key strings by binding id, display zone. Exports are UTC whatever this says."""

    theme: str = DEFAULT_THEME
    keymap: dict[str, str] = field(default_factory=dict)
    zone: str = "UTC"
    case: str = ""
    """The case that was open last."""
    columns: list[str] = field(default_factory=list)
    """Of the list in Triage, by name (tui.words.triage.finding_row.TITLES); none chosen are the usual ones."""
    path: Path | None = None
    """Where it is kept; None keeps it nowhere (tests, read-only workspaces)."""
    problem: str = ""
    """Why the file was not taken; told once at the start."""

    def save(self) -> None:
        """Write the file whole or not at all. A workspace that cannot be written to costs the setting, not the session."""
        if self.path is None:
            return
        kept = {key: value for key, value in asdict(self).items() if key not in {"path", "problem"}}
        partial = self.path.with_suffix(".partial")
        try:
            partial.write_text(json.dumps(kept, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
            partial.replace(self.path)
        except OSError as error:
            self.problem = f"Settings cannot be kept: {error.strerror or error}."


def load(folder: Path) -> Settings:
    """The settings of a workspace; what is missing or makes no sense is the default, and `problem` says so."""
    path = folder / FILE
    settings = Settings(path=path)
    try:
        if not path.exists():
            return settings
        if not path.is_file():
            raise ValueError("no regular file")
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("too large")
        told = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(told, dict):
            raise ValueError("not an object")
    except (OSError, ValueError) as error:
        settings.problem = f"{path} was not used: {why(error, path)}."
        return settings
    for name in ("theme", "zone", "case"):
        if isinstance(told.get(name), str):
            setattr(settings, name, told[name])
    if isinstance(told.get("keymap"), dict):
        settings.keymap = {str(key): keys for key, keys in told["keymap"].items() if isinstance(keys, str)}
    if isinstance(told.get("columns"), list):
        settings.columns = [name for name in told["columns"] if isinstance(name, str)]
    try:
        ZoneInfo(settings.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        settings.problem = f"There is no time zone {settings.zone!r}; times are in UTC."
        settings.zone = "UTC"
    return settings
