"""`oddkin show`: what each reference means, in each form."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from store.base import ids
from tests.tui.home import Home


def told(home: Home, *arguments: str) -> Any:
    done = home.run(*arguments, "--format", "json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_the_processes_of_a_chain_are_numbered_as_everywhere(home: Home) -> None:
    key = told(home, "rank", "--chains", "--limit", "1")[0]["chain_id"]
    processes = told(home, "show", key)["processes"]
    numbers = [process["process"] for process in processes]
    assert [ids.parse_short(number) for number in numbers] == [process["id"] for process in processes]
    shown = home.run("show", key).stdout
    exported = csv.DictReader(io.StringIO(home.run("export", "-o", "-").stdout, newline=""))
    assert all(number in shown for number in numbers)
    assert [row["process"] for row in exported if row["chain_id"] == key] == numbers
