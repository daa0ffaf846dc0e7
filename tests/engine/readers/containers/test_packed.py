"""Archives that the standard library cannot open: Deflate64, Zstandard, encrypted zips, 7-Zip."""

from __future__ import annotations

import base64
import io
import struct
import zipfile
import zlib
from pathlib import Path

import py7zr
import pytest
import pyzipper
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from inflate64 import Deflater

from engine.errors import InputError
from engine.readers.containers.decompress import Limits
from engine.readers.containers.member import Member
from engine.readers.containers.walk import expand

TEXT = b"".join(b"line %d of a log\n" % number for number in range(50_000))
TRADITIONAL = base64.b64decode(
    "UEsDBBQACQAIAGSdfV2qNNZDHwAAACoAAAAFABwAYS5sb2dVVAkAA0yADGtMgAxrdXgLAAEEAAAAAAQAAAAAqoLKWErbkE328QZe"
    "ZFPXxCsSd8vwtjevE5eOeDShiVBLBwiqNNZDHwAAACoAAABQSwECHgMUAAkACABknX1dqjTWQx8AAAAqAAAABQAYAAAAAAABAAAA"
    "pIEAAAAAYS5sb2dVVAUAA0yADGt1eAsAAQQAAAAABAAAAABQSwUGAAAAAAEAAQBLAAAAbgAAAAAA"
)
"""a.log with the traditional encryption, as Info-ZIP writes it; the password is geheim."""


def contents(path: Path, password: str = "", limits: Limits | None = None) -> tuple[dict[str, bytes], list[InputError]]:
    """Every member read twice, as the ingest does, and every error on the way."""
    found: dict[str, bytes] = {}
    errors: list[InputError] = []
    for member in expand([path], limits, password):
        if isinstance(member, InputError):
            errors.append(member)
        elif isinstance(member, Member):
            try:
                for _ in range(2):
                    with member.open() as stream:
                        found[member.path.removeprefix(str(path))] = stream.read()
            except InputError as error:
                errors.append(error)
    return found, errors


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def zip_of(packed: bytes, method: int, plain: bytes = TEXT) -> bytes:
    """A zip of one member a.log, packed by a method that zipfile does not write."""
    head = struct.pack("<HHHHHIII", 63, 0, method, 0, 0x5800, zlib.crc32(plain), len(packed), len(plain))
    local = b"PK\x03\x04" + head + struct.pack("<HH", 5, 0) + b"a.log" + packed
    directory = b"PK\x01\x02" + struct.pack("<H", 63) + head + struct.pack("<HHHHHII", 5, 0, 0, 0, 0, 0, 0) + b"a.log"
    return local + directory + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(directory), len(local), 0)


def deflated64(plain: bytes) -> bytes:
    deflater = Deflater()
    return bytes(deflater.deflate(plain) + deflater.flush())


def seven_zipped(files: dict[str, bytes], password: str | None = None) -> bytes:
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", password=password) as archive:
        for name, data in files.items():
            archive.writestr(data, name)
    return buffer.getvalue()


def locked(files: dict[str, bytes], password: str) -> bytes:
    buffer = io.BytesIO()
    with pyzipper.AESZipFile(buffer, "w", compression=zipfile.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [zip_of(deflated64(TEXT), 9), zip_of(zstandard.ZstdCompressor().compress(TEXT), 93)],
    ids=["deflate64", "zstandard"],
)
def test_methods_that_zipfile_cannot_read(tmp_path: Path, data: bytes) -> None:
    assert contents(put(tmp_path, "x.zip", data)) == ({"!a.log": TEXT}, [])
    inside = io.BytesIO()
    with zipfile.ZipFile(inside, "w") as outer:
        outer.writestr("in.zip", data)
    assert contents(put(tmp_path, "y.zip", inside.getvalue())) == ({"!in.zip!a.log": TEXT}, [])


