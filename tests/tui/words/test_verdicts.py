"""Everything that shows verdicts or takes them knows all of them, and none knows them by heart."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from engine.domain.verdicts import VERDICTS, Verdict
from store.where.keys import KEYS
from tui.screens.triage.queue_table import QueueTable
from tui.screens.triage.verdict_pane import VerdictPane
from tui.widgets.painted import ROLES, Painted
from tui.words.learnt_words import labels_words
from tui.words.verdicts import KEYS_OF, LOOKS

ROOT = Path(__file__).resolve().parents[3]
OWN = {"engine/domain/verdicts.py", "tui/words/verdicts.py"}
"""Where a verdict may be written as a word."""
OTHER_MEANING = {
    "engine/classifier/comparison.py": "a figure of the comparison",
    "engine/classifier/trust.py": "a figure and a word for people",
    "tui/words/classifier_words.py": "names of figures",
}


def test_no_module_keeps_a_list_of_verdicts_of_its_own() -> None:
    found = set()
    for path in sorted(path for room in ("engine", "store", "tui") for path in (ROOT / room).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(("store/migrations/", "engine/simulator/")):
            continue
        constants = {
            node.value for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Constant)
        }
        if constants & {verdict.word for verdict in Verdict if verdict is not Verdict.UNDETERMINED}:
            found.add(name)
    assert found <= OWN | set(OTHER_MEANING)


@pytest.mark.parametrize("word", VERDICTS)
def test_each_verdict_has_a_key_a_colour_and_words(word: str) -> None:
    look = LOOKS[word]
    keys = {one.action: one.key for one in VerdictPane.KEYS}
    assert keys[f"verdict('{word}')"] == KEYS_OF[word] == look.key
    assert look.glyph == look.key.upper()
    assert word in ROLES
    assert f".role--{word} {{ {look.style} }}" in Painted.DEFAULT_CSS
    assert f"**{look.key}** {look.name}" in QueueTable.HELP
    assert word in KEYS["verdict"].words
    assert labels_words({"labels": {word: 1200, "newer": 1}}) == f"1,200 {look.name}"


def test_no_two_verdicts_look_alike() -> None:
    for column in ("glyph", "name", "short", "key"):
        assert len({getattr(look, column) for look in LOOKS.values()}) == len(VERDICTS)
    assert list(LOOKS) == list(VERDICTS)
