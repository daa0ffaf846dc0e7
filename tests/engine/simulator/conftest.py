"""One small fleet with every role and log format, written once."""

from pathlib import Path

import pytest

from engine.progress import Run
from engine.simulator import Fleet, FleetPlan, WrittenLogs, simulate, write_logs


@pytest.fixture(scope="session")
def fleet() -> Fleet:
    return simulate(FleetPlan(hosts=14, days=2, seed=11))


@pytest.fixture(scope="session")
def written(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> WrittenLogs:
    folder: Path = tmp_path_factory.mktemp("fleet")
    return write_logs(fleet, folder, Run())
