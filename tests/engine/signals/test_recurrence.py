"""How often a case repeats itself, and what that takes from a chain of tools."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.arrays import NO_TIME, Floats
from engine.signals.catalogue.role_share import SIGNAL
from engine.signals.frequency import ChainTable
from engine.signals.pairs import PairTable
from engine.signals.recurrence import HOUR_US, MOST, beginnings, hours, novelty
from engine.signals.step_tails import StepTails
from engine.signals.view import Explained, View
from tests.engine.process_samples import Row, make_table

S32 = "c:\\windows\\system32\\"
HOST, SHELL, TOOL, OTHER = (f"{S32}{name}.exe" for name in ("svchost", "cmd", "whoami", "conhost"))
PATHS = (HOST, SHELL, TOOL)
CHAINS = st.lists(st.sampled_from(PATHS), min_size=1, max_size=4).map(tuple)


def at_hours(rows: list[Row], started: list[int]):
    """The same processes, each started in an hour of the clock (-1: unknown)."""
    corpus, table = make_table(rows)
    when = np.array([NO_TIME if hour < 0 else hour * HOUR_US + at for at, hour in enumerate(started)], dtype=np.int64)
    return corpus, replace(table, time_us=when)


@given(st.lists(st.tuples(CHAINS, st.integers(-1, 30)), min_size=1, max_size=30))
def test_hours_are_those_of_all_chains_that_begin_so(processes: list[tuple[tuple[str, ...], int]]) -> None:
    corpus, table = at_hours([(chain, -1, None) for chain, _ in processes], [hour for _, hour in processes])
    found = hours(corpus, table)
    for row in range(len(corpus)):
        chain = tuple(corpus.paths[step] for step in corpus.steps[row, : corpus.lengths[row]])
        for length in range(1, len(chain) + 1):
            seen = {hour for other, hour in processes if other[:length] == chain[:length] and hour >= 0}
            assert found[row, length - 1] == max(len(seen), 1)
        assert (found[row, len(chain) :] == 1).all()


def test_equal_beginnings_have_one_number_and_others_another() -> None:
    corpus, _ = make_table([((HOST, SHELL), -1, None), ((HOST, SHELL, TOOL), -1, None), ((SHELL, SHELL), -1, None)])
    found = np.stack(list(beginnings(corpus)), axis=1)
    assert found[0, :2].tolist() == found[1, :2].tolist()
    assert found[2, 0] != found[0, 0]
    assert found[2, 1] != found[0, 1]
    assert found[0, 2] == -1


def test_without_processes_or_times_everything_is_new() -> None:
    corpus, table = at_hours([((HOST, SHELL), -1, None)], [-1])
    assert (novelty(hours(corpus, table)) == 1).all()
    assert (novelty(hours(corpus, None)) == 1).all()


def test_what_spreads_over_hosts_in_one_hour_is_new_and_no_routine() -> None:
    corpus, table = at_hours([((HOST, SHELL), -1, None)] * 50, [7] * 50)
    assert novelty(hours(corpus, replace(table, host=np.arange(50, dtype=np.int32))))[0, 1] == 1


@pytest.mark.parametrize(("repeated", "weight"), [(1, 1.0), (4, 0.5), (MOST, 0.25), (100, 0.25)])
def test_a_step_weighs_less_the_more_hours_begin_so_and_never_less_than_a_quarter(repeated: int, weight: float) -> None:
    corpus, table = at_hours([((HOST, SHELL), -1, None)] * repeated, list(range(repeated)))
    assert novelty(hours(corpus, table))[0, 1] == pytest.approx(weight)


def shares(corpus, table) -> Floats:
    """[c] of the signal."""
    nothing = np.zeros(len(corpus))
    view = View(corpus, table, PairTable.fit(corpus), ChainTable.fit(corpus), np.zeros(corpus.steps.shape, np.float32),
                nothing, nothing, None)  # fmt: skip
    return SIGNAL.value(view, None)


def test_a_routine_of_tools_stands_below_the_same_tools_once() -> None:
    routine = [((HOST, SHELL), -1, None)] * 9
    once = ((OTHER, SHELL), -1, None)
    corpus, table = at_hours([*routine, once], [*range(9), 3])
    value = shares(corpus, table)
    assert value.tolist() == pytest.approx([(1 / 3) / 3, 1 / 3])


def test_tools_below_a_routine_beginning_count_by_their_own_hours() -> None:
    corpus, table = at_hours([((HOST, SHELL), -1, None)] * 4 + [((HOST, SHELL, TOOL), 0, None)], [0, 1, 2, 3, 3])
    assert shares(corpus, table)[1] == pytest.approx((0.5 + 1) / 4)


def test_shells_alone_say_less_on_posix_systems() -> None:
    corpus, table = make_table([((SHELL,), -1, None), (("/bin/bash",), -1, None)])
    assert shares(corpus, table).tolist() == pytest.approx([1 / 2, 1 / 3])


def test_the_sentence_names_the_hours() -> None:
    corpus, table = at_hours([((HOST, SHELL), -1, None)] * 4 + [((OTHER, SHELL), -1, None)], [0, 1, 2, 3, 3])
    zero = np.zeros(corpus.steps.shape, np.float32)
    roles: StepTails | None = None
    chains = Explained(corpus, table, np.arange(2), PairTable.fit(corpus), ChainTable.fit(corpus), roles, zero)
    told = SIGNAL.sentences(chains, None)
    assert told[0].endswith("admin tool: cmd.exe; begun so in several hours, and less for it: cmd.exe in 4")
    assert told[1].endswith("admin tool: cmd.exe")


def test_only_the_steps_that_are_repeated_are_named() -> None:
    corpus, table = at_hours([((HOST, SHELL), -1, None)] * 4 + [((HOST, SHELL, TOOL), 0, None)], [0, 1, 2, 3, 3])
    chains = Explained(
        corpus, table, np.arange(2), PairTable.fit(corpus), ChainTable.fit(corpus), None, np.zeros(corpus.steps.shape, np.float32)
    )
    assert SIGNAL.sentences(chains, None)[1].endswith(
        "cmd.exe, whoami.exe; begun so in several hours, and less for it: cmd.exe in 4"
    )


def test_a_fork_counts_once_and_only_where_there_are_forks() -> None:
    bash, python = "/usr/bin/bash", "/usr/bin/python3"
    corpus, table = make_table(
        [
            ((bash, python, python, python), -1, None),
            ((bash, python, bash, python), -1, None),
            ((HOST, SHELL, SHELL), -1, None),
        ]
    )
    assert shares(corpus, table).tolist() == pytest.approx([2 / 6, 4 / 6, 2 / 4])


def test_the_sentence_says_what_was_not_counted() -> None:
    corpus, table = make_table(
        [(("/usr/bin/bash", *["/usr/bin/python3"] * 3), -1, None), (("/usr/bin/bash", "/usr/bin/bash"), -1, None)]
    )
    zero = np.zeros(corpus.steps.shape, np.float32)
    chains = Explained(corpus, table, np.arange(2), PairTable.fit(corpus), ChainTable.fit(corpus), None, zero)
    told = SIGNAL.sentences(chains, None)
    assert told[0].startswith("4 of 4 steps are")
    assert told[0].endswith("bash, python3, python3, python3; 2 of them, started by their own kind, are not counted")
    assert told[1].endswith("bash, bash; 1 of them, started by its own kind, is not counted")
