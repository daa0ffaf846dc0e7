"""A value is never more than a part of its sentence: no line begins with what a name holds, nothing of it acts on a terminal.

Names come from whoever wrote the logs or packed the archive: of files, folders and members, of hosts and users; those of cases
and models, and notes, come with what others hand over.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.untrusted import visible, visible_in_place
from tests.store.samples import event, fill, score
from tests.tui.home import Home
from tests.tui.rendered import screen_lines
from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.dialogs.confirm import ConfirmDialog
from tui.runtime.services import Services
from tui.screens.case.ingest_dialog import IngestDialog
from tui.shell.console import Output
from tui.widgets.path_input import PathInput

FORGED = "forged\nWarning: nothing was found\r\n\x1b[2J\x1b]0;owned\x07\x9b31m\u202efdp.exe\u2028end"
"""A name with line breaks of every kind, escape sequences in both forms, and an override of the writing direction."""
ACTS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b-\u200f]")
FILE_NAME = FORGED.replace("\x9b", "").replace("/", "")
"""The same as the name of a file: without what is no UTF-8 of its own."""


def is_safe(text: str) -> bool:
    """No line begins with what only FORGED says, and no character acts."""
    return not ACTS.search(text) and not re.search(r"^\s*(Warning: nothing|\s*fdp|end)", text, re.MULTILINE)


def told() -> tuple[Output, io.StringIO, io.StringIO]:
    out, error = io.StringIO(), io.StringIO()
    return Output(stdout=out, stderr=error), out, error


def test_each_argument_is_one_line() -> None:
    output, out, error = told()
    output.say(f"one {FORGED}", f"two {FORGED}")
    output.warn(f"three {FORGED}")
    output.line(f"four {FORGED}", "")
    output.complain(InputError(f"five {FORGED}", remedy=f"six {FORGED}"))
    assert [line.split()[0] for line in error.getvalue().splitlines()] == ["one", "two", "Warning:", "Unreadable", "→"]
    assert out.getvalue().splitlines() == [f"four {visible(FORGED)}", ""]
    assert is_safe(error.getvalue() + out.getvalue())


def test_one_character_for_each_in_a_field() -> None:
    assert len(visible_in_place(FORGED)) == len(FORGED)
    assert is_safe(visible_in_place(FORGED))
    assert visible_in_place("C:\\a b.exe") == "C:\\a b.exe"


@pytest.fixture
def hostile(tmp_path: Path) -> Home:
    """A case, its host, file, user, images and notes of that name, scored; and evidence on disk to ingest."""
    from store.workspace import open_workspace

    workspace = open_workspace(tmp_path / "w")
    events = [
        event(number, 1 if number > 1 else None, host=f"H{FORGED}", user=FORGED, image=f"C:\\{FORGED}{number}.exe", cwd=FORGED)
        for number in range(1, 6)
    ]
    fill(workspace, list(events), case="case", path=f"/logs/{FORGED}")
    model = score(workspace, case="case", grouped=True)
    corpus = workspace.chains.load_corpus(["case"])
    workspace.labels.set("case", corpus.keys[:2], "malicious", note=FORGED, author=FORGED)
    workspace.close()
    folder = tmp_path / FILE_NAME
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(b"\x00\x01 no log at all" * 50)
    (folder / "damaged.evtx").write_bytes(b"ElfFile\x00" + b"\x00" * 5000)
    with zipfile.ZipFile(folder / "members.zip", "w") as archive:
        archive.writestr(FILE_NAME, '{"EventID": 1, "Image": "C:\\\\a.exe"}\nbroken\n')
        archive.writestr(f"{FILE_NAME}.evtx", b"ElfFile\x00" + b"\x00" * 5000)
    (folder / "cut.gz").write_bytes(b"\x1f\x8b\x08\x00cut")
    return Home(tmp_path, model)


COMMANDS = (
    (), ("cases", "list"), ("cases", "show"), ("cases", "show", "--rejects"), ("rank",), ("rank", "--chains"), ("show", "F1"),
    ("show", "F1/1"), ("show", "P211"), ("show", "1"), ("tree",), ("tree", "--around", "1"), ("labels", "list"),
    ("label", "1", "benign", "--note", FORGED), ("label", "F1", "benign"), ("labels", "history"),
    ("labels", "effects"), ("labels", "undo"), ("models", "list"), ("doctor",), ("classify",),
    ("rank", "--host", FORGED), ("show", FORGED), ("rank", "--case", FORGED), ("models", "use", FORGED),
    ("models", "import", FORGED), ("labels", "import", FORGED), ("ingest", FORGED), ("export", "-o", f"/nowhere/{FORGED}"),
    ("rules", "test", FORGED), ("rules", "accept", FORGED), ("demo", "--out", "."), ("train", "--case", FORGED),
    ("rank", "--format", FORGED), ("--" + FORGED,), (FORGED,),
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: visible(" ".join(command))[:40])
def test_no_command_says_what_a_name_says(hostile: Home, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(hostile.folder)
    done = hostile.run(*command)
    assert done.output
    assert is_safe(done.stdout), done.stdout
    assert is_safe(done.stderr), done.stderr


def test_no_file_says_anything_in_the_report_of_an_ingest(hostile: Home) -> None:
    done = hostile.run("ingest", str(hostile.folder / FILE_NAME), "--case", "new")
    assert done.exit_code == 3
    assert done.stderr.count("forged") > 4  # the names are there …
    assert is_safe(done.stderr), done.stderr  # … as parts of our lines
    shown = hostile.run("cases", "show", "new", "--rejects")
    assert "forged" in shown.stdout
    assert is_safe(shown.stdout), shown.stdout


async def test_a_field_and_its_suggestion_do_not_act(empty: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / FILE_NAME).write_text("x")
    app = OddkinApp(empty)
    async with app.run_test(size=(120, 36)) as pilot:
        app.push_screen(IngestDialog(tmp_path / "dir", "", str))
        await wait_for(lambda: isinstance(app.focused, PathInput), "the dialog", pilot)
        field = app.focused
        assert isinstance(field, PathInput)
        field.value = "dir/fo"
        field.cursor_position = len(field.value)
        await pilot.pause()
        await wait_for(lambda: "dir/fo" in "\n".join(screen_lines(app)), "typed", pilot)
        assert is_safe("\n".join(screen_lines(app)))
        await pilot.press("tab")
        assert field.value == f"dir/{FILE_NAME}"  # the file itself, so that it can be ingested
        await pilot.pause()
        assert is_safe("\n".join(screen_lines(app)))


async def test_notices_and_questions_do_not_act(empty: Services) -> None:
    app = OddkinApp(empty)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        app.screen.notify(f"[bold red]kept[/] {FORGED}", title=FORGED)
        await pilot.pause()
        await wait_for(lambda: "[bold red]kept[/]" in "\n".join(screen_lines(app)), "the notice", pilot)
        assert is_safe("\n".join(screen_lines(app)))
        app.push_screen(ConfirmDialog(f"Remove {FORGED}?", f"It holds {FORGED}.", "Both lines are ours."))
        await wait_for(lambda: any("Both lines" in line for line in screen_lines(app)), "the question", pilot)
        assert is_safe("\n".join(screen_lines(app)))


CODE_PAGES = ({"PYTHONIOENCODING": "cp1252"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"})


@pytest.mark.parametrize("environment", CODE_PAGES, ids=str)
def test_redirected_output_is_utf8_whatever_the_code_page(home: Home, environment: dict[str, str]) -> None:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    assert home.run("label", "1", "benign", "--note", "żółć → 統").exit_code == 0
    with home.spawn("labels", "history", environment=environment, **streams) as process:
        assert "żółć → 統" in process.communicate()[0].decode("utf-8")
    with home.spawn("show", "1", environment=environment, **streams) as process:
        assert "→" in process.communicate()[0].decode("utf-8")
    with home.spawn("export", "-o", "-", "--verdict", "benign", environment=environment, **streams) as process:
        piped = process.communicate()[0]
    assert "żółć → 統" in piped.decode("utf-8")
    assert home.run("export", "-o", str(home.folder / "x.csv"), "--verdict", "benign").exit_code == 0
    assert piped == (home.folder / "x.csv").read_bytes()


def test_a_file_name_that_is_no_utf8_is_told(home: Home) -> None:
    name = os.fsdecode(b"bad\xff\xfe.json")
    shutil.copy(home.workspace / "oddkin.sqlite", home.folder / name)
    with home.spawn("ingest", str(home.folder / name), "--case", "c", stderr=subprocess.PIPE) as process:
        assert b"bad\\udcff\\udcfe.json" in process.communicate()[1]
