from __future__ import annotations

import pytest

from engine.classifier.synthetic import Vocabulary, abnormal, normal
from engine.classifier.synthetic.sequences import LINUX, NOTHING, WINDOWS, names_of
from engine.classifier.synthetic.templates import program_sets, templates
from engine.domain.records import MAX_STEPS
from engine.paths import fold

OWN = Vocabulary.of(["/opt/web/nginx", "/usr/bin/bash", "/usr/bin/whoami"])


@pytest.mark.parametrize("system", [LINUX, WINDOWS])
def test_there_are_templates_of_both_kinds_for_both_systems(system: str) -> None:
    assert len(templates(system, normal=False)) >= 15
    assert len(templates(system, normal=True)) >= 5
    assert len({one.name for one in templates(system, normal=False)}) == len(templates(system, normal=False))


def test_every_program_is_a_folded_path() -> None:
    for some in program_sets().values():
        for folder in some.folders:
            for name in some.names:
                path = (folder + name).replace("{random}", "abc")
                assert fold(path) == path


def test_the_same_seed_gives_the_same_sequences_and_another_seed_others() -> None:
    first = abnormal(50, OWN, [LINUX, WINDOWS], 1)
    assert first == abnormal(50, OWN, [LINUX, WINDOWS], 1)
    assert first != abnormal(50, OWN, [LINUX, WINDOWS], 2)
    assert normal(20, OWN, [LINUX], 1) == normal(20, OWN, [LINUX], 1)


def test_sequences_are_chains_and_say_where_they_come_from() -> None:
    made = abnormal(200, OWN, [LINUX], 3) + normal(100, OWN, [LINUX], 3)
    assert all(1 <= len(one.steps) <= MAX_STEPS for one in made)
    assert all(one.abnormal for one in made[:200])
    assert not any(one.abnormal for one in made[200:])
    assert {one.template for one in made[:200]} > {"random"}
    assert "random" not in {one.template for one in made[200:]}


def test_the_cases_own_programs_are_used_where_it_has_them() -> None:
    steps = {step for one in abnormal(200, OWN, [LINUX], 3) for step in one.steps}
    assert "/opt/web/nginx" in steps
    assert all("{" not in step for step in steps)
    foreign = {step for one in abnormal(200, NOTHING, [LINUX], 3) for step in one.steps}
    assert "/opt/web/nginx" not in foreign
    assert "random" not in {one.template for one in abnormal(200, NOTHING, [LINUX], 3)}


def test_a_vocabulary_does_not_depend_on_the_order_of_reading() -> None:
    assert Vocabulary.of(["/b/x", "/a/x"]) == Vocabulary.of(["/a/x", "/b/x", "/a/x"])


def test_names_are_plain() -> None:
    made = [names_of(one) for one in normal(50, NOTHING, [LINUX], 1)]
    assert all("/" not in step for one in made for step in one.steps)
