"""A time that no clock tells is the beginning and the end of nothing: not of a host, a case, a source, a chain or a finding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.arrays import NO_TIME, told_by_clocks
from engine.domain.spans import CLOCKS
from store.doctor.examine import examine
from store.queue.line_facts import of_findings
from store.workspace import Workspace
from tests.store.samples import event, fill, score

YEAR_1, YEAR_9999 = -62_135_596_800_000_000, 253_402_300_799_000_000
WRONG = [2**62, -(2**62), YEAR_1, YEAR_9999, -1, 4_102_444_800_000_000]
FIRST, LAST = 1_700_000_000_000_001, 1_700_000_000_000_012


@pytest.mark.parametrize("wrong", WRONG)
def test_one_wrong_time_changes_no_range(workspace: Workspace, wrong: int) -> None:
    events = [event(1), *[event(number, 1) for number in range(2, 13)]]
    fill(workspace, [*events, event(13, 1, time_us=wrong, image=events[2].image)])
    score(workspace, grouped=True)
    case, (host,) = workspace.cases.show("case"), workspace.cases.hosts("case")
    assert (case.first_us, case.last_us) == (host.first_us, host.last_us) == (FIRST, LAST)
    assert {(span.records, span.first_us, span.last_us) for span in workspace.cases.spans("case")} == {(13, FIRST, LAST)}
    times = [row.whole for row in workspace.findings.page("case") if row.whole is not None]
    assert times
    assert {time for one in times for time in (one.first_us, one.last_us)} <= set(range(FIRST, LAST + 1))
    facts = of_findings(workspace, "case", [one.number for one in times])
    assert {one.first_us for one in facts.values()} <= {None, *range(FIRST, LAST + 1)}
    assert {chain.first_us for chain in workspace.queue.page("case")} <= set(range(FIRST, LAST + 1))
    assert examine(workspace) == ()


@pytest.mark.parametrize("wrong", WRONG)
def test_a_host_of_wrong_times_alone_has_no_range(workspace: Workspace, wrong: int) -> None:
    fill(workspace, [event(1, time_us=wrong), event(2, 1, time_us=wrong)])
    case, (host,) = workspace.cases.show("case"), workspace.cases.hosts("case")
    assert (case.first_us, case.last_us, host.first_us, host.last_us, host.records) == (None, None, None, None, 2)


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_column_is_judged_as_a_time_is(time_us: int) -> None:
    assert told_by_clocks(np.array([time_us, NO_TIME])).tolist() == [CLOCKS.holds(time_us), False]
