"""Styles are parsed once, and mean what Textual's own would."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from textual.css import stylesheet
from textual.css.stylesheet import Stylesheet

from tests.tui.waiting import wait_for
from tui.app import warm
from tui.app.app import OddkinApp
from tui.runtime.quick_styles import QuickStylesheet, sources_of
from tui.runtime.services import Services
from tui.runtime.theme import CHOICES

ROOT = Path(__file__).resolve().parents[3]
HEAVY = {"torch", "gensim", "sklearn", "scipy"}


async def test_no_source_is_parsed_twice_for_a_theme(trained: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[tuple[Any, ...]] = []
    parse = stylesheet.parse

    def counted(scope: str, css: str, read_from: Any, *args: Any, **options: Any) -> Any:
        parsed.append((read_from, css, options["tie_breaker"], options["variable_tokens"] is None))
        return parse(scope, css, read_from, *args, **options)

    monkeypatch.setattr(stylesheet, "parse", counted)
    app = OddkinApp(trained)
    async with app.run_test(size=(120, 36)) as pilot:
        for mode in ("tree", "triage", "models", "case", "triage"):
            app.open_mode(mode)
            await pilot.pause()
        assert len(parsed) == len(set(parsed))
        before = len(parsed)
        app.choose_theme("oddkin-light")
        await wait_for(lambda: len(parsed) > before, "the rules are read for the other theme", pilot)


@pytest.mark.parametrize("theme", CHOICES)
async def test_roles_look_as_textual_would_have_them(trained: Services, theme: str) -> None:
    from tui.screens.triage.queue_table import QueueTable
    from tui.widgets.painted import ROLES

    app = OddkinApp(trained, "triage")
    async with app.run_test(size=(120, 36)) as pilot:
        app.choose_theme(theme)
        await pilot.pause()
        table = app.screen.query_one(QueueTable)
        plain = Stylesheet(variables=app.get_css_variables())
        plain.source = app.stylesheet.source.copy()
        plain.parse()
        app.stylesheet = plain
        QueueTable.COMPONENT_CLASSES = {f"role--{name}" for name in ROLES}  # type: ignore[attr-defined]
        QueueTable._get_component_classes.cache_clear()
        try:
            plain.apply(table)
            for name in ROLES:
                assert table.role(name) == table.get_component_rich_style(f"role--{name}", partial=True), name
        finally:
            del QueueTable.COMPONENT_CLASSES  # type: ignore[attr-defined]
            QueueTable._get_component_classes.cache_clear()


def test_warming_up_imports_nothing_that_computes_and_prepares_the_styles() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from tui.app import warm\nfrom tui.runtime.quick_styles import QuickStylesheet\nfrom tui.runtime.theme import DEFAULT, OURS\n"
        "from textual.app import App\n"
        "sheet = QuickStylesheet(variables={**App().get_css_variables(), **OURS[DEFAULT].variables})\n"
        "warm._prepare(sheet)\n"
        "print(len(sheet._parse_cache), *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    count, *modules = done.stdout.split()
    assert not set(modules) & HEAVY
    assert int(count) > 50


def test_every_style_source_is_prepared_as_a_widget_would_add_it() -> None:
    from tui.screens.triage.queue_table import QueueTable

    prepared = {(read_from, css) for css, read_from, _tie, _scope in sources_of()}
    wanted = {(read_from, css) for read_from, css, _tie, _scope in QueueTable._get_default_css(QueueTable.__new__(QueueTable))}
    assert wanted <= prepared
    assert issubclass(QuickStylesheet, Stylesheet)
    assert warm.NEXT[0] == "triage"
