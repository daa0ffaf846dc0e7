"""`oddkin sigma` with pySigma and its SQLite backend themselves: drafts mark what they say, what works against them is ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.progress import Run
from engine.sigma.conversion import converted
from engine.sigma.folder import rule_folder
from engine.sigma.rules import ConvertedRule, RuleLeft, WhyLeft
from tests.outside.test_handover import export, judged
from tests.tui.home import Home

__all__ = ["judged"]

pytestmark = [pytest.mark.outside, pytest.mark.filterwarnings("default")]
pytest.importorskip("sigma.backends.sqlite", reason="pySigma is not installed: pip install -e '.[sigma]'")


def test_drafts_mark_as_many_processes_as_they_say(judged: Home, tmp_path: Path) -> None:
    text = export(judged, "sigma", "--verdict", "malicious")
    (tmp_path / "drafts.sigma.yml").write_text(text)
    done = judged.run("sigma", str(tmp_path / "drafts.sigma.yml"), "--format", "json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    descriptions = [line for line in text.splitlines() if line.startswith("description:")]
    said = [int(line.partition("it matches ")[2].split(" ")[0].replace(",", "")) for line in descriptions]
    assert sorted(rule["processes"] for rule in told["rules"]) == sorted(said)
    assert (told["asked"], told["lost"], told["absent_fields"]) == (3, 0, {})
    assert judged.run("marks", "forget").exit_code == 0


RULE = """title: {title}
logsource: {{category: process_creation, product: windows}}
detection:
  selection:
    {selection}
  condition: selection
"""
MANY = ", ".join(f"' -a{number} -b -c'" for number in range(40_000))


def test_a_rule_that_is_expanded_without_end_costs_itself(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(RULE.format(title="Many", selection=f"CommandLine|windash|contains: [{MANY}]"))
    (tmp_path / "b.yml").write_text(RULE.format(title="One", selection="Image|endswith: 'cmd.exe'"))
    first, second = converted(rule_folder(tmp_path, Run().raise_if_cancelled), Run(), seconds=3.0)
    assert isinstance(first, RuleLeft)
    assert first.why in {WhyLeft.SLOW, WhyLeft.UNREADABLE}  # out of time, or out of memory
    assert isinstance(second, ConvertedRule)


@pytest.mark.parametrize(
    ("selection", "marked"),
    [
        ("CommandLine|re: '(a+)+$'", True),
        ("CommandLine|contains|all: [powershell, ' -nop']", True),
        ("CommandLine|contains|cased: ' -NOP'", False),
        ("CommandLine|startswith: 'power?hell'", True),
        ("Image|fieldref|endswith: OriginalFileName", True),
        ("User|cidr: 10.0.0.0/8", False),
        ("CommandLine|base64offset|contains: 'nothing of that kind'", False),
        ('CommandLine|contains: "\' OR 1=1) --"', False),
        ("\"Image' OR 1=1 --\": x\n    Image|endswith: '.exe'", False),
    ],
)
def test_what_the_backend_writes_runs_and_finds_what_it_says(judged: Home, tmp_path: Path, selection: str, marked: bool) -> None:
    (tmp_path / "a.yml").write_text(RULE.format(title="A rule", selection=selection))
    done = judged.run("sigma", str(tmp_path / "a.yml"), "--format", "json")
    assert done.exit_code == 0, done.stderr
    assert bool(json.loads(done.stdout)["marked"]) == marked
    assert judged.run("marks", "forget").exit_code == 0
