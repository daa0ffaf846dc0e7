"""Linking as its user meets it: logs that are forged, and a signal while a host is linked."""

from __future__ import annotations

import importlib
import os
import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from store.base.database import DATABASE
from tests.store.older import make_older
from tests.tui.home import Home

ECS = (
    '{"@timestamp":"2024-03-01T10:00:%s","ecs":{"version":"8.0"},"event":{"category":["process"],"type":["start"],'
    '"action":"exec"},"host":{"name":"h","os":{"type":"linux","family":"debian"}},"process":{%s}}\n'
)
VANISHING = (
    ECS % ("02Z", '"pid":100,"executable":"/usr/bin/sshd","name":"sshd","entity_id":"g0"')
    + ECS % ("01Z", '"pid":100,"executable":"/tmp/evil","name":"evil","parent":{"entity_id":"g0"}')
    + ECS % ("03Z", '"pid":200,"executable":"/usr/bin/curl","name":"curl","entity_id":"g2","parent":{"entity_id":"g0","pid":100}')
)
HANGING = (
    '{"kind":"sysmon-linux","os":"linux","host":"h","image":"","pid":1,"guid":"g0","time_us":2000000}\n'
    '{"kind":"auditd","os":"linux","host":"h","image":"/tmp/a","pid":1,"parent_guid":"g0","time_us":1000000}\n'
)


@pytest.mark.parametrize(
    ("log", "tree"),
    [
        (VANISHING, ["host h", "/usr/bin/sshd [100]", "/tmp/evil [100]", "/usr/bin/curl [200]"]),
        (HANGING, ["host h", "(unknown) [1]", "/tmp/a [1]"]),
    ],
    ids=["vanishing", "hanging"],
)
def test_every_process_of_a_forged_log_stands_in_the_tree(home: Home, tmp_path: Path, log: str, tree: list[str]) -> None:
    file = tmp_path / "forged.jsonl"
    file.write_text(log)
    assert home.run("ingest", str(file), "--case", "forged").exit_code == 0
    lines = home.run("tree", "--case", "forged").stdout.splitlines()
    told = [line.lstrip(" │├└─").split(" 1970-")[0].split(" 2024-")[0] for line in lines if line]
    assert [re.sub(" P[0-9]+ ", " ", line) for line in told] == tree


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    ("module", "step"),
    [("store.evidence.host_events", "_read"), ("engine.lineage.link", "merge"), ("engine.lineage.chainset", "_known_parents"),
     ("store.evidence.lineage_rows", "_derived")],
)  # fmt: skip
def test_one_signal_ends_linking_and_the_next_ingest_does_it(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, module: str, step: str
) -> None:
    """While a host is read, linked, made chains of, and written."""
    file = tmp_path / "log.jsonl"
    file.write_text(ECS % ("02Z", '"pid":100,"executable":"/usr/bin/sshd","name":"sshd","entity_id":"g0"'))
    place = importlib.import_module(module)
    real = getattr(place, step)

    def signalled(*arguments: Any) -> Any:
        os.kill(os.getpid(), number)
        return real(*arguments)

    monkeypatch.setattr(place, step, signalled)
    assert home.run("ingest", str(file), "--case", "log").exit_code == 130
    monkeypatch.setattr(place, step, real)
    assert "sshd" not in home.run("tree", "--case", "log").stdout
    assert home.run("ingest", str(file), "--case", "log").exit_code == 0
    assert "sshd" in home.run("tree", "--case", "log").stdout


def test_what_was_done_to_a_poisoned_workspace_is_said_once(home: Home) -> None:
    with closing(sqlite3.connect(home.workspace / DATABASE)) as connection:
        make_older(connection, "0005_learnt_queue")
        connection.execute("UPDATE process SET parent_id = id WHERE id = (SELECT min(id) FROM process)")
        connection.commit()
    first, second = home.run("cases", "list"), home.run("cases", "list")
    assert "The circles were cut" in first.stderr
    assert "ancestors" not in first.stdout
    assert "circles" not in second.stderr
