"""What agents' records have in common: where a product keeps what (`FieldNames`), and the process that it tells.

Agents write nested objects, portals flatten them to dotted names, tables have both; a value is text, a number or a list of one.
All of that is taken care of here, so that a product's module says no more than its names and which of its events start a process.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from engine.domain.records import LINUX, WINDOWS, ProcessEnd, ProcessEvent, Reject
from engine.readers.contract import Record
from engine.readers.text.json_text import load_object
from engine.readers.text.moments import Moments
from engine.readers.windows.windows_fields import ZERO_GUID, number, sample_of, text

Names = tuple[str, ...]
"""Names of one field, the better first: the first that holds something counts. "a.b" is b inside of a, or a column "a.b"."""

_DEEPEST = 8
_LONGEST_COMMAND = 4096
_LEVELS = {0: "Untrusted", 4096: "Low", 8192: "Medium", 8448: "MediumPlus", 12288: "High", 16384: "System", 20480: "Protected"}
_NOTHING = frozenset(("nan", "NaN", "NaT", "undefined"))
_ZONE_TWICE = re.compile(r"([+-]\d{4}) UTC\Z")
_LONG_FRACTION = re.compile(r"(.{19}\.\d{6})\d+")


@dataclass(frozen=True, slots=True)
class FieldNames:
    """Names of a product's fields."""

    kind: str
    """As in `ProcessEvent.kind`."""
    image: Names
    """Path of the executable, with or without its name."""
    file: Names = ()
    pid: Names = ()
    ppid: Names = ()
    key: Names = ()
    """What the agent tells a process by, unique on its host."""
    parent_key: Names = ()
    parent_image: Names = ()
    parent_file: Names = ()
    grandparent: Names = ()
    command: Names = ()
    parent_command: Names = ()
    domain: Names = ()
    user: Names = ()
    integrity: Names = ()
    cwd: Names = ()
    logon: Names = ()
    original: Names = ()
    sha1: Names = ()
    md5: Names = ()
    sha256: Names = ()
    host: Names = ()
    times: Names = ()
    """When the process started, as UTC or with a zone."""
    ended: Names = ()
    """When it ended, in records of ends."""
    record: Names = ()
    system: Names = ()
    """The family of its operating system, in any words."""
    prefix: str = ""
    """Put before keys, so that none looks like another product's."""


def in_lower_case(names: FieldNames) -> FieldNames:
    """The same product in tables of query services (Athena, Snowflake), which fold the names of columns."""
    folded = {
        field.name: tuple(name.lower() for name in value)
        for field in fields(names)
        if isinstance(value := getattr(names, field.name), tuple)
    }
    return FieldNames(kind=names.kind, prefix=names.prefix, **folded)


def lower_case(record: Record) -> Record:
    """The record under its names in lower case."""
    return {name.lower(): value for name, value in record.items()}


def at(record: Mapping[str, Any], name: str) -> Any:
    """The value of a field, nested or flattened; None where there is none."""
    value = record.get(name)
    if value is not None or "." not in name:
        return value
    node: Any = record
    for part in _parts(name):
        if type(node) is list and len(node) == 1:
            node = node[0]
        elif type(node) is str and node[:1] == "{":
            # Tables of query services write a structure as its JSON text.
            node = _loaded(node)
        if type(node) is not dict:
            return None
        node = node.get(part)
    return node


@lru_cache(maxsize=16)
def _loaded(text: str) -> Record | None:
    return load_object(text.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=1024)
def _parts(name: str) -> tuple[str, ...]:
    return tuple(name.split(".", _DEEPEST))


def first(record: Record, names: Names) -> str | None:
    """The text of the first of the fields that holds some."""
    for name in names:
        value = text(at(record, name))
        if value is not None and value not in _NOTHING:
            return value
    return None


def process_number(record: Record, names: Names) -> int | None:
    """The process id in the first of the fields that holds one."""
    for name in names:
        if (found := number(at(record, name))) is not None:
            return found
    return None


def group(record: Record, name: str) -> Record:
    """The object of that name, or what a flattened record has below it; {} where there is nothing."""
    value = at(record, name)
    if type(value) is dict:
        return value
    start = name + "."
    return {key[len(start) :]: inner for key, inner in record.items() if key.startswith(start)}


def unique(record: Record, names: Names, prefix: str) -> str | None:
    """What tells the process, canonical; zeros of any length tell nothing."""
    for name in names:
        value = text(at(record, name))
        canonical = value.strip("{} ").lower() if value else ""
        if canonical[:-2].isdigit():
            canonical = canonical.removesuffix(".0")
        if canonical and canonical != ZERO_GUID and canonical.strip("0-:"):
            return prefix + canonical
    return None


