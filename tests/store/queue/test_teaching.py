"""What labels are learnt from, and the order they make: loaded, kept, read by position."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.verdicts import Verdict
from engine.errors import NotFound, StoreError
from engine.verdicts.queue import Effect
from engine.verdicts.verdicts import BaseQueue
from store.queue.filter import QueueFilter
from store.queue.finding_positions import FindingSource
from store.queue.order import DIVERSE, LEARNT, RANK
from store.queue.positions import QueueSource
from store.scope.scopes import Scope
from store.where.meaning import read
from store.where.members import MOVED
from store.workspace import Workspace, open_workspace
from tests.postgres import reopened
from tests.store import samples
from tests.store.teaching_samples import read_learnt, said_of_variants, shuffled, words


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    space = open_workspace(tmp_path_factory.mktemp("teaching") / "w")
    events = [samples.event(number, number // 2 or None, host=("WEB01", "DB02")[number % 2]) for number in range(1, 100)]
    events += [samples.event(1000 + number, host="LONE", image=f"C:\\Odd\\x{number}.exe") for number in range(120)]
    samples.fill(space, events)
    samples.score(space, flagged=20, grouped=True)
    yield space
    space.close()


def test_a_queue_is_the_scored_chains_with_their_processes(scored: Workspace) -> None:
    base = scored.teaching.load_queue("case")
    rows = {row.chain_id: row for row in scored.queue.page("case", limit=10_000)}
    assert sorted(rows) == sorted(base.corpus.ids.tolist())
    assert base.corpus.keys == sorted(base.corpus.keys)
    for place, number in enumerate(base.corpus.ids.tolist()):
        row = rows[number]
        assert (row.rank, row.score, row.member_of) == (base.rank[place], base.score[place], base.finding[place])
        assert row.key == base.corpus.keys[place]
    ends = base.table.chain[(base.table.recorded > 0) & (base.table.chain >= 0)]
    assert np.array_equal(np.bincount(ends, minlength=len(base)), base.corpus.counts)


def test_verdicts_tell_which_act_gave_them(workspace: Workspace) -> None:
    images = [samples.event(n, 1, image=f"C:\\Apps\\a{n}.exe") for n in range(2, 9)]
    samples.fill(workspace, [samples.event(1), *images])
    samples.score(workspace, grouped=True)
    keys = [row.key for row in workspace.queue.page("case")]
    labels = workspace.labels

    def acts() -> dict[str, int]:
        base = workspace.teaching.load_queue("case")
        verdicts = workspace.teaching.load_verdicts("case", base)
        told = dict(zip([base.corpus.keys[row] for row in verdicts.rows.tolist()], verdicts.act.tolist(), strict=True))
        assert told == {key: said.act for key, said in labels.effective("case").items()}
        return told

    labels.set("case", keys[:3], "malicious")
    labels.set("case", keys[3:4], "malicious")
    one = acts()
    assert len(set(one.values())) == 2
    assert len({one[key] for key in keys[:3]}) == 1
    labels.undo("case")
    labels.redo("case")
    assert acts() == one  # a verdict that holds again is the one it was
    labels.set("case", keys[2:3], "benign", scope=Scope(host="WEB01"))
    labels.set("case", keys[:1], "benign", scope=Scope(prefix=1))
    wide = acts()
    assert set(wide) == set(keys)
    assert {key: wide[key] for key in (*keys[:2], keys[3])} == {key: one[key] for key in (*keys[:2], keys[3])}
    assert len({wide[key] for key in keys[4:]}) == 1  # all that begins alike
    assert len(set(wide.values())) == 4


def test_chains_that_came_later_are_in_no_queue_until_they_are_scored(workspace: Workspace) -> None:
    samples.fill(workspace, [samples.event(1), samples.event(2, 1), samples.event(3, 2)])
    samples.score(workspace, grouped=True)
    before = workspace.teaching.load_queue("case")
    samples.fill(workspace, [samples.event(9, image="C:\\Late\\x.exe"), samples.event(12, 1)], sha256="b" * 64)
    base = workspace.teaching.load_queue("case")
    assert base.corpus.keys == before.corpus.keys
    assert base.table.chain.max() < len(base)
    first = base.corpus.steps[base.corpus.ids.tolist().index(1)]
    assert [base.corpus.paths[step] for step in first if step >= 0] == ["c:\\apps\\app1.exe"]
    with pytest.raises(NotFound):
        workspace.teaching.load_queue("nobody")


def test_verdicts_are_the_effective_ones_whatever_their_scope(scored: Workspace) -> None:
    rows = scored.queue.page("case", limit=1000)
    keys = [row.key for row in rows]
    twice = next(row for row in rows if row.host_count == 2)
    labels = scored.labels
    labels.set("case", [keys[0]], "malicious")
    labels.set("case", [keys[1]], "undetermined")
    labels.set("case", [keys[2]], "false_positive", scope=Scope(prefix=1))
    labels.set("case", [keys[3]], "benign", scope=Scope(host="LONE"))
    labels.set("case", [twice.key], "malicious", scope=Scope(host="WEB01"))
    base = scored.teaching.load_queue("case")
    found = scored.teaching.load_verdicts("case", base)
    told = {
        base.corpus.keys[row]: Verdict(value).word for row, value in zip(found.chain.tolist(), found.chain_verdict, strict=True)
    }
    assert told == {row.key: row.verdict for row in scored.queue.page("case", limit=1000) if row.verdict}
    assert twice.key not in told  # on the other host nobody has said anything
    assert list(found.rows) == sorted(found.rows)
    assert found.event == scored.teaching.label_event("case") > 0
    assert words(base, found) == said_of_variants(scored)
    for _ in range(5):
        labels.undo("case")
    nothing = scored.teaching.load_verdicts("case", base)
    assert len(nothing) == 0
    assert nothing.event == found.event + 5


def with_a_verdict(workspace: Workspace) -> BaseQueue:
    """The queue of the case. Where there is no verdict, in no case of the detector, no learnt order is kept."""
    if not workspace.learnt.standing("case").wanted:
        model = workspace.vault.in_use("case")
        samples.fill(workspace, [samples.event(1)], case="other", path="o", sha256="e" * 64)
        samples.score(workspace, "other", model=model)
        workspace.labels.set("other", [workspace.queue.page("other")[0].key], "undetermined")
    return workspace.teaching.load_queue("case")


def test_a_learnt_queue_is_read_back_as_it_was_written(scored: Workspace) -> None:
    base = with_a_verdict(scored)
    for seed, abstains in ((1, False), (2, True)):
        queue = shuffled(base, seed, event=seed, abstains=abstains)
        scored.teaching.write_learnt("case", base, queue, {"diverse": base.rank[:7].astype(np.int32)})
        again = open_workspace(scored.folder)  # what another process reads
        for space in (scored, again):
            read = read_learnt(space, "case")
            assert read is not None
            for field in fields(queue):
                ours, theirs = getattr(queue, field.name), getattr(read, field.name)
                assert np.array_equal(ours, theirs, equal_nan=True) if isinstance(ours, np.ndarray) else ours == theirs, (
                    field.name
                )
        again.close()


def in_learnt_order(workspace: Workspace, known: list[int] | None, ranks: list[int]) -> list[int]:
    """All findings: as they are known, the others behind them; without that by the first of their chains."""
    rows = workspace.findings.page("case", limit=1000)
    if known is None:
        place = {rank: at for at, rank in enumerate(ranks)}
        chains = {row: workspace.findings.members(row.whole, limit=1000) for row in rows if row.whole}
        rows = tuple(sorted(rows, key=lambda row: min(place[chain.rank] for chain in chains[row])))
        known = []
    return [*known, *(row.whole.number for row in rows if row.whole and row.whole.number not in known)]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 5),
    order=st.sampled_from([LEARNT, DIVERSE]),
    reverse=st.booleans(),
    verdicts=st.sampled_from([(), ("undecided",)]),
    moved=st.sampled_from(["", *MOVED]),
    flagged=st.booleans(),
    findings=st.booleans(),
)
def test_positions_follow_the_learnt_order(
    scored: Workspace,
    seed: int,
    order: object,
    reverse: bool,
    verdicts: tuple[str, ...],
    moved: str,
    flagged: bool,
    findings: bool,
) -> None:
    base = with_a_verdict(scored)
    queue = shuffled(base, seed)
    asked = np.random.default_rng(seed).permutation(base.rank)[:50].astype(np.int32)
    scored.teaching.write_learnt("case", base, queue, {"diverse": asked})
    wanted = QueueFilter(verdicts=verdicts, flagged=flagged, where=read(f"is:{moved}" if moved else ""))
    kind = FindingSource if findings else QueueSource
    source = kind(scored, scored.learnt, "case", wanted, order, reverse=reverse)  # type: ignore[arg-type]
    assert source.load()
    ranks = (
        queue.order.tolist() if order is LEARNT else [*asked.tolist(), *(r for r in queue.order if r not in set(asked.tolist()))]
    )
    effect = dict(zip(base.rank.tolist(), queue.effect.tolist(), strict=True))
    above = {row.rank for row in scored.queue.page("case", QueueFilter(flagged=True), limit=1000)}
    kept = [r for r in ranks if (not moved or effect[r] in MOVED[moved]) and (not flagged or r in above)]
    if findings:
        whole = in_learnt_order(scored, queue.finding_order.tolist() if order is LEARNT else None, ranks)
        wanted_ones = {row.whole.number for row in scored.findings.page("case", wanted, limit=1000) if row.whole}
        kept = [number for number in whole if number in wanted_ones]
    kept = kept[::-1] if reverse else kept
    rows = source.rows(0, source.count())
    assert [row.whole.number if row.whole else row.rank for row in rows] == kept
    for position, row in enumerate(rows):
        assert source.position(row.whole.number if row.whole else row.rank) == position
        assert row.learnt is not None
        assert row.learnt.place == queue.order.tolist().index(row.rank) + 1
        at = base.corpus.keys.index(row.key)
        assert row.learnt.effect == queue.effect[at]
        assert row.learnt.probability == pytest.approx(float(queue.probability[at]))
        if row.learnt.effect == Effect.SUPPRESSED_REMEMBERED:
            assert row.learnt.origin == ("case a", "case b")[queue.cause[at]]
        elif queue.cause[at] >= 0:
            assert row.learnt.cause == base.rank[queue.cause[at]]


@settings(max_examples=40, deadline=None)
@given(before=st.integers(0, 3), after=st.integers(0, 3), cursor=st.integers(-1, 300), findings=st.booleans())
def test_a_reader_keeps_what_is_at_the_cursor_and_above(
    scored: Workspace, before: int, after: int, cursor: int, findings: bool
) -> None:
    base = with_a_verdict(scored)
    kind = FindingSource if findings else QueueSource
    scored.teaching.write_learnt("case", base, shuffled(base, before))
    shown = kind(scored, scored.learnt, "case", order=LEARNT)
    shown.load()
    seen = list(shown._ranks(0, shown.count()))
    scored.teaching.write_learnt("case", base, shuffled(base, after))
    fresh, plain = kind(scored, scored.learnt, "case", order=LEARNT), kind(scored, scored.learnt, "case", order=LEARNT)
    fresh.load()
    plain.load()
    fresh.keep_in_front(shown, cursor + 1)
    found, new = list(fresh._ranks(0, fresh.count())), list(plain._ranks(0, plain.count()))
    assert found[: cursor + 1] == seen[: cursor + 1]
    assert found[cursor + 1 :] == [rank for rank in new if rank not in set(seen[: cursor + 1])]
    back = kind(scored, scored.learnt, "case", order=LEARNT)
    back.load()
    if before == after:  # an undo: the very list that was shown
        assert found == seen


def test_without_a_learnt_queue_its_order_is_the_detectors(workspace: Workspace) -> None:
    samples.fill(workspace, [samples.event(1), samples.event(2, 1)])
    samples.score(workspace, grouped=True)
    source = QueueSource(workspace, workspace.learnt, "case", order=LEARNT)
    assert source.complete
    assert source.order is RANK
    assert [row.learnt for row in source.rows(0, 9)] == [None, None]
    assert read_learnt(workspace, "case") is None
    standing = workspace.learnt.standing("case")
    assert (standing.known, standing.wanted, standing.stale) == (False, False, False)


def test_a_learnt_queue_is_stale_when_labels_or_scores_or_classifier_change(workspace: Workspace) -> None:
    samples.fill(workspace, [samples.event(1), samples.event(2, 1)])
    model = samples.score(workspace, grouped=True)
    key = workspace.queue.page("case")[0].key
    workspace.labels.set("case", [key], "benign")
    assert workspace.learnt.standing("case").stale
    base = workspace.teaching.load_queue("case")
    queue = replace(shuffled(base), event=workspace.teaching.load_verdicts("case", base).event)
    workspace.teaching.write_learnt("case", base, queue)
    assert not workspace.learnt.standing("case").stale
    workspace.labels.undo("case")
    assert workspace.learnt.standing("case").stale
    workspace.labels.redo("case")
    workspace.teaching.write_learnt("case", base, replace(queue, event=3))
    assert not workspace.learnt.standing("case").stale
    samples.fill(workspace, [samples.event(5)], case="other", path="o", sha256="c" * 64)
    samples.score(workspace, "other", model=model)
    workspace.labels.set("other", [workspace.queue.page("other")[0].key], "false_positive")
    assert workspace.learnt.standing("case").stale
    workspace.teaching.write_learnt("case", base, replace(queue, event=3))  # made without what the other case says
    assert workspace.learnt.standing("case").stale
    again = reopened(workspace)  # whoever asked
    found = again.teaching.load_remembered("case", model)
    again.close()
    assert found.chains == ((("c:\\apps\\app0.exe",), None, Verdict.FALSE_POSITIVE, "case other"),)  # scored without variants
    workspace.teaching.write_learnt("case", base, replace(queue, event=3), elsewhere=found.event)
    assert not workspace.learnt.standing("case").stale
    samples.score(workspace, model=model, grouped=True)
    assert workspace.learnt.index("case") is None
    assert workspace.learnt.standing("case").stale


def test_a_queue_of_old_scores_is_not_kept(workspace: Workspace) -> None:
    samples.fill(workspace, [samples.event(1), samples.event(2, 1)])
    samples.score(workspace, grouped=True)
    base = workspace.teaching.load_queue("case")
    queue = shuffled(base)
    samples.fill(workspace, [samples.event(7, 2)], sha256="b" * 64)
    samples.score(workspace, grouped=True)
    with pytest.raises(StoreError, match="scored anew"):
        workspace.teaching.write_learnt("case", base, queue)
    assert workspace.learnt.index("case") is None


def test_an_order_of_scores_that_were_replaced_is_refused_though_the_chains_are_the_same(workspace: Workspace) -> None:
    samples.fill(workspace, [samples.event(1), samples.event(2, 1)])
    model = samples.score(workspace, grouped=True)
    base = workspace.teaching.load_queue("case")
    samples.score(workspace, model=model, grouped=True)
    with pytest.raises(StoreError, match="scored anew"):
        workspace.teaching.write_learnt("case", base, shuffled(base))
    assert workspace.learnt.index("case") is None
    again = workspace.teaching.load_queue("case")
    workspace.labels.set("case", [again.corpus.keys[0]], "undetermined")
    workspace.teaching.write_learnt("case", again, shuffled(again))
    assert workspace.learnt.index("case") is not None


def test_remembered_are_verdicts_of_other_cases_under_the_same_detector(workspace: Workspace) -> None:
    for case, mark in (("case", "a"), ("near", "b"), ("far", "c")):
        samples.fill(
            workspace, [samples.event(1), samples.event(2, 1), samples.event(8, 2)], case=case, path=case, sha256=mark * 64
        )
    model = samples.score(workspace, "case")
    samples.score(workspace, "near", model=model)
    samples.score(workspace, "far")
    keys = {row.steps: row.key for row in workspace.queue.page("near")}
    for case in ("case", "near", "far"):
        workspace.labels.set(case, list(keys.values())[:1], "false_positive")
    whole = max(keys, key=len)
    workspace.labels.set("near", [keys[whole]], "benign", scope=Scope(host="WEB01"))
    workspace.labels.set("near", [keys[whole]], "malicious", scope=Scope(prefix=1))
    told = workspace.teaching.load_remembered("case", model).chains
    first = next(iter(keys))
    assert told[0] == (first, None, Verdict.BENIGN if first == whole else Verdict.FALSE_POSITIVE, "case near")
    assert {origin for *_, origin in told} == {"case near"}
