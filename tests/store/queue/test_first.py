"""What another model changed at the top of the queue."""

from __future__ import annotations

import pytest

from engine.errors import NotFound
from store.queue.first import FIRST, first_findings
from store.workspace import Workspace
from tests.store import samples


def test_the_first_findings_against_those_of_another_model(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"C:\\{'x' * place}\\{chr(97 + place)}.exe" for place in range(14)]
    events = [samples.event(number + 1, image=name, host=f"h{number}") for number, name in enumerate(names)]
    samples.fill(workspace, events)
    first, same = (samples.score(workspace, flagged=3, grouped=True) for _ in range(2))
    score_of = samples.chain_scores
    monkeypatch.setattr(samples, "chain_scores", lambda corpus: 100 - score_of(corpus))
    turned = samples.score(workspace, flagged=3, grouped=True)
    pages = {model: workspace.findings.page("case", limit=99, model=model) for model in (first, same, turned)}
    leads = {model: [row.whole.lead for row in rows if row.whole] for model, rows in pages.items()}
    assert len(leads[first]) == len(names)

    unmoved = first_findings(workspace, "case", first, same)
    assert (unmoved.stayed, unmoved.came, unmoved.read) == (FIRST, (), FIRST)

    moved = first_findings(workspace, "case", first, turned)
    before = {lead: place for place, lead in enumerate(leads[first], start=1)}
    expected = [(place, before[lead]) for place, lead in enumerate(leads[turned][:FIRST], start=1) if before[lead] > FIRST]
    assert [(one.number, one.before) for one in moved.came] == expected
    assert (moved.stayed, moved.read) == (FIRST - len(expected), FIRST)
    rows = dict(enumerate(pages[turned], start=1))
    assert [one.image for one in moved.came] == [rows[one.number].steps[-1] for one in moved.came]
    assert {one.host for one in moved.came} <= {f"h{number}" for number in range(len(names))}


def test_a_model_that_scored_nothing_has_no_first_findings(workspace: Workspace) -> None:
    samples.fill(workspace, [samples.event(1)])
    scored = samples.score(workspace, grouped=True)
    with pytest.raises(NotFound):
        first_findings(workspace, "case", samples.publish(workspace, "{ }"), scored)
