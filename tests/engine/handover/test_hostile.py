"""Texts that attack whoever opens an export go through every format: nothing acts, nothing ends early, nothing is lost."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import defusedxml.ElementTree as ElementTree
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.handover.csv_cells import unescape_cell
from engine.handover.formats.as_sigma import escaped
from engine.handover.registry import names
from engine.handover.yaml_text import document, scalar
from tests.engine.handover.samples import HOSTILE, hostile_rows, incident, row, told, written

ACTS = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
FORMULA = re.compile('[\\s"]*[=+\\-@＝＋－＠\t\r]')


@pytest.mark.parametrize("form", names())
def test_no_format_writes_what_acts_on_a_terminal_or_is_no_text(form: str) -> None:
    text = written(form, hostile_rows())
    assert not ACTS.search(text), form
    text.encode("utf-8")


@pytest.mark.parametrize("form", names())
def test_a_format_is_the_same_bytes_each_time(form: str) -> None:
    assert written(form, hostile_rows()) == written(form, hostile_rows())


@pytest.mark.parametrize("form", ["csv", "timesketch", "iocs"])
def test_tables_have_no_formula_and_a_cell_for_every_column(form: str) -> None:
    header, *lines = csv.reader(io.StringIO(written(form, hostile_rows()), newline=""))
    assert lines
    assert {len(line) for line in lines} == {len(header)}
    assert not [cell for line in lines for cell in line if FORMULA.match(cell) and not _number(cell)]


def _number(cell: str) -> bool:
    return re.fullmatch(r"-?\d+(?:\.\d+)?", cell) is not None


@pytest.mark.parametrize("form", ["csv", "timesketch"])
def test_tables_give_back_the_command_lines(form: str) -> None:
    found = csv.DictReader(io.StringIO(written(form, hostile_rows()), newline=""))
    assert [unescape_cell(line["command_line"]) for line in found] == list(HOSTILE)


def test_lines_of_json_give_back_the_command_lines() -> None:
    paths: dict[str, Any] = {
        "jsonl": ("command_line",),
        "ecs": ("process", "command_line"),
        "timesketch-jsonl": ("command_line",),
    }
    for form, path in paths.items():
        lines = written(form, hostile_rows()).splitlines()
        assert all(line.isascii() and line.isprintable() for line in lines)
        found = []
        for line in lines:
            value: Any = json.loads(line)
            for name in path:
                value = value.get(name)
            found.append(value)
        if form == "timesketch-jsonl":  # a search index takes no half characters
            assert found[3] == "bad \\udcff bytes, \\ud800 alone"
            found[3] = HOSTILE[3]
        assert [text or "" for text in found] == list(HOSTILE), form


@pytest.mark.parametrize("form", ["navigator", "stix"])
def test_documents_of_json_are_ascii_and_whole(form: str) -> None:
    text = written(form, hostile_rows())
    assert text.isascii()
    json.loads(text)


def test_a_picture_has_no_script_no_link_and_no_handler() -> None:
    root = ElementTree.fromstring(written("svg", hostile_rows()))
    kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert kinds == {"svg", "title", "style", "rect", "text", "path"}
    names_ = {name for element in root.iter() for name in element.attrib}
    assert names_ == {"class", "width", "height", "viewBox", "x", "y", "d"}
    assert "url(" not in (root.find("{*}style").text or "")  # type: ignore[union-attr]


def test_a_graph_has_the_statements_of_a_tame_one() -> None:
    tame = [row(number) for number in range(1, len(HOSTILE) + 1)]
    for form, statement in (
        ("dot", r"^\s*(?:\w+ \[label=|\w+ -> \w+|subgraph|label=)"),
        ("mermaid", r"^\s*(?:\w+\[\"|\w+ -|subgraph|end)"),
    ):
        shapes = [
            [re.match(statement, line)[0] for line in text.splitlines() if re.match(statement, line)]  # type: ignore[index]
            for text in (written(form, hostile_rows(), incidents=[incident(hostile_rows())]), written(form, tame))
        ]
        assert shapes[0] == shapes[1]
        lines = [written(form, hostile_rows()).count("\n"), written(form, tame).count("\n")]
        assert lines[0] == lines[1]


def test_mermaid_has_neither_directive_nor_entity_of_the_log() -> None:
    text = written("mermaid", hostile_rows())
    assert "%%{" not in text
    assert "#" not in re.sub(r"fill:#\w+|color:#\w+", "", text)
    assert "<script" not in text
    assert "<img" not in text


@given(st.text(st.characters()))
def test_a_scalar_of_yaml_is_one_line_of_quoted_text(text: str) -> None:
    made = scalar(text)
    assert "\n" not in made
    assert not ACTS.search(made)
    if made[0] == "'":
        assert made[1:-1].replace("''", "'") == text
        assert made[1:-1].replace("''", "").count("'") == 0
    elif made[0] == '"':
        assert _unescaped(made[1:-1]) == text
    else:
        assert made == text
        assert re.fullmatch(r"[a-z][a-z0-9_. -]*", made)


def _unescaped(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        return found[1] if found[1] else chr(int(found[2] or found[3] or found[4], 16))

    return re.sub(r'\\(?:(["\\])|x(..)|u(....)|U(.{8}))', one, text)


def test_words_that_yaml_takes_for_something_else_are_quoted() -> None:
    assert [scalar(word) for word in ("true", "no", "null", "1e3", "~", "", "a: b", "- a")] == [
        "'true'", "'no'", "'null'", "'1e3'", "'~'", "''", "'a: b'", "'- a'",
    ]  # fmt: skip
    assert document({"a": {"b": ["x", "#y"]}}) == "a:\n    b:\n        - x\n        - '#y'\n"


@given(st.text("\\*?a.", max_size=8))
def test_a_value_of_sigma_means_the_text_itself(text: str) -> None:
    """Read as the specification says: two backslashes are one, one before a wildcard makes it plain, others mean themselves."""
    value, plain, place = escaped(text), "", 0
    while place < len(value):
        char = value[place]
        if char == "\\" and value[place + 1 : place + 2] in {"\\", "*", "?"}:
            plain, place = plain + value[place + 1], place + 2
            continue
        assert char not in "*?"  # a wildcard that is none of ours
        plain, place = plain + char, place + 1
    assert plain == text


def test_a_draft_of_hostile_names_is_still_a_draft() -> None:
    rows = [row(1, verdict="malicious", image='C:\\a\\ev"il\u202e.exe'), row(2, verdict="malicious", image="C:\\a\\x*y.exe")]
    text, count, _ = told("sigma", rows)
    assert count == 1
    assert "Image|endswith: '\\x\\*y.exe'" in text
    assert "\u202e" not in text
