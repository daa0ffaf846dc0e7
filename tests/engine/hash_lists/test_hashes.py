"""Hashes as records give them: which of them are digests of the program."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hash_lists.hashes import digests, named

MD5, SHA1, SHA256, IMPHASH = "0c" * 16, "1d" * 20, "2e" * 32, "3f" * 16
DIGESTS = {bytes.fromhex(MD5), bytes.fromhex(SHA1), bytes.fromhex(SHA256)}


@pytest.mark.parametrize(
    "text",
    [
        f"SHA1={SHA1},MD5={MD5},SHA256={SHA256},IMPHASH={IMPHASH}",
        f"SHA1={SHA1.upper()},MD5={MD5.upper()},SHA256={SHA256.upper()},IMPHASH={IMPHASH.upper()}",
        f"md5:{MD5} sha1:{SHA1} sha-256:{SHA256} imphash:{IMPHASH}",
        f'{{"imphash": "{IMPHASH}", "md5": "{MD5}", "sha1": "{SHA1}", "process.hash.sha256": "{SHA256}"}}',
        f"{MD5},{SHA1};{SHA256}",
        f"IMPHASH  =  {IMPHASH} | MD5 = {MD5} | SHA1={SHA1} | SHA256={SHA256}",
    ],
)
def test_the_digests_of_a_record(text: str) -> None:
    assert set(digests(text)) == DIGESTS


@pytest.mark.parametrize(
    "text",
    [
        f"IMPHASH={IMPHASH}", f"imphash : {IMPHASH}", f"a_very_long_name_of_another_hash={IMPHASH}", f"pehash={SHA1}",
        f"MD5={SHA1}", f"SHA512={'ab' * 64}", f"x{MD5}", f"{MD5}0", "-", "",
    ],
)  # fmt: skip
def test_another_hash_is_never_taken_for_one_of_its_length(text: str) -> None:
    assert digests(text) == ()


def test_a_file_of_no_bytes_and_zeros_are_no_program() -> None:
    empty = ",".join(f"{kind}={hashlib.new(kind, b'').hexdigest()}" for kind in ("MD5", "SHA1", "SHA256"))
    assert digests(empty) == ()
    assert digests(f"MD5={'0' * 32},SHA1={'0' * 40},SHA256={'0' * 64}") == ()
    assert digests(f"MD5={'0' * 32},SHA256={SHA256}") == (bytes.fromhex(SHA256),)


def test_the_names_of_hashes_are_told_as_they_stand() -> None:
    assert named(f"IMPHASH={IMPHASH},SHA256={SHA256.upper()},{MD5}") == [
        ("IMPHASH", IMPHASH), ("SHA256", SHA256.upper()), ("MD5", MD5),
    ]  # fmt: skip


@given(st.text(), st.binary(min_size=16, max_size=16), st.text())
def test_any_text_around_a_hash(before: str, digest: bytes, after: str) -> None:
    found = digests(before + digest.hex() + after)
    assert all(len(one) in (16, 20, 32) for one in found)
    assert set(digests(f"MD5={digest.hex()}")) <= {digest}
