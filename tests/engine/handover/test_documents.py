"""A document as HTML and as Markdown: complete, inert whatever its texts are, the same bytes each time."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from typing import TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.handover.document import html, markdown, timeline
from engine.handover.document.blocks import (
    Document,
    FactList,
    Grid,
    Happening,
    Heading,
    HostTimeline,
    Items,
    Lane,
    Paragraph,
    TreePicture,
)
from engine.handover.document.markdown import inert, span
from engine.handover.pictures.forest import DrawnNode
from tests.engine.handover.samples import HOSTILE

Write = Callable[[Document, TextIO], None]
VOID = {"meta", "br"}


def document(text: str) -> Document:
    """Each block, with the text wherever one can stand."""
    node = DrawnNode(1, text, user=text, command_line=text, number="P11", verdict=text, flagged=True)
    node.children.append(DrawnNode(2, text, command_line=text, method="guid"))
    lane = Lane(
        text, (Happening(10**15, text, "malicious"), Happening(10**15 + 10**9, text, text)), (("F1/1", 10**15, 10**15 + 10),)
    )
    return Document(
        text,
        text,
        (
            Heading(1, text, "one"),
            Paragraph(text, strong=True),
            Paragraph(text),
            Items((text, text)),
            FactList((("name", text), ("names", (text, text)))),
            Grid(("a", "b", "c"), ((text, (text, text), (text, text)),), frozenset({"a"}), frozenset({"b"}), text),
            TreePicture(text, (node,)),
            HostTimeline(text, (lane,)),
        ),
    )


def written(write: Write, made: Document) -> str:
    sink = io.StringIO()
    write(made, sink)
    return sink.getvalue()


class Tags(HTMLParser):
    """What a browser would make of it: elements with their attributes, and whether all that is opened is closed in its order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.values: list[str] = []
        self.stack: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(sorted(name for name, _ in attrs))))
        self.values += [value or "" for _, value in attrs]
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(sorted(name for name, _ in attrs))))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_page_has_the_elements_of_a_tame_one(text: str) -> None:
    tame, found = Tags(written(html.write, document("tame" if text else ""))), Tags(written(html.write, document(text)))
    assert [one for one in found.seen if one[0] not in {"text"}] == [one for one in tame.seen if one[0] not in {"text"}]
    assert found.stack == []
    assert not {"script", "iframe", "img", "link", "object", "embed", "base", "form"} & {tag for tag, _ in found.seen}
    assert not [name for _, names in found.seen for name in names if name.startswith("on") or name in {"src", "srcset", "action"}]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_page_refers_to_nothing_outside(text: str) -> None:
    page = written(html.write, document(text))
    found = Tags(page)
    links = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert links == ["#one"]
    assert "default-src 'none'" in " ".join(found.values)
    assert "@import" not in page
    assert "url(" not in page.partition("</style>")[0]


@given(st.text(st.characters()))
def test_any_text_is_one_text_of_a_page(text: str) -> None:
    found = Tags(written(html.write, document(text)))
    assert found.stack == []
    assert {tag for tag, _ in found.seen} <= {tag for tag, _ in Tags(written(html.write, document("x"))).seen}


@given(st.text(st.characters()))
def test_a_word_that_means_something_is_code(text: str) -> None:
    made = inert(text)
    assert "\n" not in made
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", made)
    assert not set(outside) & set("`*[]<>#|!_~\\$&{}@^"), (made, outside)
    assert "://" not in outside
    assert not re.match(r"\s*(?:[-+]\s|\d+[.)]\s|=+$)", outside)


@given(st.text(st.sampled_from("`| ab\\\n"), max_size=12))
def test_a_span_gives_back_its_text_and_never_ends_early(text: str) -> None:
    made = span(text)
    if not made:
        assert not text
        return
    fence = re.match("`+", made)
    assert fence is not None
    assert made.endswith(fence[0])
    inside = made[len(fence[0]) : -len(fence[0])].replace("\\|", "|")
    runs = {len(run) for run in re.findall("`+", inside)}
    assert len(fence[0]) not in runs
    plain = text.replace("\n", "\\n")
    assert inside in {plain, f" {plain} "}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_markdown_has_the_lines_of_a_tame_one(text: str) -> None:
    tame, found = (written(markdown.write, document(one)).splitlines() for one in ("tame" if text else "", text))
    assert len(found) == len(tame)
    for line, other in zip(found, tame, strict=True):
        assert re.match(r"(?:#+ |- |\| )?", line)[0] == re.match(r"(?:#+ |- |\| )?", other)[0]  # type: ignore[index]
        if other.startswith("|"):
            # A cell ends where a bar is not escaped.
            assert len(re.findall(r"(?<!\\)\|", line)) == len(re.findall(r"(?<!\\)\|", other))


