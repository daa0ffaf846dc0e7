"""The filter line of Triage and Tree: what is read from it, one meaning a key, and that it reads back what it writes."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import NotFound, UsageError
from store.processes.search import ProcessFilter
from store.queue.filter import QueueFilter
from tui.actions.filter_line import FIELDS, PROCESSES, QUEUE, WANTED, parse, processes, words

HOSTS = {"WEB01": 1, "two words": 2}


def host_id(name: str) -> int:
    if name not in HOSTS:
        raise NotFound(name)
    return HOSTS[name]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("", QueueFilter()),
        ("powershell", QueueFilter(image="powershell")),
        ("system32 cmd.exe", QueueFilter(image="system32 cmd.exe")),
        ("c:\\windows\\temp", QueueFilter(image="c:\\windows\\temp")),
        ('image:"program files"', QueueFilter(image="program files")),
        ("v:und", None),
        ("verdict:undec,mal", QueueFilter(verdicts=("undecided", "malicious"))),
        ("is:fp", QueueFilter(verdicts=("false_positive",))),
        ('host:"two words" flagged', QueueFilter(host_id=2, flagged=True)),
        ("score>2.5", QueueFilter(min_score=2.5)),
        ("since:1970-01-02 until:1970-01-02", QueueFilter(since_us=86_400_000_000, until_us=2 * 86_400_000_000 - 1)),
        ("until:1970-01-01T00:00:01Z", QueueFilter(until_us=1_000_000)),
    ],
)
def test_lines(line: str, wanted: QueueFilter | None) -> None:
    if wanted is None:
        with pytest.raises(UsageError):  # undetermined or undecided
            parse(line, host_id)
    else:
        assert parse(line, host_id) == wanted


@pytest.mark.parametrize("line", ["verdict:nice", "score>high", "since:yesterday", "host:nowhere"])
def test_what_makes_no_sense_is_refused(line: str) -> None:
    with pytest.raises((UsageError, NotFound)):
        parse(line, host_id)


@given(
    st.builds(
        QueueFilter,
        verdicts=st.lists(st.sampled_from(WANTED), unique=True).map(tuple),
        host_id=st.sampled_from([None, 1, 2]),
        image=st.sampled_from(["", "cmd.exe", "program files", "a:b", "c:\\x"]),
        min_score=st.sampled_from([None, 0.5, 3.0]),
        flagged=st.booleans(),
        since_us=st.sampled_from([None, 0, 1_700_000_000_123_456]),
        until_us=st.sampled_from([None, 1_700_000_000_000_000]),
    )
)
def test_reads_what_it_writes(wanted: QueueFilter) -> None:
    names = {number: name for name, number in HOSTS.items()}
    assert parse(words(wanted, names.__getitem__), host_id) == wanted


DAY = 86_400_000_000


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("psexec", ProcessFilter(texts=("psexec",))),
        (
            'image:cmd.exe user:"corp\\ann b" pid:0x10 c:\\temp',
            ProcessFilter(texts=("c:\\temp",), image="cmd.exe", user="corp\\ann b", pid=16),
        ),
        ("CMD:-enc command:-w", ProcessFilter(command="-w")),
        ('say "two words" ""', ProcessFilter(texts=("say", "two words"))),
        ('name:"two words"', ProcessFilter(texts=('name:"two words"',))),
        ("user=ann image>cmd", ProcessFilter(texts=("user=ann", "image>cmd"))),
        ("verdict:benign score:2 flagged", ProcessFilter(texts=("verdict:benign", "score:2", "flagged"))),
    ],
)  # fmt: skip
def test_processes(line: str, wanted: ProcessFilter) -> None:
    assert processes(line) == wanted


@pytest.mark.parametrize("wrong", ["after:yesterday", "pid:cmd", "pid:-1", "until:9999-99-99", "before:"])
def test_no_time_and_no_number_is_refused_or_text(wrong: str) -> None:
    if wrong.endswith(":"):
        assert processes(wrong).texts == (wrong,)
    else:
        with pytest.raises(UsageError):
            processes(wrong)


@pytest.mark.parametrize(
    ("word", "since", "until"),
    [
        ("since:1970-01-02", DAY, None), ("after:1970-01-02", DAY, None), ("from:1970-01-02", DAY, None),
        ("until:1970-01-02", None, 2 * DAY - 1), ("to:1970-01-02", None, 2 * DAY - 1), ("before:1970-01-02", None, DAY),
        ("until:1970-01-02T00:00", None, DAY), ("until:19700102", None, 2 * DAY - 1),
        ("before:1970-01-02T02:00+02:00", None, DAY),
    ],
)  # fmt: skip
def test_a_time_means_the_same_in_both_places(word: str, since: int | None, until: int | None) -> None:
    queue, found = parse(word, host_id), processes(word)
    assert (queue.since_us, queue.until_us) == (found.since_us, found.until_us) == (since, until)


def test_a_time_without_a_zone_is_in_the_zone_of_the_display() -> None:
    east = timezone(timedelta(hours=2))
    assert processes("before:1970-01-01T02:00", east).until_us == 0
    assert processes("before:1970-01-01T02:00Z", east).until_us == 2 * 3_600_000_000
    assert processes("after:1970-01-02", UTC).since_us == DAY


@pytest.mark.parametrize("key", sorted(FIELDS))
def test_a_key_is_known_in_both_places_or_text_in_one(key: str) -> None:
    field = FIELDS[key]
    value = {"verdict": "benign", "host": "WEB01", "moved": "raised", "since": "1970-01-02", "until": "1970-01-02",
             "before": "1970-01-02"}.get(field, "3")  # fmt: skip
    line = f"{key}:{value}"
    assert (parse(line, host_id).image == line) == (field not in QUEUE)
    assert (processes(line).texts == (line,)) == (field not in PROCESSES)
    assert field in QUEUE | PROCESSES


@pytest.mark.parametrize("path", ["c:\\windows", "h:\\share", "v:/data", "H:\\x"])
def test_a_drive_is_no_key(path: str) -> None:
    assert parse(path, host_id) == QueueFilter(image=path)
    assert processes(path) == ProcessFilter(texts=(path,))


def test_the_short_key_of_a_host_is_one_in_both_places() -> None:
    assert parse("h:WEB01", host_id).host_id == 1
    assert processes("h:WEB01") == ProcessFilter(host="WEB01")


def test_a_quotation_mark_that_is_open_still_adds_no_blank() -> None:
    assert parse('cmd "', host_id) == QueueFilter(image="cmd")


@given(st.text())
def test_any_text_is_a_filter_or_is_refused(text: str) -> None:
    with suppress(UsageError):
        processes(text)
    with suppress(UsageError, NotFound):
        parse(text, host_id)
