"""Folders, compressed files and archives: nesting, damage, bombs, hostile names."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import socket
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InputError
from engine.readers.containers.archives import is_tar
from engine.readers.containers.decompress import Account, Budget, Decompressed, Limits
from engine.readers.containers.member import Member, Remark
from engine.readers.containers.walk import expand, identify
from engine.readers.containers.zip_salvage import salvaged_members

TEXT = b"".join(b"line %d of a log\n" % number for number in range(5_000))

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "bz2": bz2.compress,
    "zst": zstandard.ZstdCompressor().compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
}


def tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def contents(path: Path, limits: Limits | None = None) -> tuple[dict[str, bytes], list[InputError]]:
    """Every member read twice, as the ingest does, and every error on the way."""
    found: dict[str, bytes] = {}
    errors: list[InputError] = []
    for member in expand([path], limits):
        if isinstance(member, InputError):
            errors.append(member)
            continue
        if isinstance(member, Remark):
            continue
        reads = []
        for _ in range(2):
            parts = []
            with member.open() as stream:
                try:
                    while part := stream.read(7_000):
                        parts.append(part)
                except InputError as error:
                    errors.append(error)
            reads.append(b"".join(parts))
        assert reads[0] == reads[1]
        found[member.path.removeprefix(str(path))] = reads[0]
    return found, errors


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("codec", PACK)
def test_single_compression_adds_nothing_to_the_path(tmp_path: Path, codec: str) -> None:
    path = put(tmp_path, "misnamed.txt", PACK[codec](TEXT))
    assert contents(path) == ({"": TEXT}, [])


@pytest.mark.parametrize("codec", PACK)
def test_streams_one_after_another(tmp_path: Path, codec: str) -> None:
    path = put(tmp_path, "x", PACK[codec](TEXT) + PACK[codec](b"more"))
    assert contents(path) == ({"": TEXT + b"more"}, [])


@pytest.mark.parametrize("codec", ["", *PACK])
def test_tar_in_any_compression(tmp_path: Path, codec: str) -> None:
    files = {"a/b.log": TEXT, "../../etc/passwd": b"x", "empty": b""}
    path = put(tmp_path, "x", PACK.get(codec, bytes)(tar(files)))
    found, errors = contents(path)
    assert found == {"!" + name: data for name, data in files.items()}
    assert errors == []
    assert sorted(item.name for item in tmp_path.iterdir()) == ["x"]


def test_nested_and_too_deep(tmp_path: Path) -> None:
    inner = tar({"c": TEXT})
    path = put(tmp_path, "a.zip", zipped({"b.tar": inner, "d.log.gz": gzip.compress(b"d"), "plain": b"p"}))
    found, errors = contents(path)
    assert found == {"!b.tar!c": TEXT, "!d.log.gz": b"d", "!plain": b"p"}
    assert errors == []
    deep = zipped({"1": zipped({"2": zipped({"3": zipped({"4": b"x"})})}), "ok": b"fine"})
    found, errors = contents(put(tmp_path, "deep.zip", deep))
    assert found == {"!ok": b"fine"}
    assert len(errors) == 1
    assert "deep" in str(errors[0])
    assert errors[0].remedy


@pytest.mark.parametrize("codec", PACK)
def test_truncated_stream_keeps_what_was_read(tmp_path: Path, codec: str) -> None:
    noisy = os.urandom(150_000)
    packed = PACK[codec](TEXT + noisy)
    found, errors = contents(put(tmp_path, "x", packed[: len(packed) - 100]))
    kept = found.get("", b"")
    # bz2 gives whole blocks of 900 kB only: nothing here.
    assert codec == "bz2" or len(kept) > 100_000
    assert (TEXT + noisy).startswith(kept)
    assert errors
    assert all(str(tmp_path / "x") in str(error) for error in errors)


def test_truncated_tar_xz_keeps_the_members_before(tmp_path: Path) -> None:
    packed = lzma.compress(tar({"one": TEXT, "two": os.urandom(200_000), "three": TEXT}))
    found, errors = contents(put(tmp_path, "x.tar.xz", packed[:150_000]))
    assert found["!one"] == TEXT
    assert 0 < len(found["!two"]) < 200_000
    assert "!three" not in found
    assert errors


def test_damaged_zip_member_costs_itself(tmp_path: Path) -> None:
    noisy = os.urandom(50_000)
    data = bytearray(zipped({"a": noisy, "b": TEXT}))
    data[20_000:20_100] = bytes(100)
    found, errors = contents(put(tmp_path, "x.zip", bytes(data)))
    assert found["!b"] == TEXT
    assert errors
    assert all("!a" in error.file for error in errors)


@pytest.mark.parametrize("gzipped", [False, True])
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_zip_that_is_cut_gives_the_members_before(tmp_path: Path, gzipped: bool, method: int, streamed: bool) -> None:
    inner = zipped({"x": b"in"})
    files = {"one": TEXT, "folder/": b"", "in.zip": inner, "two": os.urandom(200_000), "three": TEXT}
    buffer = io.BytesIO()
    # A stream that cannot seek gets the sizes behind the data.
    target: Any = Unseekable(buffer) if streamed else buffer
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    cut = buffer.getvalue()[: (len(TEXT) if method == zipfile.ZIP_STORED else 0) + 150_000]
    found, errors = contents(put(tmp_path, "y.zip", gzip.compress(cut) if gzipped else cut))
    assert errors[-1].file.endswith("y.zip")
    assert errors[-1].remedy
    assert not set(found) & {"!three", "!folder/"}
    # Stored without its size in front, a member's end is nowhere told.
    if not (streamed and method == zipfile.ZIP_STORED):
        assert "!x" not in found
        assert found["!one"] == TEXT
        assert found["!in.zip!x"] == b"in"
        assert files["two"].startswith(found["!two"])
        assert 100_000 < len(found["!two"]) < 200_000
        assert any("ends early" in str(error) for error in errors)


class Unseekable(io.RawIOBase):
    def __init__(self, sink: io.BytesIO) -> None:
        super().__init__()
        self._sink = sink

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._sink.write(data)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300), st.data())
def test_salvaging_never_raises(noise: bytes, data: st.DataObject) -> None:
    packed = bytearray(zipped({"a": TEXT[:500], "b": b"x" * 50}))
    at = data.draw(st.integers(0, len(packed)))
    packed[at : at + len(noise)] = noise
    stream = io.BytesIO(bytes(packed))
    for member in salvaged_members(stream, "x", Budget(Limits(), len(packed))):
        if not isinstance(member, InputError):
            with contextlib.suppress(InputError):
                member.open().read()


def test_encrypted_zip_member_is_named_and_others_go_on(tmp_path: Path) -> None:
    data = bytearray(zipped({"secret": b"x" * 50, "open": TEXT}))
    # The bit in the central directory decides.
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    found, errors = contents(put(tmp_path, "x.zip", bytes(data)))
    assert found == {"!open": TEXT}
    assert "encrypted" in str(errors[0])
    assert "secret" in errors[0].file


@pytest.mark.parametrize("codec", PACK)
def test_bomb_is_stopped(tmp_path: Path, codec: str) -> None:
    limits = Limits(ratio=100, ratio_from=1 << 20)
    path = put(tmp_path, "bomb", PACK[codec](bytes(30 << 20)))
    found, errors = contents(path, limits)
    assert len(found.get("", b"")) <= 3 << 20
    assert errors
    assert "expands" in str(errors[0])
    assert "unpack it yourself" in errors[0].remedy


def test_limits_of_archives(tmp_path: Path) -> None:
    bomb = zipped({"zeros": bytes(20 << 20), "fine": b"x"})
    found, errors = contents(put(tmp_path, "b.zip", bomb), Limits(ratio=100, ratio_from=1 << 20))
    assert found == {"!fine": b"x"}
    assert len(errors) == 1
    many = tar({str(number): b"x" for number in range(30)})
    found, errors = contents(put(tmp_path, "many.tar", many), Limits(members=10))
    assert len(found) == 10
    assert len(errors) == 1
    found, errors = contents(put(tmp_path, "big.tar", tar({"big": bytes(100_000), "small": b"x"})), Limits(member_bytes=50_000))
    assert found == {"!small": b"x"}
    assert len(errors) == 1


def test_folders_are_sorted_and_loops_cut(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    put(tmp_path / "b", "2", b"2")
    put(tmp_path / "b", "1", b"1")
    put(tmp_path, "a", b"a")
    (tmp_path / "b" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    results = list(expand([tmp_path]))
    paths = [item.path.removeprefix(str(tmp_path)) for item in results if not isinstance(item, InputError)]
    assert paths == ["/a", "/b/1", "/b/2"]
    assert sorted(Path(item.file).name for item in results if isinstance(item, InputError)) == ["broken", "pipe"]


def test_missing_path_is_an_error_and_others_go_on(tmp_path: Path) -> None:
    results = list(expand([tmp_path / "none", put(tmp_path, "a", b"a")]))
    assert isinstance(results[0], InputError)
    assert not isinstance(results[1], InputError)


def test_member_of_a_tar_is_gone_after_the_next(tmp_path: Path) -> None:
    members = list(expand([put(tmp_path, "x.tar", tar({"a": b"1", "b": b"2"}))]))
    assert not isinstance(members[0], InputError)
    with pytest.raises(InputError, match="next one"):
        members[0].open()


def test_evidence_is_not_changed(tmp_path: Path) -> None:
    path = put(tmp_path, "x.zip", zipped({"a": TEXT}))
    path.chmod(0o400)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    contents(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_archives_that_are_not_read_say_so(tmp_path: Path) -> None:
    found, errors = contents(put(tmp_path, "x.log", b"7z\xbc\xaf\x27\x1c" + bytes(100)))
    assert found == {}
    assert "7-Zip" in str(errors[0])


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(PACK)), st.binary(max_size=300), st.data())
def test_damaged_streams_raise_input_error_only(codec: str, noise: bytes, data: st.DataObject) -> None:
    packed = bytearray(PACK[codec](TEXT[:3_000]))
    at = data.draw(st.integers(0, len(packed)))
    packed[at : at + len(noise)] = noise
    stream = Decompressed(io.BytesIO(bytes(packed)), codec, "x", Account(Budget(Limits(), len(packed))))
    with contextlib.suppress(InputError):
        while stream.read(1_000):
            pass


def skippable(data: bytes) -> bytes:
    """A zstd frame without content: pzstd puts one in front of each frame, seekable zstd one behind all."""
    return struct.pack("<II", 0x184D2A50, len(data)) + data


def test_zstd_with_skippable_frames(tmp_path: Path) -> None:
    pack = PACK["zst"]
    parallel = skippable(b"size") + pack(TEXT) + skippable(b"size") + pack(b"more") + skippable(bytes(3_000))
    assert contents(put(tmp_path, "x", parallel)) == ({"": TEXT + b"more"}, [])


@pytest.mark.parametrize("codec", PACK)
@pytest.mark.parametrize("archive", [False, True])
def test_other_data_behind_a_stream_is_said(tmp_path: Path, codec: str, archive: bool) -> None:
    packed = PACK[codec](tar({"a": TEXT}) if archive else TEXT)
    found, errors = contents(put(tmp_path, "x", packed + b"JUNK" + PACK[codec](b"more")))
    assert found == {"!a" if archive else "": TEXT}
    assert {error.message for error in errors} == {
        f"{tmp_path / 'x'}: from byte {len(packed):,} on it is no {codec} data; that was not read."
    }


@pytest.mark.parametrize("codec", PACK)
@pytest.mark.parametrize("padding", [b"\n", bytes(200_000), b"\r\n"])
def test_padding_behind_a_stream_is_nothing_and_hides_nothing(tmp_path: Path, codec: str, padding: bytes) -> None:
    assert contents(put(tmp_path, "x", PACK[codec](TEXT) + padding)) == ({"": TEXT}, [])
    assert contents(put(tmp_path, "y", PACK[codec](TEXT) + padding + PACK[codec](b"more"))) == ({"": TEXT + b"more"}, [])


@pytest.mark.parametrize("prefix", [b"MZ" + bytes(600), TEXT[:400], zipped({"first": b"1"})], ids=["program", "text", "zip"])
def test_a_zip_behind_other_data(tmp_path: Path, prefix: bytes) -> None:
    found, errors = contents(put(tmp_path, "x.exe", prefix + zipped({"a": TEXT})))
    assert errors == []
    assert found.pop("!a") == TEXT
    assert found in ({"![before the archive]": prefix}, {"![before the archive]!first": b"1"})


def test_data_behind_a_zip_is_a_member(tmp_path: Path) -> None:
    packed = zipped({"a": TEXT})
    assert contents(put(tmp_path, "x.zip", packed + gzip.compress(b"more")))[0] == {"!a": TEXT, "![behind the archive]": b"more"}
    assert contents(put(tmp_path, "y.zip", packed + b"\r\n")) == ({"!a": TEXT}, [])
    # The mark of an end in a text is no archive.
    assert contents(put(tmp_path, "z.log", TEXT + b"PK\x05\x06" + bytes(18)))[0].keys() == {""}


def test_tars_one_after_another_and_what_is_between(tmp_path: Path) -> None:
    both = tar({"a": TEXT}) + tar({"b": b"more"})
    assert contents(put(tmp_path, "x.tar", both)) == ({"!a": TEXT, "!b": b"more"}, [])
    found, errors = contents(put(tmp_path, "y.tar", tar({"a": TEXT}) + b"J" * 1_024 + tar({"b": b"more"})))
    assert found == {"!a": TEXT, "!b": b"more"}
    assert [error.message.partition(": ")[2] for error in errors] == [
        "2 blocks of 512 bytes are no tar data; members may be missing."
    ]


def test_a_damaged_header_hides_no_later_member(tmp_path: Path) -> None:
    data = bytearray(tar({"a": b"1", "b": b"2", "c": b"3"}))
    data[1_024] ^= 1
    found, errors = contents(put(tmp_path, "x.tar", bytes(data)))
    assert found == {"!a": b"1", "!c": b"3"}
    assert "no tar data" in errors[0].message


def test_a_tar_that_is_cut_between_members_says_so(tmp_path: Path) -> None:
    data = tar({"a": b"1", "b": b"2"})
    for size in (1_024, 1_024 + 300):
        found, errors = contents(put(tmp_path, "x.tar", data[:size]))
        assert found == {"!a": b"1"}
        assert len(errors) == 1


def test_links_in_a_tar_get_a_word(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for number, kind in enumerate([tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]):
            info = tarfile.TarInfo(f"m{number}")
            info.type, info.linkname = kind, "elsewhere"
            archive.addfile(info)
    (remark,) = expand([put(tmp_path, "x.tar", buffer.getvalue())])
    assert isinstance(remark, Remark)
    assert remark.message == "3 members have no content, being links or devices (m0, m1, m2)"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\x04\x22\x4d\x18", "LZ4"),
        (skippable(b"x") + b"\x04\x22\x4d\x18", "LZ4"),
        (b"\x02\x21\x4c\x18", "LZ4"),
        (b"LZIP\x01", "lzip"),
        (b"\x1f\x9d\x90", "compress"),
    ],
)
def test_what_is_not_read_is_named(tmp_path: Path, head: bytes, name: str) -> None:
    found, errors = contents(put(tmp_path, "x", head + bytes(600)))
    assert found == {}
    assert name in errors[0].message


def test_one_budget_for_a_file_and_all_that_is_inside(tmp_path: Path) -> None:
    limits = Limits(ratio=10, ratio_from=100_000)
    files = {str(number): bytes(60_000) for number in range(9)}
    for packed in (zipped(files), zipped({"in.zip": zipped(files)}), tar({"in.zip": zipped(files)})):
        found, errors = contents(put(tmp_path, "x", packed), limits)
        assert sum(map(len, found.values())) <= 160_000
        assert any("with all that is inside of the file it expands" in error.message for error in errors)
        assert all(error.remedy for error in errors)


def test_many_small_members_are_added_up(tmp_path: Path) -> None:
    limits = Limits(ratio=10, ratio_from=100_000)
    found, errors = contents(put(tmp_path, "x.zip", zipped({str(number): bytes(9_000) for number in range(30)})), limits)
    assert sum(map(len, found.values())) == 11 * 9_000
    assert "with all that is inside of the file it expands" in errors[0].message


def test_members_of_all_archives_inside_count_together(tmp_path: Path) -> None:
    few = zipped({str(number): b"x" for number in range(6)})
    found, errors = contents(put(tmp_path, "x.zip", zipped({"a.zip": few, "b.zip": few})), Limits(members=10))
    assert len(found) == 8
    assert len(errors) == 1
    assert "more than 10 members" in errors[0].message


def test_what_is_no_file_is_refused_without_opening_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(tmp_path)
        server.bind("door")
        found = list(expand([pipe, tmp_path / "door", Path("/dev/zero")]))
    assert ["not a regular file" in str(error) for error in found] == [True] * 3
    # Put there between the look and the opening.
    log = put(tmp_path, "log", TEXT)
    (member,) = expand([log])
    log.unlink()
    pipe.rename(log)
    assert isinstance(member, Member)
    with pytest.raises(InputError, match="not a regular file"):
        member.open()


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=600))
def test_identify_never_raises(head: bytes) -> None:
    identify(head)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("gone", [["one"], ["two"], ["three"], ["one", "two"], ["two", "three"], ["one", "two", "three"]])
def test_members_that_the_directory_does_not_name(tmp_path: Path, gone: list[str], method: int, streamed: bool) -> None:
    files = {"one": TEXT, "two": b"second " * 50, "three": b"third " * 50}
    buffer = io.BytesIO()
    target: Any = Unseekable(buffer) if streamed else buffer
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.filelist = [info for info in archive.filelist if info.filename not in gone]
    found, errors = contents(put(tmp_path, "x.zip", buffer.getvalue()))
    assert {name.rpartition("!")[2] for name in found} >= {name for name in files if name not in gone}
    if streamed and method == zipfile.ZIP_STORED:  # such a member cannot be read without its entry: said
        assert errors
    else:
        assert {name.rpartition("!")[2]: data for name, data in found.items()} == files
    assert len(errors) >= 1


@pytest.mark.parametrize("streamed", [False, True])
def test_data_between_the_members_of_a_zip_is_read(tmp_path: Path, streamed: bool) -> None:
    buffer = io.BytesIO()
    target: Any = Unseekable(buffer) if streamed else buffer
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one", TEXT)
        archive.fp.write(TEXT * 2)
        archive.start_dir = archive.fp.tell()
        archive.writestr("two", b"2")
        archive.fp.write(bytes(100))
        archive.start_dir = archive.fp.tell()
    found, errors = contents(put(tmp_path, "x.zip", buffer.getvalue()))
    assert errors == []
    assert sorted(found.values()) == sorted([TEXT, TEXT * 2, b"2"])


def test_a_tar_with_any_bit_of_its_first_header_wrong(tmp_path: Path) -> None:
    """None of them is taken for text: what follows is read, and that something is missing is said."""
    sound = tar({"a.json": TEXT, "b.json": b"more"})
    for bit in range(8 * 257 + 64):
        data = bytearray(sound)
        data[bit // 8] ^= 1 << bit % 8
        assert is_tar(bytes(data[:512])), bit
    for byte in (3, 101, 130, 150, 156, 258, 400):
        data = bytearray(sound)
        data[byte] ^= 1
        found, errors = contents(put(tmp_path, "x.tar", bytes(data)))
        assert found == {"!b.json": b"more"}
        assert "no tar data" in errors[0].message


@pytest.mark.parametrize(
    "text",
    [b"0" * 512, b"0000000 " * 64, b"0000000\n" * 64, b"{" + b"ustar" * 110, b"\x80" * 512, bytes(257) + b"ustar" + bytes(250)],
    ids=["digits", "octal", "lines", "magic", "base 256", "magic alone"],
)
def test_text_that_is_no_tar(text: bytes) -> None:
    assert not is_tar(text)


def test_an_archive_without_a_file_is_said(tmp_path: Path) -> None:
    zipfile.ZipFile(tmp_path / "a.zip", "w").close()
    (found,) = expand([tmp_path / "a.zip"])
    assert found == Remark(str(tmp_path / "a.zip"), "an empty archive: there is no file in it")
