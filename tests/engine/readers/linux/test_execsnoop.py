"""BCC's execsnoop."""

from __future__ import annotations

import io

import pytest

from engine.domain.records import ProcessEvent
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose

PLAIN = (
    "PCOMM            PID    PPID   RET ARGS\n"
    "sh               2001   812      0 /bin/sh -c id\n"
    "a b              2002   2001    -2 /x\n"
)
WITH_USER = (
    "TIME     UID   PCOMM            PID    PPID   RET ARGS\n"  # as with -T and -U
    "10:00:00 33    sh               2001   812      0 /bin/sh -c id\n"
)


@pytest.mark.parametrize(("text", "user"), [(PLAIN, None), (WITH_USER, "33")])
def test_lines_that_returned_0_are_creations(text: str, user: str | None) -> None:
    found = choose(text.encode(), "execsnoop.txt")
    assert found is not None
    event, *failed = found.reader.read(io.BytesIO(text.encode()), ReadOptions(host="web-3"))
    assert isinstance(event, ProcessEvent)
    assert (event.kind, event.image, event.pid, event.ppid) == ("execsnoop", "/bin/sh", 2001, 812)
    assert (event.command_line, event.user, event.host, event.time_us) == ("/bin/sh -c id", user, "web-3", None)
    assert failed == ([] if user else [None])


def test_opensnoop_is_none() -> None:
    assert choose(b"PID    COMM               FD ERR PATH\n17326  cat                 3   0 /etc/passwd\n", "x.txt") is None
