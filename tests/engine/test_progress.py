"""What a job is given: where its steps go, and who may stop it."""

from __future__ import annotations

import pytest

from engine.errors import Cancelled
from engine.progress import CancelToken, Run, Step, silent


def test_a_run_reports_to_its_listener_and_a_quiet_one_does_not() -> None:
    steps: list[Step] = []
    run = Run(steps.append)
    run.report(Step("read", 1))
    run.quiet().report(Step("read", 2))
    assert steps == [Step("read", 1)]


def test_whoever_holds_the_token_stops_the_run_and_its_quiet_parts() -> None:
    token = CancelToken()
    run = Run(silent, token)
    run.raise_if_cancelled()
    assert not run.cancelled
    token.cancel()
    assert run.cancelled
    for one in (run, run.quiet()):
        with pytest.raises(Cancelled):
            one.raise_if_cancelled()


def test_a_run_that_nobody_started_shares_nothing_that_could_stop_another() -> None:
    assert Run().token is None
    Run().raise_if_cancelled()
    assert not Run().cancelled
