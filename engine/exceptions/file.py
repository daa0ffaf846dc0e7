"""Exceptions as a JSON file, out and in. Read strictly: what is not understood would hide more, or less, than was meant.

    {"format": "oddkin exceptions", "version": 1, "exceptions": [{…}, …]}

One exception is the fields of KeptException with those of its scope. Nothing may be missing and nothing more may be there; a name
that stands twice in an object is refused, for parsers differ in which one they take. Who reads it somewhere else has to know that
paths and words of command lines are in it: nothing else of a case is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import msgspec

from engine.errors import InputError, UsageError
from engine.exceptions.commands import CommandKind, CommandShape
from engine.exceptions.kept import (
    KEPT,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_ANCESTORS,
    ExceptionReason,
    ExceptionScope,
    KeptException,
)
from engine.small_files import checked
from engine.untrusted import visible
from engine.words.command_line import MAX_WORDS

FORMAT = "oddkin exceptions"
VERSION = 1
LARGEST = 16 << 20
"""Bytes."""
MOST = 10_000
"""Exceptions of a file: who has more has no exceptions any more."""
TOLD = 200
"""Characters of what is told to be wrong."""
REMEDY = "Write it with `oddkin exceptions export`, or as docs/exceptions.md tells; nothing of the file was taken."
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AT = re.compile(r" - at `\$(?P<path>.*)`\Z", re.DOTALL)
_ENTRY = re.compile(r"\.exceptions\[(?P<place>\d+)\]\.?(?P<field>.*)", re.DOTALL)

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TEXT)]
_Name = Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)]
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One exception; its order is that of the file."""

    image: _Text
    ancestors: Annotated[list[_Text], msgspec.Meta(max_length=MOST_ANCESTORS)]
    root: bool
    host: _Name
    command: CommandKind | Annotated[list[_Text], msgspec.Meta(max_length=MAX_WORDS)]
    alone: bool
    verdict: str
    reason: ExceptionReason
    owner: _Name
    note: Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
    created: _Moment
    expires: _Moment | None

    def kept(self) -> KeptException:
        """As the engine has it."""
        command: CommandShape = self.command if isinstance(self.command, CommandKind) else tuple(self.command)
        scope = ExceptionScope(self.image, tuple(self.ancestors), self.root, self.host, command, self.alone)
        expires = None if self.expires is None else _us(self.expires)
        return KeptException(scope, self.verdict, self.reason, self.owner, self.note, _us(self.created), expires)


class _Whole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    format: Literal["oddkin exceptions"]
    version: Literal[1]
    exceptions: Annotated[list[_Entry], msgspec.Meta(max_length=MOST)]


def write(exceptions: Iterable[KeptException]) -> str:
    """The file, ASCII, in the order of what they cover: the same exceptions give the same bytes.

    Raises UsageError for more than a file may hold.
    """
    entries = [plain(one) for one in sorted(exceptions, key=lambda one: (one.scope.image, one.scope.key))]
    if len(entries) > MOST:
        raise UsageError(
            f"A file holds {MOST:,} exceptions at most, and these are {len(entries):,}.",
            remedy="Remove those that nobody needs. See: oddkin exceptions list",
        )
    whole = {"format": FORMAT, "version": VERSION, "exceptions": entries}
    return json.dumps(whole, ensure_ascii=True, indent=1) + "\n"


def one_line(kept: KeptException) -> str:
    """One exception as it stands in a file, without line breaks: what a hash of it is over."""
    return json.dumps(plain(kept), ensure_ascii=True)


def scope_plain(scope: ExceptionScope) -> dict[str, Any]:
    """What it covers, as values of JSON."""
    command = scope.command.value if isinstance(scope.command, CommandKind) else list(scope.command)
    return {
        "image": scope.image, "ancestors": list(scope.ancestors), "root": scope.root, "host": scope.host, "command": command,
        "alone": scope.alone,
    }  # fmt: skip


