"""Rules are read where they can be ended: what is slow or kills the process costs its own file, and is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import Cancelled, UsageError
from engine.progress import CancelToken, Run, Step
from engine.sigma import conversion
from engine.sigma.conversion import check_installed, converted
from engine.sigma.folder import rule_folder
from engine.sigma.rules import ConvertedRule, RuleLeft, WhyLeft

ANSWERS = "tests.engine.sigma.answers"


def folder(path: Path, **files: str) -> Path:
    path.mkdir(exist_ok=True)
    for name, text in files.items():
        (path / f"{name}.yml").write_text(text)
    return path


def read(path: Path, run: Run = Run(), **more: float) -> list[ConvertedRule | RuleLeft]:
    return [*converted(rule_folder(path, run.raise_if_cancelled), run, module=ANSWERS, **more)]


def test_each_file_has_its_answer_in_the_order_of_names(tmp_path: Path) -> None:
    steps: list[Step] = []
    found = read(folder(tmp_path / "r", b="two", a="one"), Run(steps.append))
    assert [(one.file, one.mark.title) for one in found if isinstance(one, ConvertedRule)] == [("a.yml", "one"), ("b.yml", "two")]
    assert found[0] == ConvertedRule("a.yml", found[0].mark, "", ("Image",), ("SELECT * FROM logs WHERE Image='a'",))
    assert (steps[-1].done, steps[-1].total, steps[-1].last) == (2, 2, True)


def test_a_slow_file_costs_itself_and_the_next_are_read(tmp_path: Path) -> None:
    found = read(folder(tmp_path / "r", a="slow", b="two"), seconds=0.3, first=20.0)
    assert [type(one) for one in found] == [RuleLeft, ConvertedRule]
    slow = found[0]
    assert isinstance(slow, RuleLeft)
    assert (slow.file, slow.why, slow.title) == ("a.yml", WhyLeft.SLOW, "")


def test_a_file_that_kills_its_reader_costs_itself(tmp_path: Path) -> None:
    found = read(folder(tmp_path / "r", a="die", b="two"))
    assert [getattr(one, "why", None) for one in found] == [WhyLeft.FAILED, None]
    assert "code 7" in str(found[0])


def test_a_cancelled_reading_ends_at_once(tmp_path: Path) -> None:
    token = CancelToken()
    where = folder(tmp_path / "r", a="one", b="slow")

    def stop(step: Step) -> None:
        token.cancel()

    with pytest.raises(Cancelled):
        read(where, Run(stop, token))


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> None:
        if "." in name:
            raise ModuleNotFoundError(name)

    monkeypatch.setattr(conversion, "find_spec", nothing)
    with pytest.raises(UsageError, match="pySigma") as raised:
        check_installed()
    assert raised.value.remedy == 'Install them: pip install "oddkin[sigma]"'
