"""Files of sequences."""

from __future__ import annotations

import csv
import io
import json
import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classifier.given import files
from engine.classifier.given.files import read
from engine.classifier.given.item import GivenSequence, Item, NoSequence
from engine.errors import InputError


def items(text: str | bytes) -> list[Item]:
    return list(read(io.BytesIO(text.encode() if isinstance(text, str) else text), "f").items)


def told(text: str) -> list[tuple[int, tuple[str, ...], bool | None]]:
    return [(one.place, one.steps, one.abnormal) for one in items(text) if isinstance(one, GivenSequence)]


def reasons(text: str) -> list[tuple[int, str]]:
    return [(one.place, one.reason) for one in items(text) if isinstance(one, NoSequence)]


REPOSITORY = "ExeNameSequence\n\"['curl', 'bash', 'httpd', 'systemd']\"\n\"['nc','bash', 'bash']\"\n"


def test_the_published_repositorys_file() -> None:
    assert told(REPOSITORY) == [(2, ("curl", "bash", "httpd", "systemd"), None), (3, ("nc", "bash", "bash"), None)]
    assert read(io.BytesIO(REPOSITORY.encode())).told == "a table: sequences from column 'ExeNameSequence', no column of classes"


def test_lines_in_any_notation_with_blank_ones_between() -> None:
    found = told("systemd -> bash\n\n['ls','bash']\nsystemd,sshd\na > b\ninit\n")
    assert found == [
        (1, ("systemd", "bash"), None), (3, ("ls", "bash"), None), (4, ("systemd", "sshd"), None), (5, ("a", "b"), None),
        (6, ("init",), None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "systemd -> curl,abnormal\nsystemd -> ls,normal\n", "['systemd','curl'],1\n['systemd','ls'],0\n",
        "systemd,curl,malicious\nsystemd,ls,benign\n", "systemd\tcurl\tabnormal\nsystemd\tls\tnormal\n",
        "sequence,label\nsystemd -> curl,true\nsystemd -> ls,false\n",
        "step1;step2;verdict\nsystemd;curl;malicious\nsystemd;ls;benign\n",
        "id,step2,step1,benign\n7,curl,systemd,0\n8,ls,systemd,1\n",
        '[{"chain": ["systemd","curl"], "label": 1}, {"chain": "systemd -> ls", "label": "normal"}]',
        '{"steps": ["systemd","curl"], "is_malicious": true}\n{"steps": ["systemd","ls"], "is_malicious": false}\n',
        '{"data": [{"lineage": ["systemd","curl"], "class": "attack"}, {"lineage": ["systemd","ls"], "class": "benign"}]}',
    ],
)  # fmt: skip
def test_classes_beside_sequences_are_read(text: str) -> None:
    assert [one[1:] for one in told(text)] == [(("systemd", "curl"), True), (("systemd", "ls"), False)]
    assert reasons(text) == []


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("cmdchain,label\nsystemd -> ls,0\n", "a table: sequences from column 'cmdchain', classes from column 'label'"),
        ("of a host\nsystemd -> ls\n", "a table: sequences from column 'of a host', no column of classes"),
        ("kind;of a host;n\nbenign;systemd -> ls;3\n", "a table: sequences from column 'of a host', classes from column 'kind'"),
        (
            "n,what,verdict\n1,systemd -> ls,benign\n",
            "a table: sequences from column 'what', classes from column 'verdict'; left aside: 'n'",
        ),
        ("systemd\nsystemd -> ls\n", files.LINES),
        ("q,r\nsystemd -> ls\n", files.LINES),
    ],
)  # fmt: skip
def test_headings_that_nobody_knows_are_found_by_what_stands_below(text: str, how: str) -> None:
    assert read(io.BytesIO(text.encode())).told.startswith(how)
    assert told(text)[-1][1] == ("systemd", "ls")


def test_programs_that_are_called_true_and_yes_are_no_classes() -> None:
    assert told("systemd,bash,true\nsystemd,bash,yes\n") == [
        (1, ("systemd", "bash", "true"), None),
        (2, ("systemd", "bash", "yes"), None),
    ]


def test_a_class_that_is_none_costs_the_class_only_and_is_told() -> None:
    (one,) = items("sequence,label\nsystemd -> ls,perhaps\n")
    assert isinstance(one, GivenSequence)
    assert one.abnormal is None
    assert "'perhaps' is no class" in one.trouble


@pytest.mark.parametrize(
    ("line", "steps", "abnormal"),
    [
        ("systemd -> httpd;x -> nc", ("systemd", "httpd;x", "nc"), None),
        ("systemd -> httpd;x -> nc;normal", ("systemd", "httpd;x", "nc"), False),
        (r"C:\p\a,b\x.exe -> c.exe", (r"C:\p\a,b\x.exe", "c.exe"), None),
        (r"C:\p\a,b\x.exe -> c.exe,abnormal", (r"C:\p\a,b\x.exe", "c.exe"), True),
        ("systemd -> /opt/a -> b,/c -> nc", ("systemd", "/opt/a", "b,/c", "nc"), None),
        ('"systemd -> bash,foo"', ("systemd", "bash,foo"), None),
        ("systemd -> bash,,normal", ("systemd", "bash"), False),
    ],
)  # fmt: skip
def test_what_divides_cells_cuts_no_sequence(line: str, steps: tuple[str, ...], abnormal: bool | None) -> None:
    """The part behind the first comma or semicolon was once dropped without a word, and an attack with it."""
    assert items(line + "\n") == [GivenSequence(1, steps, abnormal)]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("systemd -> bash,foo", "'foo' stands beside a sequence"), ("7,systemd -> bash", "'7' stands beside a sequence"),
        ("systemd,httpd,nc>x", "'systemd' stands beside a sequence"),
        ("systemd -> ls\tsystemd -> nc", "several sequences"), ('"systemd -> ls","systemd -> nc"', "several sequences"),
        ("['a','b'],['c','d']", "several sequences"), ("systemd -> ls,normal,malicious", "different classes"),
    ],
)  # fmt: skip
def test_a_line_of_which_a_part_would_be_lost_is_no_sequence(line: str, why: str) -> None:
    (found,) = items(line + "\n")
    assert isinstance(found, NoSequence)
    assert why in found.reason


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sequence\nsystemd -> httpd,x -> nc\n", ("systemd", "httpd,x", "nc")),
        ("sequence\nsystemd,httpd,nc\n", ("systemd", "httpd", "nc")),
        ("sequence,label\nC:\\a,b\\x.exe -> c.exe,1\n", "it has 3 cells, and the heading 2"),
        ("sequence,label\nC:\\a,b\\x.exe -> c.exe\n", "a sequence stands where its class is expected"),
        ("step1,step2\nsystemd -> ls,nc\n", "one of its columns of steps has a whole sequence"),
        ("step1,step2\nsystemd -> ls,\n", ("systemd", "ls")),
    ],
)  # fmt: skip
def test_no_line_of_a_table_is_shortened(text: str, found: str | tuple[str, ...]) -> None:
    (one,) = items(text)
    if isinstance(found, tuple):
        assert one == GivenSequence(2, found)
    else:
        assert isinstance(one, NoSequence)
        assert found in one.reason


@given(st.lists(st.sampled_from(["nc", "systemd", "a;b", "a,b", r"c:\x,y\z", "normal", "7"]), min_size=2, max_size=5))
@settings(max_examples=200, deadline=None)
def test_a_line_with_arrows_has_all_its_arrows_or_is_none(steps: list[str]) -> None:
    (one,) = items(" -> ".join(steps) + "\n")
    assert isinstance(one, NoSequence) or len(one.steps) == len(steps)


@pytest.mark.parametrize(
    ("heading", "cells", "steps"),
    [
        ("root,p1,p2,label", "systemd,httpd,nc,1", ("systemd", "httpd", "nc")),
        ("id,Root,p1,p2,leaf,label", "5,systemd,httpd,bash,nc,1", ("systemd", "httpd", "bash", "nc")),
        ("p2,p1,root,label", "nc,httpd,systemd,1", ("systemd", "httpd", "nc")),
    ],
)  # fmt: skip
def test_a_column_called_root_or_leaf_is_the_step_at_that_end(heading: str, cells: str, steps: tuple[str, ...]) -> None:
    assert items(f"{heading}\n{cells}\n") == [GivenSequence(2, steps, True)]


def test_what_a_table_leaves_aside_is_told() -> None:
    table = read(io.BytesIO(b"n,sequence,score,label\n1,a -> b,.5,1\n"))
    assert table.told == "a table: sequences from column 'sequence', classes from column 'label'; left aside: 'n', 'score'"


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ('[["a","b"],["c"]]', [("a", "b"), ("c",)]), ('[\n "a",\n "b"\n]', [("a", "b")]),
        ('["a -> b", "c -> d"]', [("a", "b"), ("c", "d")]),
        ('["a","b"]\n["c"]\n', [("a", "b"), ("c",)]), ('{"names": "a -> b"}', [("a", "b")]),
        ('{"x": ["a", "b"], "n": 3}', [("a", "b")]),
    ],
)  # fmt: skip
def test_json_in_many_shapes(text: str, steps: list[tuple[str, ...]]) -> None:
    assert [one[1] for one in told(text)] == steps


