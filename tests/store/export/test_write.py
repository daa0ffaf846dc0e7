from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.handover.csv_cells import escape_cell, unescape_cell
from engine.handover.rows import COLUMNS
from engine.handover.tables import write_csv, write_jsonl
from engine.words.command_shape import shape_number
from store.base import ids
from store.base.targets import opened
from store.export.listing import listed
from store.export.processes import process_rows
from store.export.rows import rfc3339, rows
from store.scope.scopes import Scope
from store.verdicts.subject import OfProcess
from store.workspace import Workspace
from tests.store.samples import HOSTILE, event, fill, score

ANY = st.text(alphabet=st.characters(exclude_categories=()), max_size=30)
NASTY = st.text(alphabet=st.sampled_from("=+-@＝＋－＠'\"\t\r\n;, \\u{}1b\0\x1b\u202e\udcff\ud800😀a"), max_size=20)


def through_csv(texts: list[str]) -> list[str]:
    stream = io.BytesIO()
    writer = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    csv.writer(writer).writerow([*map(escape_cell, texts), "end"])
    return next(csv.reader(io.StringIO(stream.getvalue().decode("utf-8"), newline="")))[:-1]


@given(st.lists(ANY | NASTY, max_size=4))
def test_every_text_comes_back_from_the_file(texts: list[str]) -> None:
    assert [unescape_cell(cell) for cell in through_csv(texts)] == texts


@example('"\t')
@given(ANY | NASTY)
def test_no_cell_is_a_formula_or_drives_a_terminal(text: str) -> None:
    cell = escape_cell(text)
    assert not re.match('[\\s"]*[=+\\-@＝＋－＠\t\r]', cell)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", cell)
    # Cut where a semicolon separates cells, no piece is a formula either.
    assert not any(re.match("[\\s\"']*[=+\\-@＝＋－＠]", piece) for piece in re.split("[;\t\n]", cell)[1:])


@given(ANY | NASTY, ANY | NASTY)
def test_different_texts_have_different_cells(one: str, other: str) -> None:
    assert (escape_cell(one) == escape_cell(other)) == (one == other)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("C:\\Windows\\System32\\cmd.exe /c dir", "C:\\Windows\\System32\\cmd.exe /c dir"),
        ('"C:\\Program Files\\a.exe" -x', '"C:\\Program Files\\a.exe" -x'),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        (' "=1', "' \"=1"),
        ("'quoted'", "''quoted'"),
        ("\x1b[31m", "\\u{1b}[31m"),
        ("\\u{1b}", "\\u{5c}u{1b}"),
        ("a;=1", "a;\\u{3d}1"),
        ("-enc AAAA", "'-enc AAAA"),
    ],
)
def test_cells(text: str, cell: str) -> None:
    assert escape_cell(text) == cell
    assert unescape_cell(cell) == text


def test_times() -> None:
    assert rfc3339(1_700_000_000_000_001) == "2023-11-14T22:13:20.000001Z"
    assert (rfc3339(None), rfc3339(2**62), rfc3339(-1)) == ("", "", "1969-12-31T23:59:59.999999Z")
    assert rfc3339(-62_135_596_800_000_000) == "0001-01-01T00:00:00.000000Z"


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    events = [event(1), *[event(10 + 5 * n, 1, command_line=text, user=text) for n, text in enumerate(HOSTILE)], event(3, 10)]
    fill(workspace, [*events, event(1, host="DB")])
    score(workspace)
    return workspace


def test_hostile_command_lines_survive_the_csv(filled: Workspace, tmp_path: Path) -> None:
    with opened(tmp_path / "out.csv") as stream:
        assert write_csv(rows(filled, "case"), stream) == 11
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert list(found[0]) == list(COLUMNS)
    assert [unescape_cell(row["command_line"]) for row in found[1:]] == list(HOSTILE)
    assert [unescape_cell(row["user"]) for row in found[1:]] == list(HOSTILE)
    assert found[1]["chain"] == "c:\\apps\\app1.exe -> c:\\apps\\app0.exe"
    assert (found[1]["finding"], found[1]["rank"], found[1]["chain_count"], found[1]["record_id"]) == ("2", "2", "10", "10")
    assert found[1]["step_errors"] == "0.25 0.25"
    assert [unescape_cell(row["reason"]) == "=long \udcff" for row in found if row["rank"] == "1"] == [True]  # was kept
    assert found[1]["reason"] == "2, as high as in 50% of the chains learnt from"
    assert (found[1]["finding_id"], found[1]["finding_rank"], found[1]["members"]) == ("", "", "")  # nothing was grouped


LAST = (
    "process", "incident", "variant", "parent_image", "parent_pid", "parent_command_line", "hashes", "integrity", "logon_id",
    "working_directory", "original_file_name", "known", "parent_process", "parent_guid", "link", "link_confidence", "kind",
    "position", "marks", "mark_level", "mark_techniques",
)  # fmt: skip