def test_damage_in_deflate64_is_told_behind_what_was_read(tmp_path: Path) -> None:
    wrong = zip_of(deflated64(TEXT), 9, TEXT[:-1] + b"!")
    found, (error,) = contents(put(tmp_path, "x.zip", wrong))
    assert found == {}
    assert "its checksum is wrong" in error.message
    cut = zip_of(deflated64(TEXT)[:-900], 9)
    _, (error,) = contents(put(tmp_path, "y.zip", cut))
    assert "damaged" in error.message


@pytest.mark.parametrize(("method", "name"), [(98, "PPMd"), (77, "method 77")])
def test_a_method_that_is_not_read_is_named_and_not_called_damage(tmp_path: Path, method: int, name: str) -> None:
    found, (error,) = contents(put(tmp_path, "x.zip", zip_of(b"abc", method)))
    assert found == {}
    assert f"compressed with {name}, which is not read" in error.message
    assert "Unpack it" in error.remedy


@pytest.mark.parametrize("data", [locked({"a.log": TEXT}, "geheim"), TRADITIONAL], ids=["aes", "traditional"])
def test_encrypted_zips_need_their_password(tmp_path: Path, data: bytes) -> None:
    path = put(tmp_path, "x.zip", data)
    plain = TEXT if data is not TRADITIONAL else b"line of a log\n" * 3
    assert contents(path, "geheim") == ({"!a.log": plain}, [])
    found, (error,) = contents(path)
    assert found == {}
    assert "encrypted" in error.message
    assert "--password" in error.remedy
    found, (error,) = contents(path, "falsch")
    assert found == {}
    assert "encrypted with another password" in error.message


def test_members_of_one_name_are_each_decrypted(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with pyzipper.AESZipFile(buffer, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(b"p")
        archive.writestr("a", "one")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a", "two")
    texts = []
    for member in expand([put(tmp_path, "x.zip", buffer.getvalue())], password="p"):
        assert isinstance(member, Member)
        with member.open() as stream:
            texts.append(stream.read())
    assert texts == [b"one", b"two"]


@pytest.mark.parametrize("password", ["", "geheim"])
def test_seven_zip(tmp_path: Path, password: str) -> None:
    files = {"b/a.log": TEXT, "c.log": b"second", "empty": b""}
    path = put(tmp_path, "x.7z", seven_zipped(files, password or None))
    found, errors = contents(path, password)
    assert errors == []
    assert {name: data for name, data in found.items() if data} == {"!b/a.log": TEXT, "!c.log": b"second"}
    if password:
        for given_password in ("", "falsch"):
            found, errors = contents(path, given_password)
            assert b"second" not in found.values()
            assert "--password" in errors[0].remedy


def test_a_seven_zip_in_a_zip_and_beyond_the_limits(tmp_path: Path) -> None:
    inside = io.BytesIO()
    with zipfile.ZipFile(inside, "w") as outer:
        outer.writestr("in.7z", seven_zipped({"a.log": TEXT}))
    path = put(tmp_path, "y.zip", inside.getvalue())
    assert contents(path) == ({"!in.7z!a.log": TEXT}, [])
    found, (error,) = contents(path, limits=Limits(member_bytes=100_000))
    assert found == {}
    assert "expands to more than" in error.message


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "a\x1b[2J"])
def test_hostile_names_in_a_seven_zip_write_nothing(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    archive = seven_zipped({"a" * len(name.encode("utf-16-le")[::2]): TEXT})
    data = archive.replace(("a" * len(name)).encode("utf-16-le"), name.encode("utf-16-le"))
    found, errors = contents(put(tmp_path, "x.7z", data))
    assert list(folder.iterdir()) == []
    assert len(found) + len(errors) == 1


WHOLE = (seven_zipped({"a": b"x" * 500}), locked({"a": b"x" * 500}, "p"), zip_of(deflated64(TEXT[:900]), 9, TEXT[:900]))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_archives_raise_input_errors_only(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(WHOLE))
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(6, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    contents(put(tmp_path_factory.mktemp("damaged"), "x", bytes(damaged)[: data.draw(st.integers(6, len(damaged)))]), "p")
