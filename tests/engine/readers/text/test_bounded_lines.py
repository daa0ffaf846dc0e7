"""Lines in bounded memory."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InputError
from engine.readers.text import bounded_lines
from engine.readers.text.bounded_lines import numbered_lines


@given(st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"").rstrip(b"\r")), max_size=30), st.integers(1, 50))
@settings(max_examples=100, deadline=None)
def test_lines_round_trip_whatever_the_chunks(lines: list[bytes], size: int) -> None:
    before = bounded_lines.CHUNK_BYTES
    stream = io.BytesIO(b"".join(line + b"\n" for line in lines))
    read = stream.read
    stream.read = lambda _=-1: read(size)  # type: ignore[method-assign,assignment]
    assert list(numbered_lines(stream)) == list(enumerate(lines, 1))
    assert before == bounded_lines.CHUNK_BYTES


@pytest.mark.parametrize("text", [b"a\nb\n", b"a\r\nb\r\n"])
def test_zeros_behind_the_last_line_are_no_line(text: bytes) -> None:
    assert list(numbered_lines(io.BytesIO(text + bytes(4096)))) == [(1, b"a"), (2, b"b")]


def test_overlong_lines_are_cut_and_the_next_line_is_whole() -> None:
    long = b"x" * (3 * bounded_lines.CHUNK_BYTES)
    stream = io.BytesIO(b"a\n" + long + b"\nb\r\nc")
    found = list(numbered_lines(stream, limit=1000))
    assert [number for number, _ in found] == [1, 2, 3, 4]
    assert [line for _, line in found][2:] == [b"b", b"c"]
    assert len(found[1][1]) == 1000


def test_a_stream_that_breaks() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 0:
                raise EOFError("Compressed file ended before the end-of-stream marker was reached")
            return super().read(4)

    lines = numbered_lines(Broken(b"a\nb\nc\n"), "x.gz")
    assert next(lines) == (1, b"a")
    assert next(lines) == (2, b"b")
    with pytest.raises(InputError) as caught:
        next(lines)
    assert (caught.value.file, caught.value.position) == ("x.gz", 2)
