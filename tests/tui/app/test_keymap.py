"""Keys that a user changed: what is wrong with them is told, and the page that lists them is true."""

from __future__ import annotations

from tests.keys_page import PAGE, page
from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.app.keymap import bindings_of, problems
from tui.runtime.services import Services
from tui.screens.base import TITLES


def test_the_page_of_keys_is_that_of_the_bindings() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.keys_page"


def test_as_they_are_no_two_acts_of_a_screen_share_a_key() -> None:
    for mode, bindings in bindings_of(OddkinApp).items():
        taken = [key for binding in bindings.values() for key in binding.key.split(",")]
        assert len(taken) == len(set(taken)), mode
    assert set(bindings_of(OddkinApp)) == set(TITLES)


def test_a_name_that_nothing_has_is_told_with_the_nearest() -> None:
    assert list(problems({"verdict.malicous": "f7"}, OddkinApp)) == [
        "settings.json: no key is called verdict.malicous. Did you mean verdict.malicious?"
    ]


def test_a_key_that_two_acts_would_have_is_told_once() -> None:
    said = list(problems({"verdict.malicious": "b"}, OddkinApp))
    assert said == ["settings.json: b is both verdict.benign and verdict.malicious."]
    assert list(problems({"verdict.malicious": "f7,f8"}, OddkinApp)) == []


async def test_it_is_said_when_the_interface_starts(ingested: Services) -> None:
    ingested.settings.keymap = {"no.such\x1b[31m": "f7"}
    app = OddkinApp(ingested)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await wait_for(lambda: any(note.title == "Keys" for note in app._notifications), "it is told", pilot)
        assert "\x1b" not in "".join(note.message for note in app._notifications)
