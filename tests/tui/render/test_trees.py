"""Tree drawings: shape, hostile text, depth."""

from __future__ import annotations

import defusedxml.ElementTree as ElementTree
from hypothesis import given
from hypothesis import strategies as st

from tui.render.forest import DrawnNode, walk
from tui.render.tree_mermaid import mermaid
from tui.render.tree_svg import svg
from tui.render.tree_text import text_lines


def family() -> list[DrawnNode]:
    command = 'cmd /c "whoami"'
    leaf = DrawnNode(4, "c:\\windows\\system32\\cmd.exe", 12, command_line=command, score=3.5, flagged=True, verdict="malicious")
    leaf.method, leaf.confidence, leaf.number = "pid+time", 0.97, "P471"
    word = DrawnNode(3, "winword.exe", 10, children=[leaf], method="name-only", confidence=0.99)
    other = DrawnNode(5, "chrome.exe", 11)
    return [DrawnNode(1, "explorer.exe", placeholder=True, children=[word, other], hidden_children=3)]


def test_text_tree_shows_guides_marks_and_what_is_left_out() -> None:
    lines = [line.plain for line in text_lines(family())]
    assert lines == [
        "  explorer.exe (not in the logs)",
        "  ├─ winword.exe [10] (parent named by the record)",
        '  │  └─ c:\\windows\\system32\\cmd.exe P471 [12] ▲3.50 <M malicious> (link pid+time, 97%) $ cmd /c "whoami"',
        "  ├─ chrome.exe [11]",
        "  └─ … 3 more",
    ]


def test_every_drawing_has_the_number_by_which_a_process_is_named() -> None:
    assert "cmd.exe P471 [12]<br/>" in mermaid(family())
    assert "cmd.exe P471 [12] ▲3.50" in svg(family(), "all")


def test_a_tree_as_deep_as_the_log_is_long() -> None:
    root = node = DrawnNode(0, "a")
    for number in range(1, 20_000):
        child = DrawnNode(number, "a")
        node.children.append(child)
        node = child
    assert sum(1 for _ in walk([root])) == 20_000


@given(st.text(st.characters(), max_size=40))
def test_svg_is_well_formed_for_any_text(text: str) -> None:
    root = ElementTree.fromstring(svg([DrawnNode(1, text, command_line=text)], text))
    assert [child for child in root.iter() if "script" in child.tag] == []


@given(st.text(st.characters(), max_size=40))
def test_mermaid_labels_never_end_their_quotes(text: str) -> None:
    source = mermaid([DrawnNode(1, text, command_line=text)])
    label = source.splitlines()[3]
    assert label.count('"') == 2
    assert label.startswith('  p1["')
    assert label.endswith('"]')
    assert "<script" not in source
    # Mermaid rewrites #…; (its own entities) everywhere, numeric HTML entities included.
    assert "#" not in label
    assert "`" not in label
    assert "%%{" not in source


def test_mermaid_spares_what_it_would_rewrite() -> None:
    label = mermaid([DrawnNode(1, "it's `this` %%{init: {}}%%% %%%{", command_line="100% #35;")]).splitlines()[3]
    assert "it's ‘this‘ " in label
    assert "%{" not in label
    assert "100% ＃35;" in label


def test_mermaid_shows_structure() -> None:
    source = mermaid(family())
    assert "p1 -.-> p2" in source  # by name only
    assert "p2 --> p3" in source
    assert ":::flagged" in source
