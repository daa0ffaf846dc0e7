"""`oddkin classify` with sequences: without a case, whatever is in them."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from engine.classifier.published import recipe
from engine.classifier.published.recipe import PaperRecipe
from engine.classifier.published.shipped import MANIFEST, WEIGHTS, load
from store.workspace import open_workspace
from tests.store.samples import HOSTILE, event, fill, score
from tests.tui.home import Home
from tui.command_line import app
from tui.commands import sequences

NAMES = {f"hostile {place}": name for place, name in enumerate(HOSTILE) if name} | {
    "screen and title": "\x1b[2J\x1b]0;x\x07", "formula": "=cmd|' /c calc'!A0", "megabyte": "a" * 900_000,
}  # fmt: skip
XMRIG = "systemd -> httpd -> bash -> python -> xmrig"


def run(*arguments: str, **more: str | bytes) -> Result:
    """Without a workspace: the folder is not there afterwards either."""
    return CliRunner().invoke(app, ["-w", "/nonexistent/w", "classify", *arguments], catch_exceptions=False, **more)  # type: ignore[arg-type]


def rows(done: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(done.stdout)))


@pytest.mark.parametrize(
    "text",
    [XMRIG, "systemd → httpd → bash → python → xmrig", "systemd > httpd > bash > python > xmrig",
     "systemd, httpd, bash, python, xmrig", "['xmrig','python','bash','httpd','systemd']",
     "/usr/lib/systemd/systemd -> /usr/sbin/httpd -> /bin/bash -> /usr/bin/python -> /tmp/xmrig"],
)  # fmt: skip
def test_a_sequence_as_an_argument(text: str) -> None:
    done = run(text, "--format", "jsonl")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["class"], told["unknown"]) == ("abnormal", [])
    assert told["probability"] > 0.9
    assert told["sequence"][0].endswith("systemd")
    assert told["decided_by"] == told["sequence"][told["decisive_step"] - 1]
    assert "root first" in done.stderr or "leaf first" in done.stderr


def test_the_table_says_class_probability_the_step_that_decided_and_what_was_never_seen() -> None:
    done = run("systemd -> sshd -> bash -> zz9")
    assert done.exit_code == 0
    line = next(line for line in done.stdout.splitlines() if "systemd -> sshd" in line)
    assert "zz9" in line.split("systemd -> sshd")[0]
    assert "names that training never saw" in done.stderr
    assert "accuracy .9" in done.stderr
    assert "held out" in done.stderr


def test_a_file_with_classes_prints_accuracy_confusion_and_auc(tmp_path: Path) -> None:
    file = tmp_path / "test.csv"
    file.write_text("ExeNameSequence,label\n\"['curl', 'bash', 'httpd', 'systemd']\",1\n\"['bash','dhclient','systemd']\",0\n")
    done = run(str(file))
    assert done.exit_code == 0
    assert "found to be leaf first" in done.stderr
    assert "classes from column 'label'" in done.stderr
    assert "Against the 2 known classes: accuracy 1.000, ROC AUC 1.000" in done.stderr
    assert "is abnormal" in done.stdout
    found = rows(run(str(file), "--format", "csv"))
    assert [(row["place"], row["class"], row["known_class"]) for row in found] == [
        ("2", "abnormal", "abnormal"),
        ("3", "normal", "normal"),
    ]
    assert found[0]["sequence"] == "systemd -> httpd -> bash -> curl"


def test_standard_input_and_what_is_said_of_the_order() -> None:
    done = run("-", "--root-first", "--format", "csv", input="bash -> systemd\n")
    assert rows(done)[0]["sequence"] == "bash -> systemd"
    assert "as was said" in done.stderr
    assert rows(run("-", "--format", "csv", input="bash -> systemd\n"))[0]["sequence"] == "systemd -> bash"


def test_what_cannot_be_read_is_told_with_file_line_and_ends_with_three(tmp_path: Path) -> None:
    file = tmp_path / "some.txt"
    file.write_text("systemd -> bash\n-> -> x\nsystemd -> ls\n")
    done = run(str(file), "--format", "csv")
    assert done.exit_code == 3
    assert [row["place"] for row in rows(done)] == ["1", "3"]
    assert f"{file}, 2: step 1 is empty" in done.stderr
    many = run("-", input="systemd -> bash\n" + "->\n" * 100)
    assert many.exit_code == 3
    assert many.stderr.count("Warning: standard input, ") == sequences.TOLD
    assert "100 lines or elements could not be read" in many.stderr


@pytest.mark.parametrize(("source", "code"), [("nothere.csv", 2), ("", 1), ("[", 2), ("a -> ", 2)])
def test_what_is_neither_a_file_nor_a_sequence(source: str, code: int) -> None:
    done = run(source)
    assert (done.exit_code, done.stdout) == (code, "")
    assert "→" in done.stderr


def test_a_file_hides_no_part_of_a_sequence() -> None:
    text = "systemd -> httpd;x -> nc"
    (read,), (argument,) = rows(run("-", "--format", "csv", input=text + "\n")), rows(run(text, "--format", "csv"))
    assert read == argument
    assert read["class"] == "abnormal"
    refused = run("-", "--format", "csv", input="systemd -> bash,foo\n")
    assert (refused.exit_code, rows(refused)) == (3, [])
    assert "standard input, 1: 'foo' stands beside a sequence" in refused.stderr


def test_of_nothing_but_unknown_names_nothing_decided() -> None:
    done = run("zz8 -> zz9")
    assert done.exit_code == 0
    assert "nothing: no name is known" in done.stdout
    assert "the answer says nothing there" in done.stderr
    told = json.loads(run("zz8 -> zz9", "--format", "jsonl").stdout)
    assert (told["decisive_step"], told["decided_by"], told["probability_without"]) == (None, None, None)


def test_bytes_that_are_no_text_end_with_three(tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(random.Random(3).randbytes(5000))
    done = run(str(tmp_path / "noise"))
    assert (done.exit_code, done.stdout) == (3, "")
    assert "is no text" in done.stderr


def test_nothing_in_it_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    done = run(str(tmp_path / "empty"))
    assert done.exit_code == 1
    assert "no sequence" in done.stderr
    (tmp_path / "log.evtx").write_bytes(b"ElfFile" + bytes(5000))
    assert "is no text" in run(str(tmp_path / "log.evtx")).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (XMRIG, "--case", "x"), (XMRIG, "--force"), (XMRIG, "--format", "json"), (XMRIG, "--device", "cpu"),
        (XMRIG, "--published-tests"), ("--format", "csv"),
        ("--published-tests", "--leaf-first"), ("--leaf-first",), ("--preset", "published", "--force"),
        ("--preset", "published", "--dry-run"),
    ],
)  # fmt: skip
def test_an_option_without_effect_is_refused(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "would have no effect" in done.stderr or "different things" in done.stderr


@pytest.mark.parametrize("form", ["table", "csv", "jsonl"])
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_names_drive_no_terminal_and_no_spreadsheet(name: str, form: str) -> None:
    line = json.dumps([name, "bash", "systemd"]) + "\n"
    done = run("-", "--format", form, input=line.encode("utf-8", "surrogatepass"))
    assert done.exit_code == 0, done.stderr
    for text in (done.stdout, done.stderr):
        # A tab or a line's end in a cell of CSV is kept, within quotes.
        assert all(char.isprintable() or char in ("\n\t" if form == "csv" else "\n") for char in text), text[:200]
    if form == "csv":
        assert "\n=" not in done.stdout
        assert ",=" not in done.stdout


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_input_ends_with_an_exit_code_and_tells_no_traceback(content: bytes) -> None:
    done = run("-", "--format", "csv", input=content)
    assert done.exit_code in {0, 1, 3}
    assert "Traceback" not in done.output
    assert all(char.isprintable() or char in "\n" for char in done.stderr)


def test_a_long_table_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequences, "DRAWN", 3)
    done = run("-", input="systemd -> bash\n" * 5)
    assert done.stdout.count("systemd -> bash") == 3
    assert "2 more are not drawn" in done.stderr


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recipe in a second."""
    monkeypatch.setattr(recipe, "PaperRecipe", lambda: PaperRecipe(each=200, batches=8, batch=32))