def moment(record: Mapping[str, Any], names: Names, moments: Moments) -> int | None:
    """Microseconds since 1970 in the first of the fields that holds a time: UTC unless it names a zone."""
    for name in names:
        value = at(record, name)
        if type(value) is not str:
            if value is None:
                # Columns of a portal's export that were written on as JSON.
                value = record.get(name + " [UTC]")
            elif type(value) is list and len(value) == 1:
                value = value[0]
            if not isinstance(value, str | int | float):
                continue
        if type(value) is str and 26 < len(value) < 64:
            # Digits of 100 ns, which cost more than the rest of a row, and Go's "+0000 UTC".
            value = _LONG_FRACTION.sub(r"\1", value if value[-1] != "C" else _ZONE_TWICE.sub(r"\1", value))
        if (found := moments.utc(value)) is not None:
            return found
    return None


def created(names: FieldNames, record: Record, position: int, moments: Moments) -> ProcessEvent | Reject:
    """The creation that the record tells; a Reject where no executable is named."""
    command = first(record, names.command)
    image = joined(first(record, names.image), first(record, names.file)) or first_word(command)
    record_id = first(record, names.record) or str(position)
    if image is None:
        reason = f"{', '.join((*names.image, *names.file, *names.command))}: all empty, there is no executable to judge."
        return Reject(position=position, code="no-image", reason=reason, record_id=record_id, sample=sample_of(record))
    grandparent = first(record, names.grandparent)
    parent = joined(first(record, names.parent_image), first(record, names.parent_file))
    parent_command = first(record, names.parent_command)
    return ProcessEvent(
        kind=names.kind,
        image=image,
        os=system_of(first(record, names.system), image, parent or ""),
        host=first(record, names.host) or "",
        time_us=moment(record, names.times, moments),
        pid=process_number(record, names.pid),
        ppid=process_number(record, names.ppid),
        guid=unique(record, names.key, names.prefix),
        parent_guid=unique(record, names.parent_key, names.prefix),
        parent_image=parent or first_word(parent_command),
        ancestors=(grandparent,) if grandparent else (),
        command_line=command,
        parent_command_line=parent_command,
        user=account(first(record, names.domain), first(record, names.user)),
        integrity=level(first(record, names.integrity)),
        cwd=first(record, names.cwd),
        logon_id=first(record, names.logon),
        original_name=first(record, names.original),
        hashes=_hashes(record, names),
        record_id=record_id,
        position=position,
    )


def ended(names: FieldNames, record: Record, position: int, moments: Moments) -> ProcessEnd | None:
    """The end that the record tells; None where it does not tell whose."""
    pid, key = process_number(record, names.pid), unique(record, names.key, names.prefix)
    if pid is None and key is None:
        return None
    return ProcessEnd(
        position=position,
        host=first(record, names.host) or "",
        time_us=moment(record, names.ended or names.times, moments),
        pid=pid,
        guid=key,
        image=joined(first(record, names.image), first(record, names.file)),
    )


def joined(path: str | None, file: str | None) -> str | None:
    """Full path from a path column that may or may not end in the file's name (both occur, even in one table).

    Device prefixes stay as they are recorded. "/" as a folder is what Linux agents write for "unknown".
    """
    if not path or path == "/":
        return file
    if not file:
        return path
    tail = file.replace("\\", "/").rsplit("/", 1)[-1].lower()
    if path.replace("\\", "/").rsplit("/", 1)[-1].lower() == tail:
        return path
    if "/" in file or "\\" in file:
        return file
    separator = "/" if "/" in path and "\\" not in path else "\\"
    return path + file if path.endswith(separator) else path + separator + file


def first_word(command: str | None) -> str | None:
    """The program at the start of a command line, quoted or not."""
    if not command:
        return None
    try:
        words = shlex.split(command[:_LONGEST_COMMAND], posix=False)
    except ValueError:
        words = command.split(None, 1)
    return words[0].strip("\"'") or None if words else None


def system_of(family: str | None, *images: str) -> str:
    """WINDOWS, LINUX or "", from the agent's word for it or else from how the images are written."""
    word = (family or "").lower()
    if "win" in word and "darwin" not in word:
        return WINDOWS
    if word:
        return LINUX if "lin" in word else ""
    for image in images:
        if "\\" in image:
            return WINDOWS
        if image.startswith("/"):
            return LINUX
    return WINDOWS if any(image.lower().endswith(".exe") for image in images) else ""


def account(domain: str | None, name: str | None) -> str | None:
    r"""DOMAIN\name; the name alone where it has its domain already, or there is none."""
    return f"{domain}\\{name}" if domain and name and "\\" not in name and "@" not in name else name


def level(value: str | None) -> str | None:
    """The integrity level by its name; agents write the number of its label (8192) or the name."""
    if value is None:
        return None
    return _LEVELS.get(int(value), value) if value.isascii() and value.isdigit() and len(value) < 6 else value


def _hashes(record: Record, names: FieldNames) -> str | None:
    named = (("SHA1", names.sha1), ("MD5", names.md5), ("SHA256", names.sha256))
    found = ((label, first(record, columns)) for label, columns in named)
    return ",".join(f"{label}={value}" for label, value in found if value and value.strip("0")) or None