def test_the_last_columns_tell_of_parent_session_and_file_as_recorded(workspace: Workspace, tmp_path: Path) -> None:
    """Escaped as all others; where the record names no parent, the one that was found stands there."""
    told = {
        "parent_image": "=p.exe", "parent_command_line": "\x1b[2Jp", "hashes": "MD5=00,SHA1=11", "integrity": "@High",
        "logon_id": "0x3e7", "cwd": "-C:\\", "original_name": "a\u202eexe",
    }  # fmt: skip
    fill(workspace, [event(1), event(2, 1), event(3, 1, **told)])
    score(workspace, flagged=9)
    with opened(tmp_path / "out.csv") as stream:
        write_csv(rows(workspace, "case"), stream)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        found = {row["record_id"]: row for row in csv.DictReader(file)}
    assert tuple(COLUMNS[-len(LAST) :]) == LAST
    named = {name: unescape_cell(found["3"][name]) for name in LAST[3:12]}
    assert named == {
        **{name: told[name] for name in LAST[3:4] + LAST[5:9]}, "parent_pid": "1", "working_directory": told["cwd"],
        "original_file_name": told["original_name"], "known": "",
    }  # fmt: skip
    assert (found["3"]["parent_image"], found["3"]["integrity"]) == ("'=p.exe", "'@High")
    assert found["2"]["parent_image"] == "C:\\Apps\\app1.exe"
    assert found["2"]["parent_command_line"] == "app --number 1"
    assert [found["1"][name] for name in LAST[3:14]] == [""] * 11
    assert (found["2"]["parent_process"], found["2"]["parent_guid"]) == (found["1"]["process"], "guid-WEB01-1")
    assert [(found[key]["link"], found[key]["kind"], found[key]["position"]) for key in "123"] == [
        ("none", "sysmon1", "1"),
        ("guid", "sysmon1", "2"),
        ("guid", "sysmon1", "3"),
    ]
    assert found["1"]["variant"] == found["2"]["variant"] == f"{shape_number('app --number 7'):016x}"
    numbers = {key: ids.parse_short(row["process"]) for key, row in found.items()}
    assert {key: workspace.processes.get(number or 0).record_id for key, number in numbers.items()} == {
        "1": "1",
        "2": "2",
        "3": "3",
    }


def test_a_process_is_told_with_the_incident_that_it_is_in(filled: Workspace) -> None:
    """Chains are shared with everyday life: of one chain some processes are in an incident and others are not."""
    (top,) = [row for row in filled.queue.page("case") if row.count == len(HOSTILE)]
    members = filled.processes.of_chain(top.chain_id)
    with filled.write() as connection:
        set_id = connection.exec_driver_sql("SELECT id FROM score_set").scalar_one()
        kept = f"INSERT INTO incident VALUES ({set_id}, 3, 2, 7, 1, {members[0].id}, {members[0].id}, 1.5, 2, 1, NULL, NULL)"
        connection.exec_driver_sql(kept)
        for member in members[:2]:
            connection.exec_driver_sql(f"INSERT INTO covered VALUES ({set_id}, {member.id}, 7, 1, 1.5)")
        connection.commit()
    expected = {ids.called(member.id): "F3/2" if member in members[:2] else "" for member in members}
    assert {row.process: row.incident for row in rows(filled, "case") if row.process in expected} == expected
    in_tree = process_rows(filled, "case", [member.id for member in members])
    assert {row.process: row.incident for row in in_tree} == expected
    shown = {row.process: row.incident or "" for row in listed(filled, "case")}
    assert {number: shown[number] for number in expected} == expected


def test_json_lines_are_ascii_and_give_back_the_texts(filled: Workspace) -> None:
    stream = io.StringIO()
    assert write_jsonl(rows(filled, "case"), stream) == 11
    lines = stream.getvalue().splitlines()
    assert len(lines) == 11
    assert all(line.isascii() and line.isprintable() for line in lines)
    # Two halves of one character side by side become that character: JSON cannot tell them apart.
    joined = [text.replace("\ud83d\ude00", "😀") for text in HOSTILE]
    assert [json.loads(line)["command_line"] for line in lines[1:]] == joined
    assert tuple(json.loads(lines[0])) == COLUMNS


def test_verdicts_choose_chains_and_hosts(filled: Workspace) -> None:
    queue = filled.queue.page("case")
    last = queue[-1]
    assert last.finding == 0
    filled.labels.set("case", [last.key], "malicious", note="=n", author="ann")
    assert [row.chain_id for row in rows(filled, "case")].count(last.key) == 2
    filled.labels.set("case", [last.key], "benign", scope=Scope(host="DB"))
    chosen = list(rows(filled, "case", ["benign"]))
    assert [(row.host, row.verdict, row.note) for row in chosen] == [("DB", "benign", "")]
    chosen = list(rows(filled, "case", ["malicious"]))
    assert [(row.host, row.verdict, row.note, row.labelled_by) for row in chosen] == [("WEB01", "malicious", "=n", "ann")]
    assert chosen[0].labelled_at.endswith("Z")