@pytest.mark.usefixtures("small")
def test_the_model_is_made_anew_by_one_command(tmp_path: Path) -> None:
    done = run("--make-published", str(tmp_path / "out"))
    assert done.exit_code == 0, done.stderr
    assert "is abnormal" in done.stdout
    assert "held out" in done.stderr
    assert "0 are in both parts" in done.stderr
    made = load(tmp_path / "out")
    assert made.manifest["recipe"]["each"] == 200
    again = run("--make-published", str(tmp_path / "again"))
    assert again.exit_code == 0
    for file in (MANIFEST, WEIGHTS):
        assert (tmp_path / "out" / file).read_bytes() == (tmp_path / "again" / file).read_bytes()
    refused = run("--make-published", str(tmp_path / "out"))
    assert refused.exit_code == 1
    assert "already" in refused.stderr


@pytest.mark.parametrize(
    ("name", "why"),
    [("file", "no folder"), ("full", "not empty"), ("w", "is a workspace"), ("other", "is a workspace"),
     ("file/below", "no folder in which you may write"), ("nowhere", "no folder")],
)  # fmt: skip
def test_where_the_model_goes_is_looked_at_before_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, why: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").touch()
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    open_workspace(tmp_path / "other").close()
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setattr(sequences.Maker, "make", None)
    line = ["-w", str(tmp_path / "w"), "classify", "--make-published", str(tmp_path / name)]
    done = CliRunner().invoke(app, line, catch_exceptions=False)
    assert (done.exit_code, done.stdout) == (1, "")
    assert why in done.stderr.replace("\n", " ")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.usefixtures("small")
