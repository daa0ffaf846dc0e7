"""Tags are words of a note: read, put in, taken out, and found again."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from store.verdicts.subject import OfProcess
from store.where.matching import count
from store.where.meaning import read
from store.workspace import open_workspace
from tests.store import samples
from tui.actions.triage.tags import is_tag, offered, tags_of, toggled

WORDS = st.text(alphabet="abcT1059.#: -_é\n", max_size=40)
TAGS = st.text(alphabet="abcT1059._-é", min_size=1, max_size=20)


def test_tags_are_whole_words_that_begin_with_a_hash() -> None:
    assert tags_of("seen #T1059.004 twice\n#exfil, #a#b x#no #T1059.004") == ("T1059.004",)
    assert tags_of("#exfil #T1105") == ("exfil", "T1105")
    assert tags_of("") == ()


@given(WORDS, TAGS)
def test_a_tag_goes_in_once_and_out_again(note: str, tag: str) -> None:
    assert is_tag(tag)
    before = tags_of(note)
    once = toggled(note, tag)
    assert (tag in tags_of(once)) is (tag not in before)
    assert tag in tags_of(toggled(once, tag)) + tags_of(once)
    assert set(tags_of(once)) ^ set(before) == {tag}


def test_what_the_tables_name_and_what_was_used_is_offered_and_found(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "w")
    line = "powershell.exe -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA"
    image = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"
    samples.fill(workspace, [samples.event(1), samples.event(2, 1, image=image, command_line=line), samples.event(3, 1)])
    found = {one.pid: one for one in workspace.processes.find("case")}
    assert "T1059.001" in {one.tag for one in offered(workspace, "case", found[2].id)}
    workspace.labels.give("case", OfProcess(found[3].id), "malicious", note="twice #exfil #T1105")
    tags = [one.tag for one in offered(workspace, "case", found[3].id)]
    assert {"exfil", "T1105"} <= set(tags)
    assert count(workspace, "case", read("tag:exfil")) == count(workspace, "case", read("tag:t11")) == 1
    assert count(workspace, "case", read("tag:twice")) == 0
    workspace.close()
