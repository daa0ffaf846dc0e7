"""Programs that we did not write read what is handed over. Behind a marker: `pytest -m outside -n 0 -rs` says what is missing.

stix2, pySigma with its SQLite backend, pandas, jsonschema and markdown-it-py are Python packages, graphviz and Chromium
programs of the system; ODDKIN_MERMAID names the file mermaid.min.js of the npm package mermaid.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.handover.registry import find
from store.export.started import started
from store.workspace import Workspace, open_workspace
from tests.engine.handover.samples import hostile_rows, incident, row, written
from tests.tui.home import Home

pytestmark = [pytest.mark.outside, pytest.mark.filterwarnings("default")]


def program(*names: str) -> str:
    """The path of a program; skips where the machine has none of these."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"{names[0]} is not installed")
    return found


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The simulated fleet of the demo, ranked, with its first three findings called malicious."""
    folder = tmp_path_factory.mktemp("outside")
    made = subprocess.run(
        [sys.executable, "-P", "-m", "tui.cli", "demo", "--hosts", "6", "--days", "2", "--out", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    (folder / "workspace").rename(folder / "w")
    home = Home(folder, "")
    for number in (1, 2, 3):
        assert home.run("label", f"F{number}", "malicious", "--note", "#T1566", "--yes").exit_code == 0
    return home


@pytest.fixture
def workspace(judged: Home) -> Iterator[Workspace]:
    found = open_workspace(judged.workspace)
    yield found
    found.close()


def export(home: Home, form: str, *what: str) -> str:
    done = home.run("export", *what, "--format", form, "-o", "-")
    assert done.exit_code == 0, done.stderr
    return done.stdout


# STIX


@pytest.mark.parametrize("source", ["demo", "hostile"])
def test_stix2_parses_the_bundle_and_has_the_same_ids(request: pytest.FixtureRequest, source: str) -> None:
    stix2 = pytest.importorskip("stix2", reason="stix2 is not installed")
    text = export(request.getfixturevalue("judged"), "stix") if source == "demo" else written("stix", hostile_rows())
    bundle = stix2.parse(text, allow_custom=False, version="2.1")
    assert len(bundle.objects) == len(json.loads(text)["objects"])
    own = {"file", "directory", "user-account", "ipv4-addr", "ipv6-addr", "domain-name", "url"}
    compared = 0
    for one in bundle.objects:
        if one["type"] in own:
            plain = json.loads(one.serialize())
            made = stix2.parse({name: value for name, value in plain.items() if name != "id"}, version="2.1")
            assert made["id"] == plain["id"], plain
            compared += 1
    assert compared > 5


# Sigma


def rules(text: str) -> list[Any]:
    collection = pytest.importorskip("sigma.collection", reason="pySigma is not installed")
    found = collection.SigmaCollection.from_yaml(text)
    assert found.errors == []
    return list(found.rules)


def test_pysigma_reads_the_drafts_and_finds_nothing_to_complain_of(judged: Home) -> None:
    read = rules(export(judged, "sigma", "--verdict", "malicious"))
    assert len(read) == 3
    assert {str(rule.status) for rule in read} == {"experimental"}
    assert all(str(tag).startswith("attack.t") for rule in read for tag in rule.tags)
    validation = pytest.importorskip("sigma.validation", reason="pySigma is not installed")
    validators = pytest.importorskip("sigma.validators.core", reason="pySigma is not installed")
    # Those that know ATT&CK and D3FEND fetch them; the test of tags is above.
    offline = {one for one in validators.validators.values() if one.__name__ not in {"ATTACKTagValidator", "D3FENDTagValidator"}}
    issues = validation.SigmaValidator(offline).validate_rules(iter(read))
    serious = [issue for issue in issues if str(issue.severity).lower().endswith("high")]
    assert serious == []


def test_sqlite_runs_a_draft_over_the_case_and_hits_what_it_says(judged: Home, workspace: Workspace) -> None:
    backends = pytest.importorskip("sigma.backends.sqlite", reason="pysigma-backend-sqlite is not installed")
    text = export(judged, "sigma", "--verdict", "malicious")
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE logs (id INTEGER, Image TEXT, ParentImage TEXT, CommandLine TEXT)")
    for one in started(workspace, "demo"):
        texts = (one.image, one.parent_image, one.command_line)
        database.executemany("INSERT INTO logs VALUES (?, ?, ?, ?)", [(number, *texts) for number in one.processes])
    for rule in rules(text):
        (query,) = backends.sqliteBackend().convert_rule(rule)
        hit = database.execute(query.replace("<TABLE_NAME>", "logs")).fetchall()
        told = int(rule.description.partition("it matches ")[2].split(" ")[0].replace(",", ""))
        assert len(hit) == told > 0, rule.title


def test_pysigma_reads_a_draft_of_hostile_texts() -> None:
    told = ("command_line", "verdict", "labelled_by", "labelled_at")
    judged_rows = [
        row(number, image=f"C:\\a\\{one.command_line[:20]}\\x.exe", **{name: getattr(one, name) for name in told})
        for number, one in enumerate(hostile_rows())
    ]
    (rule,) = rules(written("sigma", [], incidents=[incident(judged_rows)]))
    assert rule.logsource.category == "process_creation"


# Timesketch: what its importer does (google/timesketch, timesketch/lib/utils.py), with the library that it does it with


def test_pandas_reads_every_row_of_the_timeline_with_its_time(judged: Home) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    for text in (export(judged, "timesketch"), written("timesketch", hostile_rows())):
        frame = pandas.read_csv(io.StringIO(text, newline=""))
        assert {"message", "datetime", "timestamp_desc"} <= set(frame.columns)
        times = pandas.to_datetime(frame["datetime"], errors="coerce")
        assert not times.isna().any()
        assert list(times.dt.as_unit("us").astype("int64")) == list(frame["timestamp"])
        assert all(isinstance(json.loads(tags), list) for tags in frame["tag"])
    assert len(frame) == len(hostile_rows())


def test_lines_for_timesketch_have_its_fields(judged: Home) -> None:
    lines = export(judged, "timesketch-jsonl").splitlines()
    assert len(lines) == len(list(csv.reader(io.StringIO(export(judged, "csv"), newline="")))) - 1
    for line in lines:
        one = json.loads(line)
        assert round(datetime.fromisoformat(one["datetime"]).timestamp() * 1e6) == one["timestamp"]


# Navigator: the schema as its page describes it (attack-navigator, layers/spec/v4.5/layerformat.md)

LAYER: dict[str, Any] = {
    "type": "object",
    "required": ["name", "domain", "versions", "techniques"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"}, "description": {"type": "string"}, "domain": {"enum": ["enterprise-attack"]},
        "versions": {
            "type": "object", "required": ["navigator", "layer"], "additionalProperties": False,
            "properties": {"navigator": {"pattern": r"^(?:4\.9|[5-9])"}, "layer": {"const": "4.5"}, "attack": {"type": "string"}},
        },
        "sorting": {"enum": [0, 1, 2, 3]}, "hideDisabled": {"type": "boolean"},
        "layout": {
            "type": "object", "additionalProperties": False,
            "properties": {
                "layout": {"enum": ["side", "flat", "mini"]}, "showID": {"type": "boolean"}, "showName": {"type": "boolean"},
                "expandedSubtechniques": {"enum": ["none", "all", "annotated"]},
            },
        },
        "gradient": {
            "type": "object", "required": ["colors", "minValue", "maxValue"],
            "properties": {"colors": {"type": "array", "minItems": 2, "items": {"pattern": "^#[0-9a-fA-F]{6}$"}}},
        },
        "metadata": {"type": "array", "items": {"$ref": "#/$defs/metadata"}},
        "techniques": {
            "type": "array",
            "items": {
                "type": "object", "required": ["techniqueID"], "additionalProperties": False,
                "properties": {
                    "techniqueID": {"pattern": r"^T\d{4}(?:\.\d{3})?$"}, "score": {"type": "number"},
                    "comment": {"type": "string"}, "enabled": {"type": "boolean"}, "showSubtechniques": {"type": "boolean"},
                    "metadata": {"type": "array", "items": {"$ref": "#/$defs/metadata"}},
                },
            },
        },
    },
    "$defs": {
        "metadata": {
            "type": "object", "required": ["name", "value"], "additionalProperties": False,
            "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
        }
    },
}  # fmt: skip


def test_the_layer_is_as_the_navigators_page_describes_it(judged: Home) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    for text in (export(judged, "navigator"), written("navigator", hostile_rows()), written("navigator", [])):
        jsonschema.validate(json.loads(text), LAYER)


# Pictures


@pytest.mark.parametrize("source", ["demo", "hostile"])
def test_graphviz_draws_every_process(request: pytest.FixtureRequest, source: str) -> None:
    dot = program("dot")
    text = export(request.getfixturevalue("judged"), "dot", "F1", "F2") if source == "demo" else written("dot", hostile_rows())
    done = subprocess.run([dot, "-Tjson"], input=text.encode(), capture_output=True, check=True)
    assert done.stderr == b""
    drawn = json.loads(done.stdout)
    boxes = [one for one in drawn["objects"] if not one["name"].startswith("cluster")]
    assert len(boxes) == len(re.findall(r"^  i\d+p\d+ \[label=", text, re.MULTILINE)) > 1
    assert len(drawn.get("edges", [])) == len(re.findall(r"^  i\d+p\d+ -> i\d+p\d+", text, re.MULTILINE)) > 1


@pytest.fixture(scope="module")
def browser() -> str:
    return program("chromium", "chromium-browser", "google-chrome")


def opened(browser: str, page: Path, *more: str) -> subprocess.CompletedProcess[str]:
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        "--v=0",
        f"--user-data-dir={page.parent}/profile",
    ]
    return subprocess.run([browser, *options, *more, page.as_uri()], capture_output=True, text=True, timeout=120, check=True)


def test_chromium_opens_the_report_without_an_error_and_prints_it(judged: Home, browser: str, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert judged.run("report", "-o", str(page)).exit_code == 0
    done = opened(browser, page, "--dump-dom")
    assert "CONSOLE" not in done.stderr
    assert done.stdout.count("<script") == 0
    assert done.stdout.count("<svg") >= 4
    assert "How it was ranked" in done.stdout
    opened(browser, page, f"--print-to-pdf={tmp_path / 'report.pdf'}")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_chromium_draws_the_picture_of_hostile_texts_as_text(browser: str, tmp_path: Path) -> None:
    picture = tmp_path / "p.svg"
    picture.write_text(written("svg", hostile_rows()), encoding="utf-8")
    done = opened(browser, picture, "--dump-dom")
    assert "CONSOLE" not in done.stderr
    assert "<script" not in done.stdout
    assert done.stdout.count("<text") == picture.read_text(encoding="utf-8").count("<text")


def test_commonmark_makes_no_link_no_image_and_no_html_of_hostile_texts() -> None:
    markdown_it = pytest.importorskip("markdown_it", reason="markdown-it-py is not installed")
    from engine.handover.document import markdown
    from tests.engine.handover.samples import HOSTILE
    from tests.engine.handover.test_documents import document

    reader = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
    for text in HOSTILE:
        sink = io.StringIO()
        markdown.write(document(text), sink)
        kinds = {child.type for token in reader.parse(sink.getvalue()) for child in [token, *(token.children or ())]}
        assert not kinds & {"link_open", "image", "html_inline", "html_block", "s_open", "em_open"}, text
        assert kinds & {"table_open"}


MERMAID = """<!DOCTYPE html><meta charset="utf-8"><pre id="a"></pre><script src="{script}"></script><script type="module">
mermaid.initialize({{startOnLoad: false, maxTextSize: 9e6, maxEdges: 9e6}});
try {{ const drawn = await mermaid.render("g", {source}); document.body.innerHTML = drawn.svg + "<p>drawn</p>"; }}
catch (error) {{ document.body.textContent = "refused: " + error; }}
</script>"""


@pytest.mark.parametrize("source", ["demo", "hostile"])
def test_mermaid_draws_every_process(request: pytest.FixtureRequest, browser: str, tmp_path: Path, source: str) -> None:
    script = os.environ.get("ODDKIN_MERMAID", "")
    if not Path(script).is_file():
        pytest.skip("mermaid.min.js is not there: ODDKIN_MERMAID names it")
    text = export(request.getfixturevalue("judged"), "mermaid", "F1") if source == "demo" else written("mermaid", hostile_rows())
    page = tmp_path / "p.html"
    code = json.dumps(text).replace("<", "\\u003c")
    page.write_text(MERMAID.format(script=Path(script).as_uri(), source=code), encoding="utf-8")
    drawn = opened(browser, page, "--virtual-time-budget=20000", "--dump-dom").stdout
    assert "<p>drawn</p>" in drawn, drawn[:2000]
    picture = drawn.partition("<svg")[2]
    assert len(re.findall(r'class="node [^"]*"', picture)) == len(re.findall(r"^  i1p\d+\[", text, re.MULTILINE)) > 1
    assert "<script" not in picture
    assert "javascript:" not in re.sub(r">[^<]*<", "><", picture)


def test_every_format_has_a_check_here_or_needs_none() -> None:
    """csv, jsonl, ecs and the list of indicators are read by our own tests."""
    source = Path(__file__).read_text(encoding="utf-8")
    checked = {"stix", "sigma", "timesketch", "timesketch-jsonl", "navigator", "dot", "mermaid", "svg"}
    assert all(f'"{name}"' in source for name in checked)
    assert {name for name in checked if find(name)} == checked
