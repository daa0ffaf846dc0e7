"""The records of an answer that is one object of any size: {"Results": […]}, {"hits": {"hits": […]}}, {"results": […]}.

An object is decoded as a whole, and one that is longer than any record is given up: the largest exports would be. So where a
file begins with an object that does not end within its head and opens an array of known records there, these are read one by
one, as they are in an array that stands alone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from itertools import islice, takewhile
from typing import BinaryIO, cast

from engine.readers.contract import HEAD_BYTES, Record
from engine.readers.text.encoding import Rest
from engine.readers.text.json_split import Piece, split_objects
from engine.readers.text.json_text import load_object

_ARRAY = re.compile(rb'"[A-Za-z_@.]{1,40}"\s{0,20}:\s{0,20}\[\s{0,200}(?=\{)')
_MOST_ARRAYS = 50
_FEW = 3
"""Records of an array that are looked at."""

Known = Callable[[Record], bool]


def array_in(head: bytes, known: Known) -> int | None:
    """Where in the head of a stream the array of known records begins that its first object holds; None when the object ends
    within the head, or holds none.
    """
    start = head.lstrip()
    if len(head) < HEAD_BYTES or start[:1] != b"{":
        return None
    whole = next(iter(split_objects(io.BytesIO(start))), None)
    if whole is not None and whole.is_object and load_object(whole.data) is not None:
        return None
    for match in islice(_ARRAY.finditer(head), _MOST_ARRAYS):
        at = head.index(b"[", match.start())
        inside = takewhile(lambda piece: not piece.closed, split_objects(io.BytesIO(head[at:])))
        pieces = islice((piece for piece in inside if piece.is_object), _FEW)
        if any((record := load_object(piece.data)) is not None and known(record) for piece in pieces):
            return at
    return None


def pieces_of(stream: BinaryIO, head: bytes, at: int, known: Known) -> Iterator[Piece]:
    """The records of the array that begins at `at`, and what comes behind the object that holds it.

    What else the object holds is no record, unless it is one of a known kind.
    """
    open_objects = head.count(b"{", 0, at) - head.count(b"}", 0, at)
    inside = True
    for piece in split_objects(cast("BinaryIO", Rest(stream, head[at:], "utf-8"))):
        inside = inside and not piece.closed
        if inside or (open_objects <= 0 and not piece.cut):
            yield piece
        elif piece.is_object:
            record = piece.record or load_object(piece.data)
            if record is not None and known(record):
                yield piece
        elif not piece.cut:
            open_objects += piece.data.count(b"{") - piece.data.count(b"}")
