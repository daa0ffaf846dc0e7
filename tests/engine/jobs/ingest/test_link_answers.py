"""Hosts that other processes link are what they are when they are linked here, and a process that is lost costs nothing."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.domain.chains import ChainSet
from engine.domain.records import MAX_STEPS
from engine.jobs.ingest import link_answers
from engine.jobs.ingest.link import link_case
from engine.jobs.ports.ingest import HostPlace
from engine.progress import Run, Step
from engine.readers.crew.crew import Crew
from tests.engine.jobs.ingest.test_link import SIZES, Told, staged
from tests.store.evidence.test_ingest import dump


def test_what_is_handed_over_is_what_was_linked(tmp_path: Path) -> None:
    workspace, store = staged(tmp_path)
    with closing(workspace):
        for host_id in store.unlinked_hosts("case"):
            host = link_answers.linked(store, host_id)
            found = link_answers.unpack(link_answers.pack(host), host_id)
            for of, fields in (
                ("events", link_answers.EVENTS),
                ("lineage", link_answers.LINEAGE),
                ("chains", link_answers.CHAINS),
            ):
                for name in fields:
                    one, other = getattr(getattr(host, of), name), getattr(getattr(found, of), name)
                    assert one.dtype == other.dtype
                    assert np.array_equal(one, other)
            for name in ("host", "kinds", "sources", "paths", "record_id"):
                assert getattr(found.events, name) == getattr(host.events, name)
            assert found.chains.keys == host.chains.keys
            assert found.lineage.placeholder_guid == host.lineage.placeholder_guid


def test_a_host_without_a_chain_is_handed_over_too(tmp_path: Path) -> None:
    """Only ends or facts were recorded of it."""
    workspace, store = staged(tmp_path)
    with closing(workspace):
        (host_id, *_) = store.unlinked_hosts("case")
        whole = link_answers.linked(store, host_id)
    none = ChainSet(
        np.zeros((0, MAX_STEPS), np.int32), np.zeros(0, np.int32), [], np.full(len(whole.chains.of_node), -1, np.int64)
    )
    found = link_answers.unpack(link_answers.pack(replace(whole, chains=none)), host_id).chains
    assert found.steps.shape == (0, MAX_STEPS)
    assert (found.keys, len(found.lengths)) == ([], 0)


def test_another_process_answers_what_is_stored(tmp_path: Path) -> None:
    workspace, store = staged(tmp_path)
    with closing(workspace):
        place = store.elsewhere()
        assert place is not None
        (host_id, *_) = store.unlinked_hosts("case")
        answer = link_answers.answer(link_answers.settings(place), host_id, b"")
        assert answer == link_answers.pack(link_answers.linked(store, host_id))
        assert link_answers.answer(link_answers.settings(place), 999, b"") == b""
        nowhere = HostPlace("store.evidence.ingest", str(tmp_path / "nowhere"))
        assert link_answers.answer(link_answers.settings(nowhere), host_id, b"") == b""
        assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("lost", [False, True])
def test_the_rows_are_the_same_also_where_a_process_is_lost(tmp_path: Path, lost: bool) -> None:
    workspace, _ = staged(tmp_path / "crew")
    alone, other = staged(tmp_path / "alone")
    here = Counting(workspace)

    def listener(step: Step) -> None:
        if lost and not here.killed and step.stage == "link":
            here.killed = True
            for hand in crew._hands:
                os.kill(hand._process.pid, signal.SIGKILL)

    with closing(workspace), closing(alone), closing(Crew(2, pays_bytes=0)) as crew:
        assert link_case("case", here, Run(listener), crew) == len(SIZES)
        assert link_case("case", other, Run()) == len(SIZES)
        assert dump(workspace) == dump(alone)
    assert (here.loaded == 0) is not lost


class Counting(Told):
    """Counts the hosts that this process read itself."""

    loaded = 0
    killed = False

    def load_host(self, *arguments, **options):
        self.loaded += 1
        return super().load_host(*arguments, **options)
