"""What a model folder may hold, its hashes, and reaching the disk.

Only formats that a loader cannot be tricked into running: safetensors, npz without objects, JSON, plain text, and the
binary format of FastText. A file that claims to be one of them is looked into before it is let in.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import zipfile
from pathlib import Path
from typing import Any

from engine.errors import ModelCorrupt
from engine.saved.foreign import UNREADABLE, reason, regular
from store.models.manifest import MAX_FILE, MAX_FILES

MANIFEST = "manifest.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}(\.[A-Za-z0-9_-]{1,32}){0,3}\Z")
SUFFIXES = frozenset({".safetensors", ".npz", ".json", ".txt", ".bin"})
MAX_TOTAL = 8 << 30
MAX_MANIFEST = 4 << 20
MAX_HEADER = 64 << 20
MAX_JSON = 256 << 20
WIDTHS = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4, "U32": 4,
    "F32": 4, "I64": 8, "U64": 8, "F64": 8,
}  # fmt: skip
"""Bytes per number by the names of the safetensors format."""
FASTTEXT_MAGIC = (793712314).to_bytes(4, "little")
PICKLE_LIKE = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def acceptable_name(name: str) -> bool:
    """A plain name with a suffix that we load; no folders, no devices, nothing hidden."""
    return NAME.match(name) is not None and Path(name).suffix in SUFFIXES


def inventory(folder: Path) -> dict[str, dict[str, Any]]:
    """Name -> sha256 and size of every file but the manifest. Raises ModelCorrupt for what may not be in a model."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.iterdir()):
        if path.name in {MANIFEST, ".lock"}:
            continue
        if path.is_symlink() or not path.is_file() or not acceptable_name(path.name):
            raise ModelCorrupt(f"{path.name!r} may not be part of a model.")
        check_content(path)
        found[path.name] = {"sha256": digest(path), "size": path.stat().st_size}
    if len(found) > MAX_FILES or sum(entry["size"] for entry in found.values()) > MAX_TOTAL:
        raise ModelCorrupt("The model is too large.")
    return found


def check_content(path: Path) -> None:
    """Refuse a file that is not what its suffix says. Raises ModelCorrupt."""
    checks = {".npz": _check_npz, ".safetensors": _check_safetensors, ".bin": _check_fasttext, ".json": _check_json}
    check = checks.get(path.suffix)
    try:
        if check is not None:
            check(path)
    except UNREADABLE as error:
        raise ModelCorrupt(f"{path.name} is not what it claims to be: {reason(error)}") from error


def _check_npz(path: Path) -> None:
    from numpy.lib import format as npy

    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > MAX_FILE or len(members) > 1000:
            raise ValueError("too large when unpacked")
        for member in members:
            if not member.filename.endswith(".npy") or member.compress_type != zipfile.ZIP_STORED:
                # Models keep arrays as they are: packed ones could unpack to gigabytes.
                raise ValueError(f"{member.filename!r} is no array, or a packed one")
            with archive.open(member) as stream:
                version = npy.read_magic(stream)
                read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
                shape, _, dtype = read(stream)
                size = member.file_size - stream.tell()
            if dtype.hasobject:
                raise ValueError("arrays of objects are pickles")
            if member.file_size != member.compress_size or math.prod(shape) * dtype.itemsize != size:
                raise ValueError(f"{member.filename!r} says that it is larger or smaller than it is")


def _check_safetensors(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 2 <= length <= min(size - 8, MAX_HEADER):
            raise ValueError("the header's length is impossible")
        header = json.loads(stream.read(length))
    if not isinstance(header, dict):
        raise ValueError("the header is no object")
    ends = [_end_of(entry) for name, entry in header.items() if name != "__metadata__"]
    if max(ends, default=0) != size - 8 - length:
        raise ValueError("the weights are cut off, or something follows them")


def _end_of(entry: Any) -> int:
    """Where a tensor ends, by a header entry that makes sense."""
    shape, offsets = entry["shape"], entry["data_offsets"]
    width = WIDTHS[entry["dtype"]]
    begin, end = offsets
    whole = all(isinstance(number, int) and number >= 0 for number in (*shape, begin, end))
    if not whole or end - begin != math.prod(shape) * width:
        raise ValueError("a tensor's shape and size disagree")
    return int(end)


def _check_fasttext(path: Path) -> None:
    with path.open("rb") as stream:
        if stream.read(4) != FASTTEXT_MAGIC:
            raise ValueError("not a FastText model")


def _check_json(path: Path) -> None:
    with path.open("rb") as stream:
        if stream.read(2) in PICKLE_LIKE:
            raise ValueError("a pickle")
        if path.stat().st_size > MAX_JSON:
            raise ValueError("too large")
        stream.seek(0)
        json.load(stream)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder. Raises ModelCorrupt."""
    path = folder / MANIFEST
    try:
        manifest = parsed(regular(path, MAX_MANIFEST).read_bytes())
    except UNREADABLE as error:
        raise ModelCorrupt(f"The manifest cannot be read: {reason(error)}") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise ModelCorrupt("The manifest lists no files.")
    return manifest


def parsed(content: bytes) -> Any:
    """JSON of a manifest; NaN and infinity are none. Raises ValueError, RecursionError."""

    def refuse(word: str) -> float:
        raise ValueError(f"{word} is no number")

    return json.loads(content, parse_constant=refuse)


def verify(folder: Path, manifest: dict[str, Any]) -> None:
    """Every listed file is there with its hash, and no other. Raises ModelCorrupt."""
    listed = manifest["files"]
    actual = inventory(folder)
    for name in sorted(set(listed) | set(actual)):
        if name not in actual:
            raise ModelCorrupt(f"{name} is missing.")
        if name not in listed:
            raise ModelCorrupt(f"{name} does not belong to the model.")
        if not isinstance(listed[name], dict) or listed[name].get("sha256") != actual[name]["sha256"]:
            raise ModelCorrupt(f"{name} was changed: its hash is not the manifest's.")


def sync(path: Path) -> None:
    """Fsync a file or folder; folders cannot be synced on Windows, where a rename is durable by itself."""
    if path.is_dir() and os.name == "nt":
        return
    # fsync wants a writable handle on Windows.
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
