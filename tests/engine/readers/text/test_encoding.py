"""Texts in any encoding: what is read is what was written, and nothing becomes a backslash."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.readers.text import code_pages
from engine.readers.text.code_pages import page_of
from engine.readers.text.encoding import as_utf8, normalise_head

UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


class Dripping(io.RawIOBase):
    """Gives a few bytes at a time, as a network or a decompressor may."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__()
        self._data, self._size = data, size

    def read(self, size: int = -1) -> bytes:
        out, self._data = self._data[: self._size], self._data[self._size :]
        return out


def text_of(data: bytes, size: int = 1 << 20) -> str:
    stream = as_utf8(Dripping(data, size))  # type: ignore[arg-type]
    return b"".join(iter(lambda: stream.read(4096), b"")).decode()


@given(st.text(max_size=40).map(str.encode) | st.binary(max_size=40), st.integers(4, 9))
def test_a_block_is_checked_in_pieces_as_it_is_as_a_whole(data: bytes, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(code_pages, "_PIECE", size)
        assert code_pages.is_utf8(data) == (data.decode("utf-8", "ignore").encode() == data)


@pytest.mark.parametrize("encoding", UNICODE)
@pytest.mark.parametrize("size", [5, 700])
def test_unicode_is_read_with_and_without_a_mark(encoding: str, size: int) -> None:
    text = "Image,ProcessId\nC:\\müll.exe,5\nC:\\発票.exe,6\n" * 30
    assert text_of(text.encode(encoding), size) == text
    assert normalise_head(text.encode(encoding)).decode() == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("cp1252", "C:\\Users\\René\\müll.exe"),
        ("cp1252", "Démarré,Création de processus,C:\\Users\\Élise\\réseau.exe"),
        ("cp850", "Größe;Überprüfung;C:\\Programme\\Öl.exe"),
        ("cp1251", "C:\\Users\\Иван\\Загрузки\\счёт.exe"),
        ("cp866", "C:\\Users\\Иван\\Загрузки\\счёт.exe"),
        ("cp932", "C:\\Users\\田中\\ダウンロード\\請求書.exe"),
        ("gb18030", "C:\\Users\\王伟\\下载\\发票.exe"),
        ("cp949", "C:\\Users\\김철수\\다운로드\\송장.exe"),
        ("cp1250", "C:\\Users\\Łukasz\\Pobrane\\źródło.exe"),
        ("cp1254", "C:\\Users\\Gökhan\\İndirilenler\\şifre.exe"),
    ],
)
def test_code_pages_are_told_from_a_line(page: str, text: str) -> None:
    assert text_of(b"Image\n" + text.encode(page) + b"\n") == f"Image\n{text}\n"


def test_lines_are_told_one_by_one() -> None:
    joined = "müll\n".encode() + "müll\n".encode("cp1252") + b"plain\n" + "gut, größer\n".encode()
    assert text_of(joined) == "müll\nmüll\nplain\ngut, größer\n"


def test_damaged_utf8_is_no_code_page() -> None:
    stream = as_utf8(io.BytesIO("aéèê".encode() + b"\xff\n"))
    assert stream.read() == "aéèê".encode() + b"\xff\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_marks_of_joined_files_are_no_text(encoding: str) -> None:
    text = "\ufeffa,é\n\ufeffa,é\nb\ufeff,c\n"
    assert text_of(text.encode(encoding)) == "a,é\na,é\nb\ufeff,c\n"


@given(st.text(alphabet="abc,éü\n界", max_size=200), st.integers(1, 40))
def test_utf8_stays_what_it_is_however_it_comes(text: str, size: int) -> None:
    assert text_of(text.encode(), size) == text


@given(st.binary(max_size=300), st.integers(1, 50))
def test_any_bytes_become_text_or_stay(data: bytes, size: int) -> None:
    stream = as_utf8(Dripping(data, size))  # type: ignore[arg-type]
    read = b"".join(iter(lambda: stream.read(64), b""))
    assert read.count(b"\n") >= data.count(b"\n") - data.count(b"\0") - 2
    assert page_of(b"\x81\xfc" + data)


def test_what_is_binary_is_no_text_of_a_code_page() -> None:
    data = b"ElfFile" + bytes(93) + bytes(range(256)) * 20 + b"\xef\xbb\xbf\xfc\n\xe4" * 300
    assert as_utf8(io.BytesIO(data)).read() == data
    assert normalise_head(data) == data


def test_zeros_before_a_text_do_not_make_it_binary() -> None:
    data = bytes(600) + "C:\\müll.exe,größer\n".encode("cp1252") * 9
    assert as_utf8(io.BytesIO(data)).read() == data.decode("cp1252").encode()


def test_lines_that_are_held_do_not_come_as_blocks_of_their_own() -> None:
    line = ("é" * 40 + "\n").encode()
    stream = as_utf8(io.BytesIO(line * 40_000))
    blocks = list(iter(lambda: stream.read(1 << 20), b""))
    assert b"".join(blocks) == line * 40_000
    assert len(blocks) == 5  # the first 512 bytes tell the encoding