def plain(one: KeptException) -> dict[str, Any]:
    """An exception as values of JSON, in their order."""
    return scope_plain(one.scope) | {
        "verdict": one.verdict, "reason": one.reason.value, "owner": one.owner, "note": one.note,
        "created": utc(one.created_us), "expires": None if one.expires_us is None else utc(one.expires_us),
    }  # fmt: skip


def utc(time_us: int) -> str:
    """RFC 3339 with its fraction, where there is one."""
    return (EPOCH + timedelta(microseconds=time_us)).isoformat().replace("+00:00", "Z")


def read(file: Path) -> tuple[KeptException, ...]:
    """The exceptions of a file. Raises InputError, with the place and what to do, for one that is not wholly understood."""
    try:
        text = checked(file, LARGEST).read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read {file}: {error}", file=str(file), remedy=REMEDY) from error
    return parse(text, str(file))


def parse(text: str, file: str) -> tuple[KeptException, ...]:
    """The same of a text. Raises InputError."""
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        _require_known(found, file)
        whole = msgspec.convert(found, _Whole)
    except json.JSONDecodeError as error:
        _refuse(file, f"line {error.lineno}, column {error.colno} is no JSON: {error.msg}", error.lineno)
    except RecursionError:
        _refuse(file, "it is nested deeper than any file of exceptions")
    except msgspec.ValidationError as error:
        _refuse(file, *_placed(str(error)))
    except ValueError as error:  # a name twice, a number of too many digits
        _refuse(file, str(error))
    return _checked(file, [_kept(file, entry, place) for place, entry in enumerate(whole.exceptions, start=1)])


def _kept(file: str, entry: _Entry, place: int) -> KeptException:
    kept = entry.kept()
    try:
        plain(kept)
    except OverflowError:  # the first or last day there is, of another offset
        _refuse(file, f"exception {place} has a time that is beyond all calendars", place)
    return kept


def _require_known(found: object, file: str) -> None:
    """A newer version may have more fields: what is wrong then is the version, and not the first of these."""
    version = found.get("version") if isinstance(found, dict) and found.get("format") == FORMAT else None
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        _refuse(file, f"it is of version {version}, and this oddkin reads version {VERSION}", remedy="Update oddkin.")


def _checked(file: str, exceptions: Sequence[KeptException]) -> tuple[KeptException, ...]:
    """What no type says."""
    seen: dict[str, int] = {}
    for place, one in enumerate(exceptions, start=1):
        if one.verdict not in KEPT:
            _refuse(file, f"exception {place}, verdict: {one.verdict!r} is none that is kept; there are {', '.join(KEPT)}", place)
        if one.scope.problem:
            _refuse(file, f"exception {place}: {one.scope.problem}", place)
        if one.expires_us is not None and one.expires_us <= one.created_us:
            _refuse(file, f"exception {place}, expires: it has expired before it was created", place)
        if (before := seen.setdefault(one.scope.key, place)) != place:
            _refuse(file, f"exception {place} covers what exception {before} covers", place)
    return tuple(exceptions)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {name!r} stands twice in one object")
        found[name] = value
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no value of JSON")


def _placed(said: str) -> tuple[str, int | None]:
    """What msgspec says, with the place as people count; and the number of the exception."""
    at = _AT.search(said)
    if at is None:
        return said, None
    what, entry = said[: at.start()], _ENTRY.fullmatch(at["path"])
    if entry is None:
        return f"{at['path'].lstrip('.')}: {what}", None
    place = int(entry["place"]) + 1
    return f"exception {place}{', ' if entry['field'] else ''}{entry['field']}: {what}", place


def _refuse(file: str, why: str, position: int | None = None, *, remedy: str = REMEDY) -> NoReturn:
    raise InputError(f"{file} holds no exceptions: {visible(why, TOLD)}.", file=file, position=position, remedy=remedy)


def _us(when: datetime) -> int:
    return (when - EPOCH) // timedelta(microseconds=1)
