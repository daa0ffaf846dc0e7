"""The filter line: what is read from it, and that it reads back what it writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import NotFound, UsageError
from store.queue.filter import QueueFilter
from tui.actions.filter_line import WANTED, parse, words

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
