"""Lists of hashes in the forms in which responders have them."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Cancelled, InputError
from engine.hash_lists.hashes import KINDS
from engine.hash_lists.reading import HashList, read_list
from engine.progress import CancelToken, Run, Step

TOOL = {kind: hashlib.new(kind, b"tool").hexdigest() for kind in ("md5", "sha1", "sha256", "sha512")}
OTHER = {kind: hashlib.new(kind, b"other").hexdigest() for kind in ("md5", "sha1", "sha256")}
IMPHASH = "5788588905781015cf350c5a9abba1f2"
WANTED = {bytes.fromhex(TOOL[kind]) for kind in ("md5", "sha1", "sha256")} | {bytes.fromhex(IMPHASH)}
NSRL = '"SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode"\r\n'
BAZAAR = """################################################################
# MalwareBazaar recent malware samples (CSV)                   #
# Last updated: 2026-10-05 00:42:15 UTC                        #
################################################################
#
# "first_seen_utc","sha256_hash","md5_hash","sha1_hash","reporter","file_name","file_type_guess","mime_type","signature",\
"clamav","vtpercent","imphash","ssdeep","tlsh"
"""


def read(folder: Path, content: str | bytes, name: str = "list.txt") -> HashList:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_list(path, WANTED, Run())


def kinds(found: HashList) -> set[str]:
    known = {bytes.fromhex(digits): kind for kind, digits in {**TOOL, "imphash": IMPHASH}.items()}
    return {known[digest] for digest in found.found}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f"# ours\n\n{TOOL['md5']}\n{OTHER['md5']}\n", {"md5"}),
        (f"{TOOL['sha1'].upper()}\r\n{TOOL['sha256'].upper()}  # with a word\r\n", {"sha1", "sha256"}),
        (f"{OTHER['sha256']}  ./bin/a\n{TOOL['sha256']} *C:\\tools\\b c.exe\n\\{TOOL['md5']}  odd\\nname\n", {"sha256", "md5"}),
        (f"MD5 (a b) = {TOOL['md5']}\nSHA1(x)= {TOOL['sha1']}\nSHA2-256(x)= {OTHER['sha256']}\n", {"md5", "sha1"}),
        (NSRL + f'"{TOOL["sha1"].upper()}","{OTHER["md5"].upper()}","EBD105A0","I05002T2.PFB",98865,3095,"WIN",""\r\n', {"sha1"}),
        (f"filename;bytes;SHA-256\na;b;{TOOL['sha256']}\n", {"sha256"}),
        (f"name\tmd5sum\timphash\nx\t{OTHER['md5']}\t{IMPHASH}\ny\t{TOOL['md5']}\t{IMPHASH}\n", {"md5"}),
        (BAZAAR + f'"2026-10-05 00:42:15", "{TOOL["sha256"]}", "{TOOL["md5"]}", "n/a", "r", "a, b.exe", "exe",'
         f' "application/x-dosexec", "X", "", "", "{IMPHASH}", "3:a,b", "T1"\n', {"sha256", "md5"}),
        (f'# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type"\n"2026","1", "{TOOL["sha256"]}", "sha256_hash", "p"\n'
         '"2026","2", "http://a.example/", "url", "p"\n', {"sha256"}),
        (f'uuid,event_id,category,type,value\n1,2,p,filename|md5,"a,b.exe|{TOOL["md5"]}"\n2,2,p,imphash,{IMPHASH}\n'
         f"3,2,p,sha1,{TOOL['sha1']}\n4,2,n,ip-dst,192.0.2.1\n", {"md5", "sha1"}),
        (f"%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n## Invoked from: /\n## $ hashdeep a\n##\n"
         f"3,{TOOL['md5']},{TOOL['sha256']},/a,b\n", {"md5", "sha256"}),
        (f'#TYPE System.Object\n"Algorithm","Hash","Path"\n"SHA256","{TOOL["sha256"].upper()}","C:\\a"\n', {"sha256"}),
        (f"MD5={TOOL['md5']},IMPHASH={IMPHASH}\n", {"md5"}),
        (f"# md5, sha1 of our images\n{TOOL['md5']}  a\n{TOOL['sha1']}  b\n", {"md5", "sha1"}),
    ],
    ids=["bare", "crlf", "coreutils", "bsd", "nsrl", "semicolons", "tabs", "bazaar", "threatfox", "misp", "hashdeep",
         "get-filehash", "as records", "talking comment"],
)  # fmt: skip
def test_the_forms_that_lists_have(tmp_path: Path, content: str, expected: set[str]) -> None:
    found = read(tmp_path, content)
    assert kinds(found) == expected
    assert not found.problems


def test_what_is_no_hash_is_counted_and_the_first_are_told(tmp_path: Path) -> None:
    found = read(tmp_path, f"{TOOL['md5']}\n\n# comment\nno hash\n{TOOL['sha512']}\n{IMPHASH[:-1]}\nx\n{OTHER['md5']}\n")
    assert (found.hashes, found.strange) == (2, 4)
    assert [(number, line) for _, number, line in found.first] == [
        (4, b"no hash"), (5, TOOL["sha512"][:60].encode()), (6, IMPHASH[:-1].encode()),
    ]  # fmt: skip


@pytest.mark.parametrize("content", ["", "\n\n", "# nothing\n", "a,b\nc,d\n", TOOL["sha512"], "\0" * 600, f"IMPHASH={IMPHASH}"])
def test_a_file_without_a_hash_is_an_error_that_names_it(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError) as raised:
        read(tmp_path, content)
    assert raised.value.file == str(tmp_path / "list.txt")
    assert "sha256sum" in raised.value.remedy


def test_a_folder_and_what_is_not_there_are_errors(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError) as raised:
            read_list(path, WANTED, Run())
        assert raised.value.file == str(path)


def test_packed_lists_and_their_hash(tmp_path: Path) -> None:
    content = f"{TOOL['md5']}\n".encode()
    packed = gzip.compress(content, mtime=0)
    found = read(tmp_path, packed, "list.gz")
    assert kinds(found) == {"md5"}
    assert found.sha256 == hashlib.sha256(packed).hexdigest()
    with zipfile.ZipFile(tmp_path / "nsrl.zip", "w") as archive:
        archive.writestr("NSRLFile.txt", NSRL + f'"{TOOL["sha1"]}","{OTHER["md5"]}","0","a",1,2,"W",""\r\n')
        archive.writestr("NSRLMfg.txt", '"MfgCode","MfgName"\r\n"1","Acme"\r\n')
    found = read_list(tmp_path / "nsrl.zip", WANTED, Run())
    assert kinds(found) == {"sha1"}
    assert found.without == [f"{tmp_path / 'nsrl.zip'}!NSRLMfg.txt"]
    assert found.strange == 0


def test_a_list_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    lines = "".join(f"{hashlib.md5(str(number).encode()).hexdigest()}\n" for number in range(20_000))
    packed = gzip.compress(f"{TOOL['md5']}\n{lines}".encode(), mtime=0)
    found = read(tmp_path, packed[: len(packed) // 2], "list.gz")
    assert kinds(found) == {"md5"}
    assert [problem.file for problem in found.problems] == [str(tmp_path / "list.gz")]


def test_utf_16_of_powershell(tmp_path: Path) -> None:
    assert kinds(read(tmp_path, f"{TOOL['sha256']}\r\n".encode("utf-16"))) == {"sha256"}


def test_progress_has_a_rate_and_a_stop(tmp_path: Path) -> None:
    steps: list[Step] = []
    path = tmp_path / "list.txt"
    path.write_text(f"{TOOL['md5']}\n" * 100_000)
    found = read_list(path, WANTED, Run(steps.append))
    assert found.hashes == 100_000
    assert (steps[-1].last, steps[-1].done) == (True, path.stat().st_size)
    assert steps[-1].metrics["hashes"] == 100_000
    assert "hashes/s" in steps[-1].metrics
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        read_list(path, WANTED, Run(token=token))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(min_size=16, max_size=16), st.binary(min_size=20, max_size=20), st.binary(min_size=32, max_size=32),
            st.binary(max_size=40).filter(lambda line: not any(len(word) >= 32 for word in line.split())),
        ),
        min_size=1,
        max_size=60,
    ),
    st.booleans(),
    st.sampled_from([b"\n", b"\r\n"]),
)  # fmt: skip
def test_every_bare_hash_among_anything_is_found(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], upper: bool, end: bytes
) -> None:
    hashes = {line for line in lines if len(line) * 2 in KINDS.values()}
    spelled = [(line.hex().upper() if upper else line.hex()).encode() if line in hashes else line for line in lines]
    path = tmp_path_factory.mktemp("lists") / "list"
    marker = hashlib.sha256(b"first").digest()
    path.write_bytes(end.join([marker.hex().encode(), *(line.replace(b"\0", b"") for line in spelled)]))
    assert read_list(path, hashes | {marker}, Run()).found == hashes | {marker}


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=3000))
def test_arbitrary_bytes_are_a_list_or_an_input_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("lists") / "list"
    path.write_bytes(content)
    with suppress(InputError):
        assert read_list(path, WANTED, Run()).hashes > 0


@given(st.lists(st.tuples(st.binary(min_size=20, max_size=20), st.text('ab, "é', max_size=12)), min_size=1, max_size=200))
@settings(max_examples=40, deadline=None)
def test_rows_read_at_once_say_what_they_say_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[bytes, str]]
) -> None:
    def row(digest: bytes, name: str) -> str:
        return '"{}","{}"\n'.format(digest.hex(), name.replace('"', '""'))

    path = tmp_path_factory.mktemp("lists") / "list"
    wanted = {digest for digest, _ in rows}
    # The first block ends within the rows: what follows is read by the expression for sound rows.
    filler = row(b"\1" * 20, "x" * 900) * 1300
    path.write_text('"SHA-1","Name"\n' + filler + "".join(row(*one) for one in rows), encoding="utf-8")
    found = read_list(path, wanted, Run())
    assert found.found == wanted
    assert found.hashes == 1300 + len(rows)
