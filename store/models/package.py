"""One file per model, to carry to another workstation: a ZIP of stored members, the same bytes each time.

Reading one treats it as hostile: the members are exactly the manifest and the files it lists, each a plain name with a known
suffix, stored, of the size that is listed, within limits; nothing is written outside the folder that was handed in.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

from engine.errors import ModelCorrupt
from engine.saved.foreign import UNREADABLE, reason
from store.models.files import MANIFEST, MAX_MANIFEST, MAX_TOTAL, acceptable_name, parsed
from store.models.manifest import MAX_FILE, MAX_FILES, checked

EPOCH = (1980, 1, 1, 0, 0, 0)
CHUNK = 1 << 20
IN_MEMORY = 64 << 20
"""Bytes of a package that are held in memory while it is made; larger ones go to a temporary file."""


def stream(folder: Path, manifest: dict[str, Any], sink: BinaryIO) -> None:
    """Write a package to a stream, which may be a pipe.

    The archive is made aside first: written to a pipe directly it would carry its sizes behind the members, and the same
    model would no longer be the same bytes.
    """
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as spool:
        with zipfile.ZipFile(spool, "w", zipfile.ZIP_STORED) as archive:
            for name in (MANIFEST, *sorted(manifest["files"])):
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.create_system = 3
                entry.external_attr = 0o600 << 16
                with (folder / name).open("rb") as source, archive.open(entry, "w", force_zip64=True) as member:
                    shutil.copyfileobj(source, member, CHUNK)
        spool.seek(0)
        shutil.copyfileobj(spool, sink, CHUNK)


def unpack(package: Path, folder: Path) -> str:
    """Write the members into `folder` (empty but for its lock). Returns the model's id. Raises ModelCorrupt."""
    try:
        with zipfile.ZipFile(package) as archive:
            members = _members(archive)
            manifest = _manifest(archive, members)
            listed = manifest["files"]
            if set(members) != {MANIFEST, *listed}:
                raise ModelCorrupt("The package holds other files than its manifest lists.")
            for name, member in members.items():
                if name != MANIFEST and listed[name].get("size") != member.file_size:
                    raise ModelCorrupt(f"{name!r} has another size than its manifest says.")
                _copy(archive, member, folder / name)
    except (*UNREADABLE, RuntimeError) as error:
        raise ModelCorrupt(f"{package.name} is no model package: {reason(error)}") from error
    return str(manifest["id"])


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > MAX_FILES + 1:
        raise ModelCorrupt("The package holds too many files.")
    members = {entry.filename: entry for entry in entries}
    if len(members) != len(entries):
        raise ModelCorrupt("The package names a file twice.")
    for name, entry in members.items():
        if not acceptable_name(name):
            raise ModelCorrupt(f"The package holds {name!r}, which may not be part of a model.")
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 0x1:
            raise ModelCorrupt(f"{name!r} is compressed or encrypted; model packages are not.")
        if entry.file_size > MAX_FILE or entry.file_size != entry.compress_size:
            raise ModelCorrupt(f"The size of {name!r} is impossible.")
    if sum(entry.file_size for entry in entries) > MAX_TOTAL:
        raise ModelCorrupt("The package is too large.")
    return members


def _manifest(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> dict[str, Any]:
    entry = members.get(MANIFEST)
    if entry is None or entry.file_size > MAX_MANIFEST:
        raise ModelCorrupt("The package has no manifest.")
    try:
        manifest = parsed(archive.read(entry))
    except RecursionError as error:
        raise ModelCorrupt("The manifest cannot be read.") from error
    checked(manifest)
    return dict(manifest)


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """Never more than the announced size, whatever the archive delivers."""
    left = member.file_size
    with archive.open(member) as source, target.open("xb") as sink:
        while left > 0 and (chunk := source.read(min(CHUNK, left))):
            sink.write(chunk)
            left -= len(chunk)
    if left:
        raise ModelCorrupt(f"{member.filename!r} is cut off.")
