"""The ladder on a made-up set of recordings: every row is there, in every setting, and leaves its source out."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.autoencoder.params import NetworkParams
from engine.detector import DetectorParams
from engine.detector.presets import EPOCHS, as_published
from engine.measure import needles
from engine.measure.known_labels import Label, Match
from engine.measure.ladder import Bench, ladder
from engine.measure.settings import LabelledProcesses
from engine.progress import CancelToken, Run
from engine.rules.rule import Rule, RuleSet, State
from tests.engine.detector.conftest import QUICK
from tests.engine.process_samples import make_table
from tui.render.ladder import lines

BASE = ("c:\\windows\\system32\\services.exe", "c:\\windows\\system32\\svchost.exe")
BAD = "c:\\users\\public\\x.exe"


@pytest.fixture(scope="module")
def bench() -> Bench:
    rows, marks = [], []
    for source, case in (("one", "splunk_T1027"), ("one", "splunk_T1047"), ("two", "alone"), ("three", "")):
        for n in range(4 if source == "three" else 8):
            rows.append(((*BASE, f"c:\\program files\\v{n}\\app{n}.exe"), -1, f"app{n} -run {n}"))
            marks.append(("background", case, source))
        if source == "three":
            break
        rows.append(((*BASE, "c:\\windows\\system32\\cmd.exe", BAD), -1, "x.exe -enc evil"))
        marks.append(("attack", case, source))
    corpus, table = make_table(rows)
    matches = [
        Match(
            Label(f"{case}.log", f"pc.{source}.local", "", "", "", None, None, "", label, "strong", "", case, "queue", source),
            1,
            process_id=10 + n,
        )
        for n, (label, case, source) in enumerate(marks)
    ]
    tiny = dataclasses.replace(QUICK, network=NetworkParams(hidden=4, code=2, members=2), epochs=5)
    versions = RuleSet((Rule(r"^v([0-9]{1,3})$", "<version>", state=State.ACCEPTED),))
    return Bench(corpus, table, LabelledProcesses.of(matches, corpus, table), tiny, versions)


def test_every_setting_has_its_rows_and_the_page_names_them(bench, monkeypatch):
    monkeypatch.setattr(needles, "LEAST", 5)
    rungs = list(ladder(bench, [1, 2], Run()))
    cases = bench.known.cases
    assert {(rung.setting, rung.case) for rung in rungs} == {
        *(("A+", case) for case in cases), *(("C", case) for case in cases), *(("C, two steps", case) for case in cases),
        ("B", "splunk_T1027"), ("B", "splunk_T1047"), ("needles in one", "alone.log"),
        *(("needles in two", f"{case}.log") for case in ("splunk_T1027", "splunk_T1047")),
    }  # fmt: skip
    for rung in rungs:
        assert {"random", "signal rolefrac", "signal prior", "family rarity", "fusion", "value frequency"} <= set(rung.methods)
        # Of the needles no third source has attacks that a prior could have learnt.
        assert ("fusion without threat" in rung.methods) == (not rung.setting.startswith("needles"))
        assert 0 < rung.methods["fusion"]["in_10_findings"] <= 1
        assert rung.methods["signal prior"]["ap"] == 1  # a program in Public
    page = "\n".join(lines(rungs))
    assert "| needles in two | Windows | 2 | 1.000 (1.000 … 1.000) | +" in page
    assert "| fusion without reconstruction |" in page
    assert "What this does not show" in page
    assert "Stopped before its end" not in page
    assert "Stopped before its end" in "\n".join(lines(rungs[:-1]))
    published = {(rung.setting, rung.seed) for rung in rungs if "published" in rung.methods}
    assert published == {(setting, 1) for setting in ("A+", "B", "C")}
    told = "\n".join(lines(rungs, rules=1))
    assert "but for at most 20,000 batches" in told
    assert "their paths normalised by 1 accepted rules" in told
    assert "as recorded, as no rules are accepted" in page


def test_the_published_rows_are_of_the_preset_on_normalised_paths(bench):
    from engine.measure.settings import trials

    trial = next(trial for trial in trials(bench.known, "A+") if trial.case == "alone")
    detector = bench.published(trial, 1, Run())
    assert detector.fitted.rules is bench.rules
    assert not any("\\v7\\" in path for path in detector.fitted.known.paths)
    assert dataclasses.replace(detector.params, device="auto", epochs=EPOCHS) == as_published(DetectorParams())


@pytest.mark.parametrize(("chains", "epochs"), [(60, 2000), (640, 2000), (641, 1818), (64 * 20_001, 1), (0, 2000)])
def test_the_published_rows_are_trained_for_all_epochs_or_as_many_as_the_bound_allows(bench, chains, epochs):
    whole = dataclasses.replace(bench, params=DetectorParams())
    assert whole._as_published(chains, 1).epochs == epochs


def test_the_prior_never_saw_the_source(bench):
    from engine.measure.settings import trials

    trial = next(trial for trial in trials(bench.known, "C") if trial.case == "alone")
    assert set(bench.known.source[trial.others]) == {"one", "three"}
    assert bench.threat(trial, 1) is bench.threat(trial, 1)
    assert np.isin(trial.starter, trial.others).all()


def test_workers_measure_the_same(bench):
    alone = sorted(ladder(bench, [1], Run(), ("C",)), key=lambda rung: rung.case)
    spread = sorted(ladder(bench, [1], Run(), ("C",), workers=2), key=lambda rung: rung.case)
    assert spread == alone


def test_cancelled_between_queues(bench):
    from engine.errors import Cancelled

    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        next(ladder(bench, [1], Run(token=token)))


def test_the_command_offers_every_setting_of_the_ladder():
    from engine.measure.ladder import BY_COST
    from tui.commands.evaluate import LadderSetting

    assert tuple(setting.value for setting in LadderSetting) == BY_COST
