"""The page keeps what other runs have written."""

from __future__ import annotations

from pathlib import Path

from tests.robustness.attack import FAILED, Attack, Report
from tests.robustness.page import page, section, with_rows
from tests.robustness.registry import attacks


def _attack(name: str) -> Attack:
    return Attack(name, f"About {name}.", lambda *_: Report(), 1, 1, formats=("a", "b"))


def _report(rows: dict[str, dict[str, int]], failures: int = 0) -> Report:
    return Report(rows, ["x"] * failures, seconds=dict.fromkeys(rows, 60.0))


def test_a_run_leaves_the_tables_of_other_attacks() -> None:
    one, two = _attack("one"), _attack("two")
    tables = {attack.name: section(attack, _report({"a": {"kept": 1_200}}), 7, 1_200, 60.4) for attack in (one, two)}
    written = page("", tables, ["one", "two"])
    again = section(two, _report({"a": {"kept": 5}}), 8, 5, 1)
    both = page(written, {"two": again}, ["one", "two"])
    assert both == written.replace(tables["two"], again)
    assert "Seed 7, 1,200 rounds, 60 s of CPU, 0 failures.\n\n| | kept | CPU s |\n|---|---:|---:|\n| a | 1,200 | 60 |\n" in both


def test_one_format_is_added_to_its_row_or_made_anew_where_it_failed() -> None:
    one = _attack("one")
    rows = {"a": {"kept": 1_000, f"{FAILED}: lost": 2}, "b": {"lost alone": 3}}
    written = page("", {"one": section(one, _report(rows, 2), 7, 1_005, 120)}, ["one"])
    made = with_rows(written, one, section(one, _report({"a": {"kept": 50}}), 9, 50, 60))
    assert "Seeds 7, 9, 53 rounds, 120 s of CPU, 0 failures.\n" in made
    assert made.endswith("| | kept | lost alone | CPU s |\n|---|---:|---:|---:|\n| b | 0 | 3 | 60 |\n| a | 50 | 0 | 60 |\n")
    more = section(one, _report({"b": {f"{FAILED}: lost": 1, "lost alone": 4}}, 1), 9, 5, 60)
    third = with_rows(page("", {"one": made}, ["one"]), one, more)
    assert "Seeds 7, 9, 58 rounds, 180 s of CPU, 1 failures.\n" in third
    assert "| b | 1 | 0 | 7 | 120 |\n" in third


def test_formats_of_a_family_have_their_shares(tmp_path: Path) -> None:
    tables = attacks()["mappers-tables"]
    report = tables.run(tmp_path, 1, 2 * len(tables.formats))
    assert {row: sum(cells.values()) for row, cells in report.rows.items()} == dict.fromkeys(tables.formats, 2)
    alone = tables.run(tmp_path, 1, 2, only=tables.formats[-1])
    assert alone.rows == {tables.formats[-1]: report.rows[tables.formats[-1]]}
