"""The detector that comes with the program, so that a case has a queue before anything was trained on it.

    ready.json       the model's id, and the SHA-256 of the other file
    ready.model.xz   one model as `oddkin models export` writes it, compressed

Made by one command (`oddkin models ready --write FOLDER`) and never by hand. It is taken into a vault like any model from
elsewhere: bounded, every hash compared, nothing unpickled, tried out before it is believed.
"""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from engine.errors import ModelCorrupt
from engine.saved.foreign import json_of, reading, regular
from store.base.packed import plain_value
from store.models import files as model_files
from store.models import package
from store.models.files import MANIFEST

FOLDER = Path(__file__).parent / "data"
TOLD, MODEL = "ready.json", "ready.model.xz"
LARGEST = 64 << 20
"""Bytes of the model, compressed or not."""
MEMORY = 128 << 20
"""Bytes that unpacking may take: `xz -9` needs 65 MiB."""
WHAT = "The detector that comes with oddkin"
REMEDY = "Install oddkin again, or train on the case, which goes without it: oddkin train"


@dataclass(frozen=True, slots=True)
class Shipped:
    """The model's id and its file."""

    id: str
    path: Path
    sha256: str


def shipped(folder: Path = FOLDER) -> Shipped:
    """The package's own. Raises ModelCorrupt where it is missing."""
    with reading(WHAT, folder / TOLD, REMEDY):
        told = json_of(folder / TOLD, LARGEST)
        return Shipped(str(told["id"]), folder / MODEL, str(told["sha256"]))


@contextmanager
def unpacked(model: Shipped) -> Iterator[Path]:
    """The model as a package in a temporary file. Raises ModelCorrupt for another file than was shipped, or a damaged one."""
    whole = content(model)
    with tempfile.TemporaryDirectory(prefix="oddkin-ready-") as scratch:
        found = Path(scratch) / f"{model.id}.model"
        found.write_bytes(whole)
        yield found


def write(saved: Path, manifest: dict[str, Any], day: date, folder: Path) -> Shipped:
    """Both files into `folder`, from a detector's saved files. The same detector and day make the same bytes."""
    files = model_files.inventory(saved)
    given = json.dumps([day.isoformat(), manifest, files], sort_keys=True, default=plain_value)
    mark = hashlib.sha256(given.encode()).hexdigest()[:8]
    created = datetime.combine(day, time(), UTC).isoformat(timespec="microseconds")
    whole = {"id": f"detector-{day:%Y%m%d}-{mark}", "created": created, **manifest, "files": files}
    (saved / MANIFEST).write_text(json.dumps(whole, indent=2, sort_keys=True, default=plain_value), encoding="utf-8")
    sink = io.BytesIO()
    package.stream(saved, whole, sink)
    packed = lzma.compress(sink.getvalue(), preset=9)
    (folder / MODEL).write_bytes(packed)
    told = {"id": whole["id"], "sha256": hashlib.sha256(packed).hexdigest()}
    (folder / TOLD).write_text(json.dumps(told, indent=1) + "\n", encoding="ascii")
    return Shipped(told["id"], folder / MODEL, told["sha256"])


def content(model: Shipped) -> bytes:
    """The package that the file holds. Raises ModelCorrupt, with the file's name, for another one than was shipped."""
    with reading(WHAT, model.path, REMEDY):
        packed = regular(model.path, LARGEST).read_bytes()
        if hashlib.sha256(packed).hexdigest() != model.sha256:
            raise ModelCorrupt(f"it was changed: its hash is not the one in {TOLD}.")
        return _bounded(packed)


def _bounded(packed: bytes) -> bytes:
    unpacker = lzma.LZMADecompressor(memlimit=MEMORY)
    whole = unpacker.decompress(packed, LARGEST)
    if not unpacker.eof:
        raise ModelCorrupt(f"it is cut off, or larger than {LARGEST:,} bytes.")
    return whole
