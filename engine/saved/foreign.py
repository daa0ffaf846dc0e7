"""Numbers, texts and arrays of a model that somebody else may have made: each is bounded before anything is worked out with it.

A model is a file from another workstation. That its hashes fit says that it arrived as it was sent, not that it is sound: one
number that is none turns every score into none, a header of a hundred bytes can ask for gigabytes, and a negative count is a
logarithm of nothing. What is read here is refused with a sentence (ModelCorrupt) or is a number that can be calculated with.
"""

from __future__ import annotations

import json
import lzma
import math
import stat
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec
import numpy as np
from numpy.lib import format as npy

from engine.errors import ModelCorrupt, UsageError

LARGEST_ARRAYS = 1 << 30
"""Bytes of all arrays of a model. Those of a million different chains take a tenth."""
LARGEST_TEXTS = 256 << 20
MOST_ARRAYS = 1_000
LARGEST = 1e4
"""Size of a weight or of a part of a vector. Trained ones stay below 100; squares of products of three stay 32-bit numbers."""
MOST = 1 << 48
"""A count, and the sum of all counts of a table."""
LONGEST = 1 << 16
"""Characters of a word, name or path."""
UNREADABLE = (
    OSError, EOFError, ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError, MemoryError,
    NotImplementedError, SyntaxError, tokenize.TokenError, struct.error, zlib.error, zipfile.BadZipFile, lzma.LZMAError,
)  # fmt: skip
"""What the readers of JSON, ZIP, xz and .npy raise for damaged and foreign files; ModelCorrupt is none of them."""
T = TypeVar("T")


@contextmanager
def reading(what: str, path: Path, remedy: str) -> Iterator[None]:
    """Around the reading of a file that comes with the program: raises ModelCorrupt that names it, whatever is wrong with it."""
    try:
        yield
    except Exception as problem:
        known = isinstance(problem, (ModelCorrupt, *UNREADABLE)) or type(problem).__module__.startswith("safetensors")
        if not known:
            raise
        raise ModelCorrupt(f"{what} cannot be read: {path}: {reason(problem)}", remedy=remedy) from problem


def reason(problem: Exception) -> str:
    """Why, without the path: the system's errors name it, too."""
    if isinstance(problem, KeyError):
        return f"it has no {problem}"
    return (problem.strerror if isinstance(problem, OSError) else None) or str(problem) or type(problem).__name__


def arrays_of(
    path: Path, names: Sequence[str] | None = None, *, limit: int = LARGEST_ARRAYS, packed: bool = False
) -> dict[str, Any]:
    """The arrays of an .npz that np.savez wrote: stored, not compressed, so that memory is never more than the file's size.

    `names`: only these. `packed`: compressed ones too, of at most `limit` bytes in all. Raises ModelCorrupt, UNREADABLE.
    """
    found: dict[str, Any] = {}
    # Opened here: one that zipfile opened itself stays open when it turns out to be damaged.
    with regular(path, limit).open("rb") as file, zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if len(members) > MOST_ARRAYS or len({member.filename for member in members}) != len(members):
            raise ModelCorrupt(f"{path.name} names too many arrays, or one twice.")
        if sum(member.file_size for member in members) > limit:
            raise ModelCorrupt(f"{path.name} is larger than {limit:,} bytes when unpacked.")
        for member in members:
            name = member.filename.removesuffix(".npy")
            stored = member.compress_type == zipfile.ZIP_STORED and member.file_size == member.compress_size
            if member.filename == name or member.flag_bits & 1 or not (stored or packed):
                raise ModelCorrupt(f"{path.name} holds {member.filename!r}, which is no array as models keep them.")
            if names is None or name in names:
                with archive.open(member) as stream:
                    found[name] = _array(stream, name, member.file_size)  # type: ignore[arg-type]
    return found


def _array(stream: BinaryIO, name: str, size: int) -> Any:
    """Header first: shape and type have to account for every byte before one is given memory."""
    version = npy.read_magic(stream)
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = header(stream)
    whole = all(isinstance(length, int) and length >= 0 for length in shape)
    if not whole or dtype.kind not in "iuf" or math.prod(shape) * dtype.itemsize != size - stream.tell():
        raise ModelCorrupt(f"{name} says that it is {dtype}{shape}, which it is not, or no list of numbers.")
    content = stream.read(size)
    array = np.frombuffer(content, dtype=dtype).reshape(shape, order="F" if fortran else "C").copy(order="K")
    if dtype.kind == "f" and not np.isfinite(array).all():
        raise ModelCorrupt(f"{name} holds what is no number.")
    return array


