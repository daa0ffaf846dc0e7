"""An exported audit that is alone: whatever is done to it is found, and its place is named."""

from __future__ import annotations

import io
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.custody.links import BEGUN, FIRST, AuditHead, EntryChain, Fault, canonical, exported, faults, hash_of
from tests.store.samples import HOSTILE

ROOT = Path(__file__).resolve().parents[3]
ENTRIES = 6


def made(count: int = ENTRIES) -> list[bytes]:
    """Lines of an export; every second one holds text that anybody may have written."""
    lines, before = [], FIRST
    for number in range(1, count + 1):
        act = BEGUN if number == 1 else "x"
        entry = canonical({"number": number, "before": before, "act": act, "what": {"path": HOSTILE[number % len(HOSTILE)]}})
        before = hash_of(entry)
        lines.append(exported(entry, before).encode("ascii") + b"\n")
    return lines


LINES = made()


def found(lines: list[bytes], noted: str = "") -> tuple[list[Fault], EntryChain]:
    chain = EntryChain(noted)
    return list(faults(io.BytesIO(b"".join(lines)), chain)), chain


def test_what_was_written_is_sound_and_ascii() -> None:
    wrong, chain = found(LINES)
    assert wrong == []
    assert chain.head == AuditHead(ENTRIES, json.loads(LINES[-1])["hash"])
    assert b"".join(LINES).isascii()


@pytest.mark.parametrize("mask", [0x01, 0x20, 0x80, 0xFF])
def test_a_flipped_byte_anywhere_is_found_where_it_is(mask: int) -> None:
    whole = b"".join(LINES)
    for place, byte in enumerate(whole):
        wrong, _chain = found([whole[:place], bytes([byte ^ mask]), whole[place + 1 :]])
        line = whole[:place].count(b"\n") + 1
        assert wrong, (place, whole[max(0, place - 20) : place + 20])
        assert wrong[0].place == line, (place, wrong)


@pytest.mark.parametrize("at", range(ENTRIES - 1))
def test_an_entry_that_was_taken_out_is_missed(at: int) -> None:
    wrong, _chain = found([*LINES[:at], *LINES[at + 1 :]])
    assert wrong[0] == Fault(at + 1, f"entry {at + 1} is missing before entry {at + 2}")


@pytest.mark.parametrize("at", range(ENTRIES + 1))
@pytest.mark.parametrize("which", [0, 3])
def test_an_entry_that_was_put_in_is_found(at: int, which: int) -> None:
    wrong, _chain = found([*LINES[:at], LINES[which], *LINES[at:]])
    assert wrong[0].place in {at + 1, at + 2}
    assert "stands where" in " ".join(fault.what for fault in wrong) or "missing" in wrong[0].what


@pytest.mark.parametrize(("one", "other"), [(one, other) for one in range(ENTRIES) for other in range(one)])
def test_entries_in_another_order_are_found(one: int, other: int) -> None:
    lines = list(LINES)
    lines[one], lines[other] = lines[other], lines[one]
    wrong, _chain = found(lines)
    assert wrong[0].place == other + 1


def test_one_that_was_put_in_and_numbered_does_not_follow() -> None:
    """Somebody made an entry with a right hash of its own; the next one still names the old one."""
    forged = json.loads(LINES[2])
    forged.pop("hash")
    forged["what"] = {"path": "other"}
    entry = canonical(forged)
    wrong, _chain = found([*LINES[:2], exported(entry, hash_of(entry)).encode() + b"\n", *LINES[3:]])
    assert wrong == [Fault(4, "entry 4 does not follow the one before it")]


def test_a_tail_that_was_cut_off_is_only_found_by_a_head_that_was_noted() -> None:
    noted = json.loads(LINES[4])["hash"]
    assert found(LINES[:4])[0] == []
    assert found(LINES[:4], noted)[1].noted is None
    assert found(LINES, noted)[1].noted == 5


def test_a_chain_that_was_made_anew_is_only_found_by_a_head_that_was_noted() -> None:
    others = made(3)
    noted = json.loads(LINES[-1])["hash"]
    assert found(others)[0] == []
    assert found(others, noted)[1].noted is None


def test_a_hash_that_is_only_told_of_is_no_head() -> None:
    noted = json.loads(LINES[-1])["hash"]
    entry = canonical({"number": 1, "before": FIRST, "act": BEGUN, "what": {"hash": noted}})
    wrong, chain = found([exported(entry, hash_of(entry)).encode() + b"\n"], noted)
    assert (wrong, chain.noted) == ([], None)


def test_other_spellings_of_the_same_entry_are_none() -> None:
    loose = json.dumps(json.loads(LINES[0])).encode() + b"\n"
    assert found([loose, *LINES[1:]])[0] == [Fault(1, "entry 1 is not as it was written")]


@given(st.binary(max_size=300))
def test_any_bytes_are_answered(data: bytes) -> None:
    wrong, chain = found([data])
    assert len(wrong) >= data.count(b"\n")
    assert chain.head is None


@pytest.mark.parametrize("line", [b"[]", b"{}", b"1", b'{"number":true}', b'{"hash":5,"number":1}', b"[" * 100_000])
def test_what_is_json_and_no_entry_is_named(line: bytes) -> None:
    assert found([line + b"\n"])[0][0].place == 1


@given(
    st.recursive(
        st.text() | st.integers() | st.none() | st.booleans(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
    )
)
def test_canonical_json_is_read_back_and_written_the_same(value: object) -> None:
    text = canonical(value)
    assert text.isascii()
    assert canonical(json.loads(text)) == text


def test_a_number_that_is_not_whole_is_text() -> None:
    assert canonical([0.1, math.inf]) == '["0.1","inf"]'


def script() -> str:
    """The one that docs/custody.md shows."""
    page = (ROOT / "docs" / "custody.md").read_text(encoding="utf-8")
    return page.split("<!-- verify-audit -->\n```python\n")[1].split("```")[0]


def alone(tmp_path: Path, lines: list[bytes]) -> subprocess.CompletedProcess[str]:
    (tmp_path / "audit.jsonl").write_bytes(b"".join(lines))
    command = [sys.executable, "-I", "-c", script(), str(tmp_path / "audit.jsonl")]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)


def test_the_script_of_the_documents_agrees(tmp_path: Path) -> None:
    assert len(script().splitlines()) <= 15
    sound = alone(tmp_path, LINES)
    assert (sound.returncode, sound.stdout) == (0, f"{ENTRIES} entries, head {json.loads(LINES[-1])['hash']}\n")
    flipped = LINES[3].replace(b'"x"', b'"y"')
    for wrong in ([*LINES[:3], flipped, *LINES[4:]], [*LINES[:3], *LINES[4:]], [LINES[1], LINES[0], *LINES[2:]], [b"{}\n"]):
        done = alone(tmp_path, wrong)
        assert done.returncode == 1
        assert "line " in done.stderr