def test_of_a_chain_below_the_threshold_only_what_was_called_malicious_is_exported(filled: Workspace) -> None:
    """A verdict covers what it says: the other processes of its chain are as unsuspicious as before."""
    score(filled, flagged=1)
    shared = next(row for row in filled.queue.page("case") if row.count == len(HOSTILE))
    assert shared.finding == 0
    before = [row.process for row in rows(filled, "case")]
    first, second, third, *_ = filled.processes.of_chain(shared.chain_id)
    filled.labels.give("case", OfProcess(second.id), "malicious", author="ann", note="this one")
    filled.labels.give("case", OfProcess(third.id), "benign")
    told = {row.process: (row.verdict, row.note) for row in rows(filled, "case")}
    assert told == dict.fromkeys(before, ("", "")) | {ids.called(second.id): ("malicious", "this one")}
    assert [row.process for row in rows(filled, "case", ["benign"])] == [ids.called(third.id)]
    undecided = {row.process for row in rows(filled, "case", ["undecided"])}
    assert ids.called(first.id) in undecided
    assert not undecided & {ids.called(second.id), ids.called(third.id)}
    in_tree = process_rows(filled, "case", [first.id, second.id, third.id])
    assert [row.verdict for row in in_tree] == ["", "malicious", "benign"]


def test_a_chain_that_two_conditions_choose_stands_there_once(filled: Workspace) -> None:
    """Above the threshold and malicious; with a verdict of its own and another on one host."""
    (flagged, *_, last) = filled.queue.page("case")
    assert (flagged.finding > 0, last.finding) == (True, 0)
    before = [(row.chain_id, row.host, row.record_id) for row in rows(filled, "case")]
    filled.labels.set("case", [flagged.key], "malicious")
    assert [(row.chain_id, row.host, row.record_id) for row in rows(filled, "case")] == before
    filled.labels.set("case", [flagged.key], "malicious", scope=Scope(host="WEB01"))
    filled.labels.set("case", [last.key], "malicious", scope=Scope(host="DB"))
    chosen = [(row.chain_id, row.host, row.record_id) for row in rows(filled, "case", ["malicious"])]
    assert len(chosen) == len(set(chosen))
    assert {key for key, _, _ in chosen} == {flagged.key, last.key}
    filled.labels.set("case", [last.key], "malicious")
    wider = [(row.chain_id, row.host, row.record_id) for row in rows(filled, "case", ["malicious"])]
    assert len(wider) == len(set(wider)) > len(chosen)


def test_rows_tell_of_their_finding_and_come_back_from_the_file(filled: Workspace, tmp_path: Path) -> None:
    score(filled, flagged=2, grouped=True)
    chains = {row.key: row for row in filled.queue.page("case")}
    lowest = min(chains.values(), key=lambda row: -row.rank)
    filled.labels.set("case", [lowest.key], "malicious")
    with opened(tmp_path / "out.csv") as stream:
        write_csv(rows(filled, "case"), stream)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    findings = {row.whole.number: row.whole for row in filled.findings.page("case") if row.whole}
    for row in found:
        chain = chains[row["chain_id"]]
        whole = findings[chain.member_of]
        assert row["finding"] == (str(whole.number) if chain.finding else "")
        assert (row["finding_id"], row["finding_rank"], row["members"]) == (whole.key, str(whole.number), str(whole.chains))
        assert float(row["finding_score"]) == whole.score
    assert {row["finding"] for row in found if row["chain_id"] == lowest.key} == {""}  # below the threshold, as ever


@pytest.mark.parametrize("grouped", [False, True])
def test_a_process_chosen_in_the_tree_is_told_of_like_one_of_the_queue(filled: Workspace, grouped: bool) -> None:
    score(filled, flagged=2, grouped=grouped)
    key = filled.queue.page("case")[0].key
    filled.labels.set("case", [key], "malicious")
    told = {(row.host, row.record_id): row for row in rows(filled, "case")}
    with filled.read() as connection:
        everything = [row[0] for row in connection.exec_driver_sql("SELECT id FROM process")]
    chosen = {(row.host, row.record_id): row for row in process_rows(filled, "case", everything)}
    assert told
    assert {place: chosen[place] for place in told} == told


def test_an_export_that_fails_leaves_the_old_file(filled: Workspace, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")

    def fail() -> None:
        with opened(target) as stream:
            stream.write("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []
