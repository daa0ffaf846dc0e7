"""The filter language: what is read from a line, that it reads back what it writes, and what it says of what it does not know."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.where.grammar import MOST_CHARACTERS, MOST_TERMS, parse, write
from store.where.keys import FORMER, KEYS, PLAIN, KeyKind
from store.where.meaning import read, words
from store.where.terms import ALL, Term, Value, Where, WhereError
from store.where.times import Times

DAY = 86_400_000_000
THIS_YEAR = Times(first_us=1_772_409_600_000_000, last_us=1_772_668_800_000_000)
"""2026-03-02 to 2026-03-05."""


def word(text: str, *, negated: bool = False) -> Term:
    return Term("", (Value(text),), negated=negated)


def of(key: str, *texts: str, sign: str = ":", negated: bool = False) -> Term:
    return Term(key, tuple(map(Value, texts)), sign, negated)


@pytest.mark.parametrize(
    ("line", "terms"),
    [
        ("", ()),
        ("  curl \t wget ", (word("curl"), word("wget"))),
        ("!curl", (word("curl", negated=True),)),
        ("USER:root", (of("user", "root"),)),
        ("host:web01,db01", (of("host", "web01", "db01"),)),
        ("host:web01,,web01,", (of("host", "web01"),)),
        ('user:"NT AUTHORITY\\SYSTEM",root', (of("user", "NT AUTHORITY\\SYSTEM", "root"),)),
        ('!user:"corp\\ann b" x', (of("user", "corp\\ann b", negated=True), word("x"))),
        ('"two words"', (word("two words"),)),
        ('"say ""hi"""', (word('say "hi"'),)),
        ('"user:root"', (word("user:root"),)),
        ('cmd:-enc"x', (of("cmd", '-enc"x'),)),
        ("a,b", (word("a,b"),)),
        ("n>50", (of("n", "50", sign=">"),)),
        ("score>=2.5 score<4", (of("score", "2.5", sign=">="), of("score", "4", sign="<"))),
        ("cmd:/curl|wget/", (Term("cmd", (Value("curl|wget", regex=True),)),)),
        ("/two words/", (Term("", (Value("two words", regex=True),)),)),
        ("cmd:/a\\/b/,c", (Term("cmd", (Value("a\\/b", regex=True), Value("c"))),)),
        ("user:!root", (of("user", "!root"),)),
    ],
)
def test_lines(line: str, terms: tuple[Term, ...]) -> None:
    assert parse(line) == terms


@pytest.mark.parametrize(
    "text",
    ["c:\\windows", "c:/x", "C:", "n:\\share", "h:/srv", "http://192.0.2.77/x.sh", "/dev/shm/.x", "/etc/passwd", "/tmp", "2>&1",
     "x>y", "10.0.0.1:443", "--name=value", "::ffff:1", "a:b", "comsvcs.dll,MiniDump", "//", "//srv/share",
     "name=value", "DATABASE=x", "x!=y", "x==y", 'cur"l', "usr=root", "user-name=x"],
)  # fmt: skip
def test_what_a_command_line_has_is_a_word(text: str) -> None:
    assert parse(text) == (word(text),)


def test_terms_and_values_know_their_places() -> None:
    line = '  !user:root,"a b"  curl'
    first, second = parse(line)
    assert line[first.start : first.end] == '!user:root,"a b"'
    assert [line[value.start : value.end] for value in first.values] == ["root", '"a b"']
    assert line[second.start : second.end] == "curl"


@pytest.mark.parametrize(
    ("line", "said", "wrong"),
    [
        ("usr:x", "There is no usr:. Did you mean user:?", "usr:"),
        ("curl comand:x", "There is no comand:. Did you mean cmd:?", "comand:"),
        ("!procss:x", "There is no procss:.", "procss:"),
        ("scor>4", "There is no scor>. Did you mean score>?", "scor>"),
        ("tecnique:T1", "There is no tecnique:. Did you mean technique:?", "tecnique:"),
        ("qqqq:x", "There is no qqqq:. There are image cmd user", "qqqq:"),
        ("user>4", "user is not compared: write user:root", "user>"),
        ("user:", "user: needs a value: user:root", "user:"),
        ("!", "! needs a term behind it", "!"),
        ("pid:cmd", "'cmd' is no process id: write pid:4711", "cmd"),
        ("pid:-1", "'-1' is no process id", "-1"),
        ("score>high", "'high' is no score: write score>4", "high"),
        ("score>inf", "'inf' is no score", "inf"),
        ("n>1_0", "'1_0' is no number: write n>50", "1_0"),
        ("after:soon", "'soon' is no time: write 2026-03-03T18:17, 03-03T18:17, 03-03 or 18:17", "soon"),
        ("before:9999-99-99", "is no time", "9999-99-99"),
        ("verdict:nice", "There is no verdict:nice. There are malicious, benign", "nice"),
        ("is:strange", "There is no is:strange. There are odd, context, related", "strange"),
        ("pid:/1/", "pid: takes no expression: pid:4711", "/1/"),
        ("cmd:/a(/", "/a(/ has a ( without its )", "/a(/"),
        ('cmd:""', "Nothing stands between the quotes.", '""'),
        ("cmd://", 'An expression of nothing: write cmd:/curl|wget/, or cmd:"//" for the text', "//"),
        ("curl !cmd:// wget", 'or cmd:"//" for the text', "//"),
        ("cmd:a,//", 'or cmd:"//" for the text', "//"),
        ("image://srv", 'or image:"//srv" for the text', "//srv"),
        ('cmd:"open', "A quotation mark is left open", '"open'),
        ('curl "wget', "A quotation mark is left open", '"wget'),
        ('user:a,"b', "A quotation mark is left open", '"b'),
        ("user=root", 'Write user:root, or "user=root" for the text', "user="),
        ("USER=root", "Write user:root,", "USER="),
        ("user==root", 'Write user:root, or "user==root" for the text', "user=="),
        ("!user=root", "Write user:root,", "user="),
        ("user!=root", "Write !user:root,", "user!="),
        ("score==3", 'Write score>3 or score:3, or "score==3" for the text', "score=="),
        ("score!=3", "Write !score:3,", "score!="),
        ("n=5", "Write n>5 or n:5,", "n="),
        ("host=", "Write host:web01,db01,", "host="),
        ('cmd="a b"', 'Write cmd:"a b", or "cmd=""a b""" for the text', "cmd="),
        ("!!curl", "A second ! says nothing", "!!"),
        ("wget !!user:root", "A second ! says nothing", "!!"),
        ("finding:0", "'0' is no finding: write finding:3", "0"),
        ("finding:F0", "'F0' is no finding", "F0"),
        ("finding:-1", "'-1' is no finding", "-1"),
        ("pid:+411", "'+411' is no process id", "+411"),
        ("n>-1", "'-1' is no number", "-1"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(line: str, said: str, wrong: str) -> None:
    with pytest.raises(WhereError) as refused:
        read(line)
    assert said in refused.value.message
    assert line[refused.value.start : refused.value.end] == wrong


@pytest.mark.parametrize("key", sorted(FORMER))
def test_a_key_of_before_says_what_is_written_now(key: str) -> None:
    with pytest.raises(WhereError) as refused:
        read(f"{key}:suppressed")
    assert refused.value.message.startswith(f"There is no {key}:")
    assert FORMER[key] in refused.value.message


@pytest.mark.parametrize("plain", sorted(PLAIN))
def test_a_word_that_was_a_filter_before_says_what_is_written_now(plain: str) -> None:
    with pytest.raises(WhereError, match=f'Write {PLAIN[plain]}, or "{plain}" for the text'):
        read(plain)
    assert words(read(f'"{plain}"')) == f'"{plain}"'


def test_a_line_has_an_end() -> None:
    with pytest.raises(WhereError, match="terms at most"):
        parse("a " * (MOST_TERMS + 1))
    with pytest.raises(WhereError, match="characters at most"):
        parse("a" * (MOST_CHARACTERS + 1))


TEXT = st.text('aÜ\u202e\0\ud800 "\\/!,:<>=n.-', min_size=1, max_size=12) | st.sampled_from(
    ['"', '""', "/", "/a/", "!", "a b", ",", "user:x", "c:\\x", "flagged", " ", "\n", "n:1", "http://x"]
)
EXPRESSION = st.sampled_from(["curl|wget", "a b", "a\\/b", "[/]", "^x$", ",", "\\d{2,}"])
VALUES = st.builds(Value, TEXT) | st.builds(Value, EXPRESSION.filter(lambda text: text != "[/]"), regex=st.just(True))
TEXTS = [key.name for key in KEYS.values() if key.kind is KeyKind.TEXT]


@st.composite
def terms(draw: st.DrawFn) -> Term:
    key = draw(st.sampled_from(["", *TEXTS, "score", "verdict", "time", "is"]))
    negated = draw(st.booleans())
    if key == "":
        return Term("", (draw(VALUES),), ":", negated)
    if key in TEXTS:
        return Term(key, tuple(draw(st.lists(VALUES, min_size=1, max_size=3, unique=True))), ":", negated)
    values = {
        "score": ["4", "2.5", "-1"],
        "verdict": ["none", "mal", "fp"],
        "time": ["18:17±5m", "03-03"],
        "is": ["odd", "raised"],
    }
    chosen = draw(st.lists(st.sampled_from(values[key]), min_size=1, max_size=2, unique=True))
    sign = draw(st.sampled_from([":", ">", "<", ">=", "<="])) if key == "score" else ":"
    return Term(key, tuple(map(Value, chosen)), sign, negated)


@given(st.lists(terms(), max_size=5).map(tuple))
def test_reads_back_what_it_writes(found: tuple[Term, ...]) -> None:
    line = write(found)
    assert parse(line) == found
    assert words(read(line, THIS_YEAR)) == line


@given(
    st.text()
    | st.lists(st.sampled_from(['"', "/", "!", ":", ",", ">", "user:", "time:", "a", " ", "\\", "±", "("]), max_size=12).map(
        "".join
    )
)
def test_any_text_is_a_filter_or_is_refused(line: str) -> None:
    with suppress(WhereError):
        where = read(line, THIS_YEAR)
        assert read(words(where), THIS_YEAR) == where


def test_terms_are_switched_on_and_off() -> None:
    none = read("verdict:none").terms[0]
    assert not ALL
    assert ALL.toggled(none) == Where((none,))
    assert read("curl verdict:none").toggled(none) == read("curl")


@pytest.mark.parametrize(
    "terms",
    [
        (Term("", (Value("/"),)), Term("", (Value("/"),))),
        (Term("", (Value("/tmp/x"),)), Term("cmd", (Value("curl", regex=True),))),
        (Term("image", (Value("/"), Value("a/b"))),),
    ],
)
def test_a_slash_at_the_beginning_is_no_expression_with_what_follows(terms: tuple[Term, ...]) -> None:
    assert parse(write(terms)) == terms