def test_another_seed_is_another_model() -> None:
    assert "seed 5" in run(XMRIG, "--seed", "5").stderr
    assert "seed 1" in run(XMRIG).stderr


def test_the_ten_sequences_stand_beside_the_released_models_answers() -> None:
    done = run("--published-tests")
    assert done.exit_code == 0
    lines = [line.split() for line in done.stdout.splitlines() if "systemd" in line]
    assert len(lines) == 10
    (differs,) = (line for line in lines if "(.038)" in line)
    assert differs[:2] == ["lscpu,", "python,"]
    assert "agree on 9 of 10" in done.stderr
    assert "xmrig is none of them" in done.stderr


@pytest.fixture
def linux(tmp_path: Path) -> Home:
    """A scored case of Linux processes, one of them with a verdict."""
    workspace = open_workspace(tmp_path / "w")
    init = event(1, image="/usr/lib/systemd/systemd", os="linux")
    events = [init, event(2, 1, image="/usr/sbin/httpd", os="linux"), event(3, 2, image="/bin/bash", os="linux")]
    fill(workspace, [*events, event(4, 3, image="/usr/bin/zz9", os="linux")], path=str(tmp_path / "log"))
    model = score(workspace)
    workspace.close()
    return Home(tmp_path, model)


def test_the_published_preset_gives_every_chain_of_a_case_a_probability_and_moves_nothing(linux: Home) -> None:
    before = linux.run("rank", "--chains", "--format", "json").stdout
    linux.run("label", "1", "malicious")
    done = linux.run("classify", "--preset", "published", "--format", "csv")
    assert done.exit_code == 0, done.stderr
    found = rows(done)
    chains = json.loads(linux.run("rank", "--chains", "--format", "json").stdout)
    assert [int(row["place"]) for row in found] == [chain["rank"] for chain in json.loads(before)]
    assert all(0 <= float(row["probability"]) <= 1 for row in found)
    assert found[0]["known_class"] == "abnormal"
    assert "accuracy .9" in done.stderr
    assert "moves nothing" in done.stderr
    assert "Against the 1 known classes" in done.stderr
    assert [chain["rank"] for chain in chains] == [chain["rank"] for chain in json.loads(before)]
    assert "is abnormal" in linux.run("classify", "--preset", "published").stdout


def test_show_and_the_list_of_chains_tell_what_it_says(linux: Home) -> None:
    table = list(csv.DictReader(io.StringIO(linux.run("rank", "--chains", "--format", "csv").stdout)))
    chance = {row["chain"].rpartition("/")[2]: row["published_probability"] for row in table}
    assert set(chance) == {"systemd", "httpd", "bash", "zz9"}
    key = next(row["chain_id"] for row in table if row["chain"].endswith("bash"))
    shown = linux.run("show", key)
    assert (
        f"The sequence model as published (it moves nothing): {'abnormal' if float(chance['bash']) >= 0.5 else 'normal'}"
        in shown.stdout
    )
    told = json.loads(linux.run("show", key, "--format", "json").stdout)["published"]
    assert round(told["probability"], 4) == float(chance["bash"])


def test_of_windows_chains_it_says_nothing(home: Home) -> None:
    table = list(csv.DictReader(io.StringIO(home.run("rank", "--chains", "--format", "csv").stdout)))
    assert {row["published_probability"] for row in table} == {""}
    assert "as published" not in home.run("show", "1").stdout
    assert "the answer says nothing there" in home.run("classify", "--preset", "published").stderr
