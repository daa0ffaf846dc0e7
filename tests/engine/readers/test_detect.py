"""Detection by content: what is a log, what is not."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InputError, UsageError
from engine.readers.containers.member import Member
from engine.readers.containers.walk import expand
from engine.readers.contract import Reader
from engine.readers.detect import Detected, NoLog, choose, detect
from engine.readers.registry import all_readers, reader_named, reader_names


def only(path: Path) -> Member:
    (member,) = expand([path])
    assert not isinstance(member, InputError)
    return member


def test_names_are_unique_and_found() -> None:
    names = reader_names()
    assert len(set(names)) == len(names) == len(all_readers())
    assert reader_named("json").name == "json"
    with pytest.raises(UsageError) as caught:
        reader_named("nonsense")
    assert "json" in caught.value.remedy


def test_who_is_certain_is_asked_first_and_ties_go_by_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answers(name: str, confidence: float) -> None:
        def sniff(self: Reader, head: bytes, path: str) -> float:
            asked.append(name)
            return confidence

        monkeypatch.setattr(type(reader_named(name)), "sniff", sniff)

    for name in reader_names():
        answers(name, 0.0 if name in ("evtx", "evt") else 0.95)
    found = choose(b"text", "x")
    assert found is not None
    assert found.reader.name == reader_names()[2] == "xml"
    asked.clear()
    answers("json", 1.0)
    found = choose(b"text", "x")
    assert found is not None
    assert (found.reader.name, asked) == ("json", ["evtx", "evt", "json"])


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"   \n\n",
        bytes(2_000),
        b"MIT License\n\nCopyright (c) 2020\n\nPermission is hereby granted, free of charge, to any person\n",
        b"# Recordings\n\n- `manifest.csv`: every file\n\n| source | attack |\n|---|---|\n| a | 1 |\n",
        b"file,bytes,sha256,source_repository,commit,licence\na.zip,680,dbba,OTRF/x,d9d4,MIT\n",
        b"file,source,host,event_kind,record_id,guid,pid,ppid,ts,image,label\na,b,c,d,e,f,1,2,t,C:\\x.exe,attack\n",
        b'{\n  "name": "package",\n  "version": "1.0"\n}\n',
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    ],
)
def test_other_files_are_unknown(head: bytes) -> None:
    assert choose(head, "audit.log") is None


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"ElfFile\x00" + bytes(100), "evtx"),
        (b'{"EventID":1,"SourceName":"Microsoft-Windows-Sysmon","Hostname":"h"}\n', "json"),
        (b"<Event xmlns='http://x'><System><Provider Name='P'/></System></Event>\n", "xml"),
    ],
)
def test_content_decides(head: bytes, name: str) -> None:
    found = choose(head, "misleading.csv")
    assert found is not None
    assert found.reader.name == name


def test_detect_looks_through_compression_and_override_wins(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(b'{"EventID":1,"SourceName":"Microsoft-Windows-Sysmon","Hostname":"h"}\n'))
    found = detect(only(path))
    assert isinstance(found, Detected)
    assert found.reader.name == "json"
    forced = detect(only(path), "xml")
    assert isinstance(forced, Detected)
    assert forced.reader.name == "xml"


@pytest.mark.parametrize(
    ("data", "words"), [(b"]\0", ""), (b"}", ""), (b"[]\n", "JSON without a record"), (b"\n [ ]", "JSON without a record")]
)
def test_what_only_ends_as_json_does_is_not_called_so(tmp_path: Path, data: bytes, words: str) -> None:
    """Two bytes of a compressed file that was cut are a closing bracket and a NUL."""
    (tmp_path / "x").write_bytes(data)
    assert detect(only(tmp_path / "x")) == NoLog(words)


def test_truncated_to_nothing_raises(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(b"abc")[:11])
    results = list(expand([path]))
    assert len(results) == 1
    if not isinstance(results[0], InputError):
        with pytest.raises(InputError):
            detect(results[0])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=500) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_no_sniff_raises(head: bytes) -> None:
    choose(head, "x")
    for reader in all_readers():
        assert 0.0 <= reader.sniff(head, "x") <= 1.0
