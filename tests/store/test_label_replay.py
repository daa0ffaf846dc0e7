"""Any sequence of verdicts, undos and redos teaches exactly what the verdicts that hold teach, given afresh."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.verdicts import VERDICTS
from engine.jobs.relearn import Prepared, prepare, relearn
from engine.progress import Run
from engine.verdicts.queue import LearntQueue
from store.scope.scopes import Scope, parse
from store.workspace import Workspace, open_workspace
from tests.store import samples
from tests.store.teaching_samples import read_learnt

State = dict[tuple[str, str], str]
NAMES = ("app{}.exe", "tool-1.{}.0.exe", "setup{}.tmp", "svc.exe", "x{}\\run.exe")


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Prepared, list[str]]]:
    """Sixty chains, many of a shape with others, on two hosts."""
    space = open_workspace(tmp_path_factory.mktemp("replay") / "w")
    events = [samples.event(1), samples.event(1, host="DB")]
    for number in range(2, 62):
        name = NAMES[number % len(NAMES)].format(number)
        events.append(samples.event(number, 1, host=("WEB01", "DB")[number % 2], image=f"C:\\Apps\\{name}"))
    samples.fill(space, events)
    samples.score(space, grouped=True)
    ready = prepare("case", space.teaching, space.vault, Run())
    yield space, ready, ready.base.corpus.keys
    space.close()


acts = st.lists(
    st.one_of(
        st.tuples(
            st.lists(st.integers(0, 59), min_size=1, max_size=25, unique=True),
            st.sampled_from([None, *VERDICTS, "malicious", "false_positive"]),
            st.sampled_from([Scope(), Scope(), Scope(host="WEB01"), Scope(prefix=1), Scope(prefix=2)]),
        ),
        st.sampled_from(["undo", "undo", "redo"]),
    ),
    min_size=1,
    max_size=12,
)


def forget(workspace: Workspace) -> None:
    with workspace.write() as connection:
        connection.exec_driver_sql("DELETE FROM label_event")
        connection.exec_driver_sql("DELETE FROM label_current")
        connection.commit()


def learn(workspace: Workspace, ready: Prepared) -> LearntQueue | None:
    relearn("case", workspace.teaching, ready, Run())
    return read_learnt(workspace, "case")


@settings(max_examples=25, deadline=None)
@given(acts=acts)
def test_what_is_learnt_depends_on_what_holds_and_on_nothing_before(
    taught: tuple[Workspace, Prepared, list[str]], acts: list[Any]
) -> None:
    workspace, ready, keys = taught
    forget(workspace)
    done: list[State] = [{}]
    undone: list[State] = []
    for act in acts:
        if act == "undo":
            assert bool(workspace.labels.undo("case")) == (len(done) > 1)
            if len(done) > 1:
                undone.append(done.pop())
        elif act == "redo":
            assert bool(workspace.labels.redo("case")) == bool(undone)
            if undone:
                done.append(undone.pop())
        else:
            places, verdict, scope = act
            state = dict(done[-1])
            chosen = [keys[place % len(keys)] for place in places]
            if scope.prefix == 2:  # the root chain has one step
                chosen = [key for key in chosen if len(workspace.chains.find("case", key).steps) > 1]
            for key in chosen:
                if verdict is None:
                    state.pop((key, scope.text), None)
                else:
                    state[key, scope.text] = verdict
            workspace.labels.set("case", chosen, verdict, scope=scope)
            if state != done[-1]:
                done.append(state)
                undone.clear()
    held = {(label.chain_key, label.scope): label.verdict for label in workspace.labels.current("case")}
    assert held == done[-1]
    shown = {row.key: row.verdict for row in workspace.queue.page("case", limit=1000)}
    found = learn(workspace, ready)
    forget(workspace)
    # In the order in which they were given: of two prefixes of a length that cover a chain the newest verdict counts.
    for (key, scope), verdict in held.items():
        workspace.labels.set("case", [key], verdict, scope=parse(scope))
    assert shown == {row.key: row.verdict for row in workspace.queue.page("case", limit=1000)}
    again = learn(workspace, ready)
    assert (found is None, again is None) == (not held, not held)  # nothing holds: the queue is the detector's
    for field in fields(LearntQueue) if held else ():
        if field.name != "event":  # the number of the newest event, which counts undos too
            ours, theirs = getattr(found, field.name), getattr(again, field.name)
            same = np.array_equal(ours, theirs, equal_nan=True) if isinstance(ours, np.ndarray) else ours == theirs
            assert same, field.name