def test_one_bad_line_costs_itself() -> None:
    assert reasons('{"chain":["a"]}\n{"chain":["a",1]}\n{"n":2}\n{"chain":\n{"chain":["b"]}\n') == [
        (2, "it is a list with something else than names in it"),
        (3, "it is an object without a list of names"),
        (4, "it is no JSON: unexpected end of data: line 1 column 10 (char 9)"),
    ]
    assert [one[0] for one in told("['a','b']\n['c'\n['d'].pop()\na -> -> b\n['e']\n")] == [1, 5]
    assert [one[0] for one in told('["a", "b"\n["c"]\n["d"]\n')] == [2, 3]


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"a":' * 100_000, '[{"chain":' + "[" * 5000 + "]" * 5000 + "}]", "{}", "[null]", '"a"', "[[]]", "[{}]"],
)
def test_deep_and_empty_json_is_no_sequence(text: str) -> None:
    assert [one for one in items(text) if isinstance(one, GivenSequence) and len(one.steps) > 1] == []


def test_a_line_without_end_is_cut_and_told_and_the_next_one_is_read() -> None:
    assert reasons("a -> " * 1_000_000 + "\nb -> c\n") == [(1, "the line has over 1,048,576 bytes")]
    assert told("a" * 3_000_000 + "\nb -> c\n") == [(2, ("b", "c"), None)]


@pytest.mark.parametrize("line", ["," * 200_000, '"a",' * 100_000, "[a]," * 100_000, "x " + "[" * 500_000, '"' * 500_000])
def test_a_line_of_nothing_but_marks_costs_no_more_than_its_length(line: str) -> None:
    """Cells were once taken off one by one: eight minutes for a megabyte of commas."""
    for text in (line, f"a -> b\n{line}", f"sequence,label\n{line}"):
        assert {one.place for one in items(text)} <= {1, 2}


def test_a_document_of_any_size_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST_DOCUMENT", 1000)
    with pytest.raises(InputError, match="JSON document of over"):
        items('[\n["a"],\n' + '["b"],\n' * 500 + '["c"]]')
    assert len(items('["b"]\n' * 500)) == 500


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="f is no text"):
        items(b"ElfFile\x00" + bytes(100) + bytes(range(256)) * 10)


@pytest.mark.parametrize("content", [random.Random(3).randbytes(5000), zlib.compress(random.Random(4).randbytes(300))])
def test_bytes_without_many_zeros_are_no_text_either(content: bytes) -> None:
    with pytest.raises(files.NoText, match="f is no text"):
        items(content)


@pytest.mark.parametrize("text", ["systemd -> a\0b\nsystemd -> ls\n", "sequence\nsystemd -> a\0b\nsystemd -> ls\n"])
def test_a_zero_in_a_text_costs_its_line(text: str) -> None:
    assert [reason for _, reason in reasons(text)] == ["it has a zero byte in it"]
    assert [one[1] for one in told(text)] == [("systemd", "ls")]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-8-sig", "cp1252"])
def test_other_encodings(codec: str) -> None:
    found = [one for one in items("systemd -> caf\u00e9\nsystemd -> bash\n".encode(codec)) if isinstance(one, GivenSequence)]
    assert [one.steps for one in found] == [("systemd", "caf\u00e9"), ("systemd", "bash")]


NAME = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=12).filter(
    lambda name: name.strip() == name
)


@given(st.lists(st.tuples(st.lists(NAME, min_size=1, max_size=5), st.booleans()), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_what_csv_and_json_write_comes_back(rows: list[tuple[list[str], bool]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["sequence", "label"])
    writer.writerows([repr(names), int(abnormal)] for names, abnormal in rows)
    wanted = [(tuple(names), abnormal) for names, abnormal in rows]
    assert [one[1:] for one in told(out.getvalue())] == wanted
    lines = "".join(json.dumps({"sequence": names, "label": abnormal}) + "\n" for names, abnormal in rows)
    assert [one[1:] for one in told(lines)] == wanted
    document = json.dumps([{"label": abnormal, "sequence": names} for names, abnormal in rows], indent=1)
    assert [one[1:] for one in told(document)] == wanted


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        found = items(content)
    except InputError:
        return
    assert all(one.steps for one in found if isinstance(one, GivenSequence))
