"""Hostile text in every field of records, through every output: nothing acts, nothing is forged, everything comes back."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import traceback
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner, Result

from engine.domain.records import Reject
from engine.handover.csv_cells import unescape_cell
from store.workspace import open_workspace
from tests.robustness.attack import Attack, Report
from tests.robustness.hostile_texts import FORGED, HOSTILE
from tests.store.samples import event, fill, score
from tui.command_line import app

ACTS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufffe\uffff\U000e0000-\U000e007f]"
)
FORMULA = re.compile('[\\s"]*[=+\\-@\uff1d\uff0b\uff0d\uff20\u2212]|[\t\r\n]')
"""What a cell must not begin with: an apostrophe makes it a text."""
PIECE = re.compile("[;\t\n]")
"""Where a spreadsheet that separates by other characters may cut a cell."""
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
WIDE = {"COLUMNS": "2000"}
"""A cell that is folded goes on in the next line, wherever the folder of the test makes it long enough."""
CLI = CliRunner()


@dataclass(frozen=True, slots=True)
class Scene:
    """A workspace full of hostile text, and what was put into it."""

    folder: Path
    case: str
    commands: frozenset[str]
    notes: frozenset[str]

    def run(self, *arguments: str) -> Result:
        """The command line, in this process."""
        return CLI.invoke(app, ["-w", str(self.folder / "w"), *arguments], env=WIDE)


def _scene(folder: Path, turn: int) -> Scene:
    """One process a string. With each turn every string is in another field of another record."""

    def pick(place: int, field: int) -> str:
        return HOSTILE[(place + turn * (field + 1) + field * 7) % len(HOSTILE)]

    case = _case_name(f"case {pick(0, 0)[:60]}")
    workspace = open_workspace(folder / "w")
    events, parent = [], None
    for place in range(len(HOSTILE)):
        text = {name: pick(place, number) for number, name in enumerate(FIELDS)}
        host, image = f"H{text.pop('host')[:200]}", f"C:\\{text.pop('image')}{place % 9}.exe"
        record = text.pop("record_id")
        events.append(
            event(
                place + 1,
                parent,
                host=host,
                image=image,
                guid=f"{text.pop('guid')}{place}",
                parent_guid=None,
                record_id=record,
                **text,
            )
        )
    rejects = [Reject(position=n, code="bad-json", reason=pick(n, 9), sample=_bytes(pick(n, 11))) for n in range(len(HOSTILE))]
    fill(workspace, events, case=case, path=f"/logs/{pick(0, 10)}", rejects=rejects)
    score(workspace, case, flagged=len(HOSTILE), grouped=True)
    keys = [row.key for row in workspace.queue.page(case, limit=10_000)]
    notes = [pick(place, 12) for place in range(len(keys))]
    for key, note in zip(keys, notes, strict=True):
        workspace.labels.set(case, [key], "malicious", note=note, author=f"by {note[:100]}")
    workspace.close()
    return Scene(folder, case, frozenset(one.command_line or "" for one in events), frozenset(notes))


FIELDS = ("host", "image", "command_line", "user", "guid", "record_id", "parent_image", "parent_command_line", "cwd", "integrity")


def _case_name(text: str) -> str:
    """The text where it can be the name of a case."""
    return text if text.isprintable() else "case"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")[:200]


def _logs(folder: Path, turn: int) -> Path:
    """Files, folders and members with these names, and lines with these values."""
    logs = folder / "logs"
    logs.mkdir()
    lines = [
        json.dumps({"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": f"H{text[:100]}",
                    "Image": f"C:\\{text}",
                    "ProcessId": place, "UtcTime": "2024-03-01 00:00:00.000", "ProcessGuid": f"{{g{place}}}", "CommandLine": text,
                    "User": text})
        for place, text in enumerate(HOSTILE)
    ]  # fmt: skip
    with zipfile.ZipFile(logs / "members.zip", "w") as archive:
        for place, text in enumerate(HOSTILE):
            if text.strip("/\\. ") and not re.search("[\ud800-\udfff\0]", text):
                archive.writestr(f"{text[:100]}{place}", lines[place] if place % 2 else "no log at all")
    for place, text in enumerate(HOSTILE):
        if (place + turn) % 3 == 0:
            name = text.replace("/", "_").replace("\0", "_")[:60] + f"{place}.ndjson"
            try:
                Path(os.fsencode(logs).decode(), name).write_text(f"{lines[place]}\nno json\n")
            except (OSError, UnicodeEncodeError):
                continue  # no name of a file here
    return logs


def _inert(text: str) -> None:
    """For eyes: no character acts, no line begins with what only a log said."""
    found = ACTS.search(text)
    assert found is None, f"{found[0]!r} in {text[max(found.start() - 60, 0) : found.end() + 60]!r}"
    forged = [line for line in re.split("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", text) if line.lstrip().startswith(FORGED)]
    assert forged == []


def _table(text: str, column: str, originals: frozenset[str] | None, needed: bool = True) -> None:
    """CSV: no cell is run, no character acts, the column holds what was put in."""
    found = ACTS.search(text)
    assert found is None, f"{found[0]!r} in a cell: {text[max(found.start() - 60, 0) : found.end() + 60]!r}"
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert rows
    for row in rows:
        assert None not in row, "more cells than columns"
        for name, cell in row.items():
            assert NUMBER.fullmatch(cell) or not FORMULA.match(cell), f"{name} would be run: {cell!r}"
            assert not any(FORMULA.match(piece) for piece in PIECE.split(cell)[1:]), f"a part of {name} would be run: {cell!r}"
    if originals is not None:
        back = {unescape_cell(row[column]) for row in rows}
        assert back <= originals, f"{sorted(back - originals)[:3]} were never put in"
        assert not needed or originals <= back, f"{sorted(originals - back)[:3]} did not come back"


def _json_lines(text: str, originals: frozenset[str]) -> None:
    lines = text.split("\n")[:-1]
    assert all(line.isascii() and line.isprintable() for line in lines)
    joined = {text.replace("\ud83d\ude00", "😀") for text in originals}  # two halves side by side are one character in JSON
    assert {json.loads(line)["command_line"] for line in lines} == joined


def _json_documents(text: str) -> None:
    lines = text.split("\n")[:-1]
    assert lines
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert {"command_line", "executable", "parent"} <= set.intersection(*(set(json.loads(line)["process"]) for line in lines))


def _json(text: str) -> None:
    _inert(text)
    json.loads(text)


def _drawing(text: str) -> None:
    _inert(text)
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(text).iter()}
    assert tags <= {
        "svg",
        "g",
        "rect",
        "text",
        "tspan",
        "path",
        "line",
        "circle",
        "title",
        "style",
        "defs",
        "desc",
        "marker",
        "polyline",
    }
    names = {name for element in ElementTree.fromstring(text).iter() for name in element.attrib}
    assert not any(name.lower().startswith("on") or name.lower().endswith("href") for name in names)


def _outputs(scene: Scene, logs: Path) -> Iterator[tuple[str, tuple[str, ...], Callable[[str], None]]]:
    """What is run, and what its stdout must be; stderr is for eyes always."""
    case = ("--case", scene.case)
    yield "rank", ("rank", *case), _inert
    yield "rank --chains", ("rank", "--chains", *case), _inert
    yield "rank --format json", ("rank", "--format", "json", *case), _json
    yield "rank --format csv", ("rank", "--format", "csv", *case), lambda text: _table(text, "", None)
    yield "rank --chains --format csv", ("rank", "--chains", "--format", "csv", *case), lambda text: _table(text, "", None)
    yield "show finding", ("show", "F1", *case), _inert
    yield "show chain", ("show", "1", *case), _inert
    yield "show chain", ("show", "20", *case), _inert
    yield "tree", ("tree", *case), _inert
    yield "tree --format mermaid", ("tree", "--format", "mermaid", *case), _inert
    yield "tree --format svg", ("tree", "--format", "svg", *case), _drawing
    yield "export csv", ("export", "-o", "-", *case), lambda text: _table(text, "command_line", scene.commands)
    yield "export csv, notes", ("export", "-o", "-", *case), lambda text: _table(text, "note", scene.notes)
    yield "export jsonl", ("export", "-o", "-", "--format", "jsonl", *case), lambda text: _json_lines(text, scene.commands)
    yield from _handed_over(case)
    every = ("processes", *case, "--from", "2000-01-01")
    yield "processes", ("processes", *case), _inert
    yield (
        "processes --format csv",
        ("processes", "--format", "csv", *case),
        lambda text: _table(text, "command_line", scene.commands),
    )
    yield "processes --format jsonl", ("processes", "--format", "jsonl", *case), lambda text: _json_lines(text, scene.commands)
    yield "processes --format ecs", (*every, "--format", "ecs"), _json_documents
    yield "tree of a span", ("tree", *case, "--from", "2000-01-01"), _inert
    yield "labels export", ("labels", "export", "-o", "-", *case), lambda text: _table(text, "note", scene.notes)
    yield "labels history", ("labels", "history", *case), _inert
    yield "labels effects", ("labels", "effects", *case), _inert
    yield "cases list", ("cases", "list"), _inert
    yield "cases show", ("cases", "show", scene.case), _inert
    yield "cases show --rejects", ("cases", "show", scene.case, "--rejects"), _inert
    yield "cases show --format json", ("cases", "show", scene.case, "--format", "json"), _json
    yield "models list", ("models", "list"), _inert
    yield "doctor", ("doctor",), _inert
    yield "labels undo", ("labels", "undo", *case), _inert
    yield "evaluate", ("evaluate", "--labels", str(logs.parent / "labels.csv"), *case), _inert
    yield "ingest", ("ingest", str(logs), *case), _inert
    yield "cases show, ingested", ("cases", "show", scene.case), _inert


def _handed_over(case: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...], Callable[[str], None]]]:
    checks: dict[str, Callable[[str], None]] = {
        "ecs": _json_documents, "timesketch": lambda text: _table(text, "", None), "iocs": lambda text: _table(text, "", None),
        "timesketch-jsonl": lambda text: [_json(line) for line in text.splitlines()] and None, "navigator": _json, "stix": _json,
        "dot": _inert, "mermaid": _inert, "svg": _drawing, "sigma": _inert,
    }  # fmt: skip
    for form, check in checks.items():
        yield f"export {form}", ("export", "-o", "-", "--format", form, *case), check
    yield "report", ("report", "-o", "-", *case), _page
    yield "report --format md", ("report", "-o", "-", "--format", "md", *case), _inert


def _page(text: str) -> None:
    _inert(text)
    assert not re.search(r"<(?:script|img|iframe|object|embed|base|form|link)\b", text)
    assert not re.search(r'(?:src|href)="[^#]', text)


def _refusals(scene: Scene, turn: int) -> Iterator[tuple[str, tuple[str, ...], Callable[[str], None]]]:
    """Every third string where a person or a script would hand it on."""
    asked = [text for text in HOSTILE if "\0" not in text and len(text) < 200][turn % 3 :: 3]
    commands: tuple[tuple[str, Callable[[str], tuple[str, ...]]], ...] = (
        ("no such case", lambda text: ("rank", "--case", f"x{text}")),
        ("no such chain", lambda text: ("show", "--case", scene.case, f"x{text}")),
        ("rules add", lambda text: ("rules", "add", f"^({text}", "<temp>")),
    )
    for place, text in enumerate(asked):
        name, command = commands[(place + turn) % len(commands)]
        yield name, command(text), _inert


def run(folder: Path, seed: int, rounds: int) -> Report:
    """Each round all strings in all fields, each in another place than in the round before."""
    report = Report()
    for number in range(rounds):
        turn = seed + number
        here = folder / str(number)
        here.mkdir()
        scene, logs = _scene(here, turn), _logs(here, turn)
        with (here / "labels.csv").open("w", newline="", encoding="utf-8", errors="backslashreplace") as stream:
            writer = csv.writer(stream)
            writer.writerow(["file", "label", "guid", "record_id", "host", "pid", "ts"])
            writer.writerows([text, "attack", text, text, text, "1", "x"] for text in HOSTILE if "\0" not in text)
        for name, arguments, holds in [*_outputs(scene, logs), *_refusals(scene, turn)]:
            try:
                done = scene.run(*arguments)
                assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
                _inert(done.stderr)
                if done.exit_code in {0, 3}:
                    holds(done.stdout)
                else:
                    assert done.exit_code in {1, 2}
                    assert done.stderr, "it failed without a word"
                report.count(name, "inert" if done.exit_code in {0, 3} else "refused with a sentence")
            except Exception:  # whatever goes wrong is an outcome that must not be
                report.count(name, "FAILED")
                report.fail(f"turn {turn}, {arguments!r}: {traceback.format_exc(limit=-2)}")
    return report


ATTACK = Attack(
    "outputs",
    "Escape sequences in both forms, control characters, line breaks of every kind, bidi overrides, zero-width and filler"
    " characters, lone surrogates, markup of widgets, HTML and diagrams, formulas of spreadsheets in every guise, paths that"
    " climb: in every field of records, rejects, verdicts, names of cases, files and members, through every output. No character"
    " acts, no line is forged, no cell is run, JSON and SVG are valid, cells and objects give back what was put in.",
    run,
    1,
    40,
)
