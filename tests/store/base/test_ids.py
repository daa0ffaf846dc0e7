"""Short numbers of processes: one for each record, read back without a table, none for what no record tells of."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store.base import ids

HOST = st.integers(1, 30) | st.integers(1, ids.HOSTS - 1)
NUMBER = st.integers(1, 3000) | st.integers(1, ids.FIRST_PLACEHOLDER - 1)
RECORD = st.builds(lambda host, number: ids.base(host) + number, HOST, NUMBER)
SPELLED = st.text("0123456789", max_size=22) | st.integers(0, 10**22).map(str) | st.text("Pp0123456789 -٣²\n", max_size=6)


def test_the_number_within_the_host_comes_first_then_the_host_and_its_width() -> None:
    assert ids.short(ids.base(7) + 1234) == 123471
    assert ids.called(ids.base(12) + 5) == "P5122"
    assert ids.parse_short("P123471") == ids.parse_short("p123471") == ids.parse_short("123471") == ids.base(7) + 1234


@example(ids.base(ids.HOSTS - 1) + ids.FIRST_PLACEHOLDER - 1)
@given(RECORD)
def test_each_record_has_a_number_that_is_read_back_as_it(process_id: int) -> None:
    assert ids.parse_short(ids.called(process_id)) == process_id
    assert ids.parse_short(str(ids.short(process_id))) == process_id


@example("0071")
@example("1001")
@example("21474836481001")
@given(SPELLED)
def test_what_is_read_as_a_process_is_written_only_so(text: str) -> None:
    """With the test above: short numbers and records are one to one."""
    process_id = ids.parse_short(text)
    assert process_id is None or ids.called(process_id) == f"P{text.upper().removeprefix('P')}"


@given(HOST, st.integers(ids.FIRST_PLACEHOLDER, (1 << ids.SHIFT) - 1))
def test_placeholders_and_hosts_have_none(host: int, number: int) -> None:
    assert (ids.short(ids.base(host) + number), ids.called(ids.base(host) + number)) == (None, "")
    assert ids.short(ids.base(host)) is None


@pytest.mark.parametrize(
    "text", ["", "P", "P1", "P11", "F3", "P-1471", "P12.3", " P123471", "P123471\n", "P1٣71", "P99999999999999999999999"]
)
def test_other_texts_are_no_process(text: str) -> None:
    assert ids.parse_short(text) is None