def test_a_fence_is_longer_than_every_run_in_a_tree() -> None:
    text = written(markdown.write, Document("t", "", (TreePicture("x", (DrawnNode(1, "a", command_line="```` x"),)),)))
    assert "`````text\n" in text
    assert text.count("`````") == 2


@pytest.mark.parametrize("write", [html.write, markdown.write])
def test_everything_of_a_document_is_written(write: Write) -> None:
    texts = [f"word{number}" for number in range(20)]
    node = DrawnNode(1, texts[0], user=texts[1], command_line=texts[2], number="P11")
    made = Document(
        texts[3],
        texts[4],
        (
            Heading(1, texts[5]),
            Paragraph(texts[6]),
            Items((texts[7],)),
            FactList(((texts[8], texts[9]),)),
            Grid((texts[10], "b"), ((texts[11], texts[12]),), frozenset(), frozenset({"b"}), texts[13]),
            TreePicture(texts[14], (node,)),
            HostTimeline(texts[15], (Lane(texts[16], (Happening(10**15, texts[17]),), ((texts[18], 10**15, 10**15),)),)),
        ),
    )
    text = written(write, made)
    missing = {one for one in texts[:19] if one not in text}
    assert missing == ({texts[15], texts[17]} if write is markdown.write else set())  # Markdown has incidents for its timeline
    assert written(write, made) == text


def test_every_text_of_a_document_is_mapped() -> None:
    made = document("SECRET").mapped(lambda text: text.replace("SECRET", "x"))
    text = written(html.write, made).replace("&lt;SECRET&gt;", "")  # a verdict is no name
    assert "SECRET" not in text
    assert text.count("P11") == written(html.write, document("SECRET")).count("P11")


def test_a_timeline_without_times_says_so() -> None:
    text = written(html.write, Document("t", "", (HostTimeline("these", (Lane("h", ()),)),)))
    assert "these: nothing in it has a time." in text
    assert timeline.drawing(HostTimeline("t", ())) == ""


@given(st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=5))
def test_any_times_make_a_drawing(times: list[int]) -> None:
    lane = Lane("h", tuple(Happening(one, "x") for one in times), (("F1/1", min(times), max(times)),))
    drawn = timeline.drawing(HostTimeline("t", (lane,)))
    xs = [float(one) for one in re.findall(r'cx="([\d.e+-]+)" cy="\d+" r="[5-8]"><title>', drawn)]
    assert xs
    assert all(timeline.LEFT <= x <= timeline.WIDTH - timeline.RIGHT for x in xs)
    assert drawn.count("<line") < 60


@given(st.lists(st.tuples(st.integers(0, 10**11), st.integers(0, 10**10)), min_size=1, max_size=30))
def test_no_label_of_a_timeline_lies_on_another_or_on_a_mark(spans: list[tuple[int, int]]) -> None:
    """Each has a row of its own over the bars; one without room is told by the bar's title."""
    bars = tuple((f"F{place * 37}/1", begin, begin + length) for place, (begin, length) in enumerate(spans))
    lane = Lane("h", tuple(Happening(begin, "x") for _, begin, _ in bars), bars)
    drawn = timeline.drawing(HostTimeline("t", (lane, lane)))
    found = re.findall(r'<text class="dim" x="([\d.]+)" y="(\d+)">(F\d+/1)</text>', drawn)
    boxes = [(float(x), int(y), len(text) * timeline.LETTER) for x, y, text in found]
    assert all(x + size <= timeline.WIDTH for x, _, size in boxes)
    for place, (x, y, size) in enumerate(boxes):
        assert all(y != other_y or x + size <= other_x or other_x + other <= x for other_x, other_y, other in boxes[place + 1 :])
    marks = {int(y) for y in re.findall(r'cy="(\d+)" r="[5-8]"', drawn)}
    assert all(abs(y - mark) > 8 for _, y, _ in boxes for mark in marks)
    assert all(drawn.count(f"<title>{name}</title>") == 2 for name, _, _ in bars)


def test_ticks_are_in_order_and_marks_at_one_place_are_one() -> None:
    lane = Lane("h", tuple(Happening(10**15, f"p{number}") for number in range(30)))
    drawn = timeline.drawing(HostTimeline("t", (lane, Lane("g", (Happening(10**15 + 3_600_000_000, "z"),)))))
    assert "… 18 more" in drawn
    ticks = [float(one) for one in re.findall(r'<line x1="([\d.]+)" y1="36"', drawn)]
    assert len(ticks) > 2
    assert all(one < other for one, other in pairwise(ticks))
