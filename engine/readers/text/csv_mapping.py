"""Which column of a table holds which field of a process creation: from the user's mapping file, or guessed.

A mapping file is TOML or JSON: `{our field: column name}`, in TOML optionally under `[columns]`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import orjson

from engine.errors import InputError, UsageError
from engine.small_files import checked

FIELDS: dict[str, tuple[str, ...]] = {
    "image": (
        "image", "exe", "executable", "processpath", "imagepath", "newprocessname", "processexecutable", "exepath", "binarypath",
        "path", "fullpath", "processimage", "processname", "process", "childimage", "child", "name", "filename", "comm",
    ),
    "parent_image": (
        "parentimage", "parentexe", "parentexecutable", "parentprocesspath", "parentpath", "parentprocessexecutable",
        "parentprocessname", "parentprocess", "processparentexecutable", "processparentname", "creatorprocessname", "parentname",
        "parent", "pname",
    ),
    "pid": ("pid", "processid", "newprocessid", "processpid", "childpid"),
    "ppid": ("ppid", "parentpid", "parentprocessid", "processparentpid", "parentid", "creatorprocessid"),
    "time": (
        "utctime", "timestamp", "time", "timegenerated", "timecreated", "datetime", "eventtime", "starttime", "creationtime",
        "ts", "date", "createdat",
    ),
    "host": ("host", "hostname", "computer", "computername", "devicename", "device", "machine", "endpoint", "agenthostname"),
    "user": ("user", "username", "account", "accountname", "subjectusername", "owner"),
    "command_line": ("commandline", "cmdline", "cmd", "command", "processcommandline", "args", "arguments"),
    "parent_command_line": ("parentcommandline", "parentcmdline", "processparentcommandline", "pcmdline"),
    "guid": ("processguid", "guid", "processentityid", "entityid"),
    "parent_guid": ("parentprocessguid", "parentguid", "processparententityid"),
    "cwd": ("cwd", "currentdirectory", "workingdirectory", "processworkingdirectory"),
    "integrity": ("integritylevel", "integrity"),
    "logon_id": ("logonid", "subjectlogonid"),
    "original_name": ("originalfilename", "originalname"),
    "hashes": ("hashes", "hash", "sha256", "sha1", "md5"),
    "record_id": ("recordid", "eventrecordid", "recordnumber", "reportid"),
    "os": ("os", "platform", "osfamily"),
}  # fmt: skip
"""Field -> well-known column names, likeliest first, lower case and without separators."""

_ALIASES = {"time_us": "time"}
_MAX_MAPPING = 1024 * 1024


def load_mapping(path: Path) -> dict[str, str]:
    """Read a mapping file. Raises UsageError for anything but field -> column pairs, naming the fields there are."""
    try:
        content = checked(path, _MAX_MAPPING).read_bytes()
        data = orjson.loads(content) if content.lstrip()[:1] == b"{" else tomllib.loads(content.decode("utf-8-sig"))
    except InputError as error:
        raise UsageError(f"The mapping {error.message}", remedy=_example()) from error
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"The mapping {path} cannot be read: {error}", remedy=_example()) from error
    columns: dict[str, str] | None = data.get("columns", data) if isinstance(data, dict) else None
    if not isinstance(columns, dict) or not all(isinstance(value, str) for value in columns.values()):
        raise UsageError(f"The mapping {path} is not a table of field = column name.", remedy=_example())
    unknown = sorted(key for key in columns if _ALIASES.get(key, key) not in FIELDS)
    if unknown:
        raise UsageError(f"The mapping {path} names fields that do not exist: {', '.join(unknown)}.", remedy=_example())
    return {_ALIASES.get(key, key): value for key, value in columns.items()}


def columns_for(names: list[str], mapping: Mapping[str, str] | None, path: str = "") -> dict[str, str]:
    """Field -> column of this table. Raises InputError, naming the columns seen, when there is none for `image` or a
    mapped column is not there.
    """
    if mapping:
        chosen = {_ALIASES.get(field, field): column for field, column in mapping.items()}
        missing = [column for column in chosen.values() if column not in names]
        if missing or "image" not in chosen:
            what = f"no column {', '.join(map(repr, missing))}" if missing else "no column mapped to 'image'"
            raise InputError(f"The table has {what}. Columns: {_listed(names)}.", file=path, position=1, remedy=_example())
        return chosen
    guessed = guess(names)
    if "image" not in guessed:
        what = f"No column looks like the executable. Columns: {_listed(names)}."
        raise InputError(what, file=path, position=1, remedy=_example())
    return guessed


def guess(names: list[str]) -> dict[str, str]:
    """Field -> column by well-known names; no column serves two fields."""
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(_plain(name), name)
    found: dict[str, str] = {}
    for field, candidates in FIELDS.items():
        for candidate in candidates:
            if candidate in by_plain:
                found[field] = by_plain.pop(candidate)
                break
    return found


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name[:60]) for name in names[:40]) + (" …" if len(names) > 40 else "")


def _example() -> str:
    return (
        "Write a mapping file and pass it with --map, for example: "
        'image = "Process Path", parent_image = "Parent", pid = "PID", ppid = "PPID", time = "When", host = "Machine". '
        f"One per line, fields: {', '.join(FIELDS)}."
    )
