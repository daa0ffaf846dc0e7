"""Formats are found by being there; the command line and the dialog of the screens offer the same."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from engine.errors import UsageError
from engine.handover import registry
from tui.actions.handover.offers import of_file, offers, renamed
from tui.command_line import app
from tui.commands.handover.export import FORMATS


def test_every_module_is_a_format_of_its_name() -> None:
    assert set(registry.names()) == set(registry.catalogued())
    orders = [one.order for one in registry.catalogued().values()]
    assert orders == sorted(orders)


def test_a_format_that_is_none_names_those_there_are() -> None:
    with pytest.raises(UsageError) as told:
        registry.find("../csv")
    assert "csv, jsonl, ecs" in told.value.remedy


def test_help_names_every_format() -> None:
    assert ", ".join([*registry.catalogued()][:-1]) + f" or {[*registry.catalogued()][-1]}" == FORMATS
    shown = CliRunner().invoke(app, ["export", "--help"], env={"COLUMNS": "400"}).output
    assert FORMATS in " ".join(shown.split())


def test_two_formats_of_one_place_are_a_slip(monkeypatch: pytest.MonkeyPatch) -> None:
    registry.catalogued.cache_clear()
    one = registry.catalogued()["csv"]
    monkeypatch.setattr(registry, "import_module", lambda _name: SimpleNamespace(FORMAT=one))
    registry.catalogued.cache_clear()
    with pytest.raises(ValueError, match="Formats need names"):
        registry.catalogued()
    registry.catalogued.cache_clear()


def test_the_ending_of_a_file_chooses_among_all_formats() -> None:
    offered = offers()
    assert {one.name for one in offered} >= set(registry.catalogued())
    for one in offered:
        assert of_file(f"a.b{one.ending}", offered) == one
        assert of_file(f"A{one.ending}".upper(), offered) == one
    assert of_file("a.txt", offered).name == "csv"
    assert of_file("a.ndjson", offered).name == "jsonl"
    seen = ["case.csv"]
    while (following := renamed(seen[-1], offered)) != seen[0]:
        seen.append(following)
    assert [of_file(file, offered) for file in seen] == list(offered)
