"""Tree drawings: shape, hostile text, depth."""

from __future__ import annotations

import re

import defusedxml.ElementTree as ElementTree
from hypothesis import given
from hypothesis import strategies as st

from engine.handover.pictures.dot import dot
from engine.handover.pictures.forest import DrawnNode, walk
from engine.handover.pictures.mermaid import mermaid
from engine.handover.pictures.svg import svg
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
    assert "cmd.exe P471 [12] ▲3.50" in mermaid(family())
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
    label = source.splitlines()[4]
    assert label.count('"') == 2
    assert label.startswith('  p1["')
    assert label.endswith('"]')
    assert "<script" not in source
    # Mermaid rewrites #…; (its own entities) everywhere, numeric HTML entities included.
    assert "#" not in label
    assert "`" not in label
    assert "%%{" not in source


def test_mermaid_spares_what_it_would_rewrite() -> None:
    label = mermaid([DrawnNode(1, "it's `this` %%{init: {}}%%% %%%{", command_line="100% #35;")]).splitlines()[4]
    assert "it's ‘this‘ " in label
    assert "%{" not in label
    assert "100% ＃35;" in label


def test_mermaid_shows_structure() -> None:
    source = mermaid(family())
    assert "p1 -.-> p2" in source  # by name only
    assert "p2 --> p3" in source
    assert ":::flagged" in source


def test_text_of_a_tree_is_whole_in_every_picture() -> None:
    """A command line of a thousand characters is wrapped, and nothing of it is lost."""
    long = " ".join(f"/argument{number}" for number in range(100))
    node = DrawnNode(1, "a.exe", command_line=long)
    assert long in mermaid([node])
    drawn = ElementTree.fromstring(svg([node], "t"))
    pieces = [text.text or "" for text in drawn.iter() if text.attrib.get("class") == "command"]
    assert "".join(piece[4:] for piece in pieces) == long
    assert long in "".join(part.removesuffix("\\l") for part in dot([node], "t").split("\\l"))


@given(st.text(st.characters(), max_size=40))
def test_dot_labels_never_end_their_quotes(text: str) -> None:
    source = dot([DrawnNode(1, text, command_line=text, user=text)], text)
    (label,) = [line for line in source.splitlines() if line.startswith("  p1 [")]
    inside = label.removeprefix('  p1 [label="').removesuffix('"];')
    # What is escaped is a quotation mark, a backslash or the end of a line of ours; nothing ends the label early.
    rest = re.sub(r'\\["\\l]', "", inside)
    assert not set(rest) & {'"', "\\"}
    assert len(source.splitlines()) == len(dot([DrawnNode(1, "a", command_line="a")], "t").splitlines())


def test_a_picture_counts_what_it_does_not_draw() -> None:
    for picture in (dot(family(), "t"), mermaid(family()), svg(family(), "t")):
        assert "… 3 more below" in picture


def test_context_and_odd_processes_look_different() -> None:
    root = DrawnNode(1, "a", context=True, children=[DrawnNode(2, "b", odd=True)])
    assert 'class="context"' in svg([root], "t")
    assert 'class="odd"' in svg([root], "t")
    assert ":::context" in mermaid([root])
    assert "penwidth=2" in dot([root], "t")