def json_of(path: Path, limit: int = LARGEST_TEXTS) -> dict[str, Any]:
    """A JSON object without NaN and infinity. Raises ModelCorrupt, or one of UNREADABLE."""

    def refuse(word: str) -> float:
        raise ModelCorrupt(f"{path.name} holds {word}, which is no number.")

    told = json.loads(regular(path, limit).read_text(encoding="ascii"), parse_constant=refuse)
    if not isinstance(told, dict):
        raise ModelCorrupt(f"{path.name} is no table of names and values.")
    return told


def regular(path: Path, limit: int) -> Path:
    """`path`, where it is a file of at most `limit` bytes: a pipe would be waited for. Raises ModelCorrupt, OSError."""
    there = path.stat()
    if not stat.S_ISREG(there.st_mode) or there.st_size > limit:
        raise ModelCorrupt(f"{path.name} is no file, or one of more than {limit:,} bytes.")
    return path


def number(value: Any, what: str, low: float, high: float) -> float:
    """A number within bounds. Raises ModelCorrupt."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ModelCorrupt(f"The model's {what} is {str(value)[:40]}, which is no number from {low:g} to {high:g}.")
    return float(value)


def whole(value: Any, what: str, low: int, high: int) -> int:
    """A whole number within bounds. Raises ModelCorrupt."""
    if not isinstance(value, int):
        raise ModelCorrupt(f"The model's {what} is no whole number.")
    return int(number(value, what, low, high))


def texts(values: Any, what: str, size: int | None = None) -> tuple[str, ...]:
    """A list of texts, of `size` where one is given. Raises ModelCorrupt."""
    sound = isinstance(values, list) and all(isinstance(text, str) and len(text) <= LONGEST for text in values)
    if not sound or (size is not None and len(values) != size):
        raise ModelCorrupt(f"The model's {what} are no texts, or not as many as there should be.")
    return tuple(values)


def numbers(values: Any, what: str) -> dict[str, Any]:
    """A table of names and values as manifests show them. Raises ModelCorrupt."""
    if not isinstance(values, dict):
        raise ModelCorrupt(f"The model's {what} are no table.")
    return values


def bounded(arrays: Mapping[str, Any], *names: str, limit: float = LARGEST) -> None:
    """Every number of these arrays lies within ±limit. Raises ModelCorrupt."""
    for name in names:
        if arrays[name].size and not (-limit <= arrays[name].min() and arrays[name].max() <= limit):
            raise ModelCorrupt(f"{name} holds numbers beyond ±{limit:g}.")


def counts(arrays: Mapping[str, Any], *names: str) -> None:
    """Whole numbers that are not negative, and whose sum is none that overflows. Raises ModelCorrupt."""
    for name in names:
        column = arrays[name]
        if column.size and not (column.min() >= 0 and column.sum(dtype=np.float64) <= MOST):
            raise ModelCorrupt(f"{name} holds counts that cannot be.")


def ascending(arrays: Mapping[str, Any], name: str, end: int) -> None:
    """A list of different whole numbers from 0 to below `end`, in order. Raises ModelCorrupt."""
    column = arrays[name]
    sound = column.ndim == 1 and column.dtype == np.int64
    if not sound or (len(column) and not (column[0] >= 0 and column[-1] < end and (column[1:] > column[:-1]).all())):
        raise ModelCorrupt(f"{name} is no list of different numbers in order.")


def settings(plain: Any, kind: type[T], ranges: Mapping[str, tuple[float, float]]) -> T:
    """Parameters by their types, those named ("network.hidden") within bounds. Raises ModelCorrupt."""
    try:
        found = msgspec.convert(plain, kind)
    except (msgspec.ValidationError, UsageError, RecursionError) as problem:
        raise ModelCorrupt(f"The model's parameters are not of this version: {problem}.") from problem
    for name, (low, high) in ranges.items():
        value: Any = found
        for part in name.split("."):
            value = getattr(value, part)
        if value is not None:
            number(value, name, low, high)
    return found
