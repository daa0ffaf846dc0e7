"""Patterns: normalisation rules with their guards, clusters and live effect; accept, reject, edit; a map of the words."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message

from engine.errors import ModelError, NotFound, OddkinError
from engine.progress import CancelToken, silent
from tui import rule_jobs
from tui.dialogs.confirm import ConfirmDialog
from tui.dialogs.text import TextDialog
from tui.messages import JobEnded
from tui.render.rule_words import detail_lines
from tui.screens.base import ModeScreen
from tui.widgets.line_pane import CursorPane
from tui.widgets.rule_table import DetailPane, RuleTable
from tui.widgets.spans import Line

if TYPE_CHECKING:
    from engine.rules.patterns import Patterns
    from engine.rules.rule import Rule
    from engine.rules.wordmap import WordMap
    from tui.rule_jobs import LiveEffect

MAP_WORDS = 1500
"""Laid out in about ten seconds; the command line draws more."""


@dataclass
class RulesLoaded(Message):
    """The store was read."""

    rules: tuple[Rule, ...]
    patterns: Patterns | None


@dataclass
class EffectCounted(Message):
    """What the rule under the cursor does to the case."""

    effect: LiveEffect


@dataclass
class MapDrawn(Message):
    """The words have places."""

    found: WordMap


class PatternsScreen(ModeScreen):
    """Lists rules and decides about them."""

    MODE = "patterns"
    HELP = (
        "Rules replace the part of a name that machines fill in: versions, UUIDs, temporary names. They are learnt from clusters"
        " of words; each has passed every guard or is refused. **a** accepts, **d** rejects, **c** changes one after a preview."
        " Decisions take effect with the next training that uses rules (`oddkin train --rules`)."
    )
    CSS_PATH = "patterns.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012  # declared without ClassVar by Screen
    AUTO_FOCUS = "RuleTable"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "learn", "Learn", id="patterns.learn", tooltip="Learn rules from this case"),
        Binding("a", "decide('accepted')", "Accept", id="patterns.accept", tooltip="Apply it in the next training"),
        Binding(
            "d", "decide('rejected')", "Reject", id="patterns.reject", tooltip="Never apply it, also when it is learnt again"
        ),
        Binding(
            "c", "change", "Change", id="patterns.change", tooltip="Edit its pattern; the effect is shown before it is taken"
        ),
        Binding("m", "map", "Map", id="patterns.map", tooltip="The words as a plane, alike ones together"),
        Binding("slash", "nearest", "Nearest", key_display="/", id="patterns.nearest", tooltip="Words nearest to a word"),
    ]

    _patterns: Patterns | None = None
    _effect: LiveEffect | None = None

    def compose_body(self) -> ComposeResult:
        """List and details."""
        with Horizontal(id="panes"):
            yield RuleTable(id="list")
            yield DetailPane(id="detail")

    def on_mount(self) -> None:
        """Read the store."""
        self.refresh_case()

    # Loading -----------------------------------------------------------------------------------------------------------

    def refresh_case(self) -> None:
        """Read the store anew; the effect is of another case."""
        self._effect = None
        self._load()

    @on(JobEnded)
    def _job_over(self, message: JobEnded) -> None:
        if message.name == rule_jobs.LEARN:
            self.refresh_case()

    @work(thread=True, exclusive=True, group="rules", exit_on_error=False)
    def _load(self) -> None:
        store = self.services.workspace.rules
        patterns: Patterns | None = None
        with suppress(NotFound, ModelError):  # not learnt yet, or damaged: the rules stand without them
            patterns = store.patterns()
        self.post_message(RulesLoaded(store.list(), patterns))

    @on(RulesLoaded)
    def _loaded(self, message: RulesLoaded) -> None:
        self._patterns = message.patterns
        table = self.query_one(RuleTable)
        table.show(message.rules)
        applied = sum(rule.state.value == "accepted" and not rule.refusals for rule in message.rules)
        table.border_title = f"Rules ({applied} of {len(message.rules)} applied)"
        self._show_details()

    # Details -------------------------------------------------------------------------------------------------------------

    @on(CursorPane.Moved)
    def _show_details(self) -> None:
        rule, pane = self.query_one(RuleTable).current, self.query_one(DetailPane)
        if rule is None:
            pane.border_title = "No rules yet"
            pane.show([[("There are no rules yet.", "")], [("l learns them from the paths of this case.", "dim")]])
            return
        from engine.rules.guards import check

        pane.border_title = f"Rule {rule.id}"
        pane.show(detail_lines(rule, check(rule), self._patterns, self._effect))
        if self.services.case is not None and (self._effect is None or self._effect.rule != rule.id):
            self._count(self.services.case, rule)

    @work(thread=True, exclusive=True, group="effect", exit_on_error=False)
    def _count(self, case: str, rule: Rule) -> None:
        with suppress(OddkinError):  # the case was removed meanwhile
            self.post_message(EffectCounted(rule_jobs.live_effect(self.services.workspace, case, rule)))

    @on(EffectCounted)
    def _counted(self, message: EffectCounted) -> None:
        current = self.query_one(RuleTable).current
        if current is not None and current.id == message.effect.rule:
            self._effect = message.effect
            self._show_details()

    # Actions -------------------------------------------------------------------------------------------------------------

    def action_learn(self) -> None:
        """Learn from the case."""
        case = self.services.case
        if case is None:
            self.notify("There is no case to learn from: press 1 and ingest logs.", severity="warning")
        elif not self.runner.start(rule_jobs.LEARN, partial(rule_jobs.learn, self.services.workspace, case)):
            self.notify(f"{self.runner.running} is running; try again when it has ended.", severity="warning", markup=False)

    def action_decide(self, state: str) -> None:
        """Accept or reject the rule under the cursor."""
        from engine.rules.rule import State

        rule = self.query_one(RuleTable).current
        if rule is None or rule.id is None:
            return
        try:
            self.services.workspace.rules.decide(rule.id, State(state))
        except OddkinError as error:
            self.notify(error.message, severity="warning", markup=False)
        self.refresh_case()

    def action_change(self) -> None:
        """Ask for another pattern, show what it would do, take it."""
        rule = self.query_one(RuleTable).current
        if rule is None:
            return

        def taken(pattern: str | None) -> None:
            if pattern is not None and pattern != rule.pattern:
                self._preview(rule, replace(rule, pattern=pattern, refusals=()))

        hint = "One (…) around the part to replace; text, classes, {m,n}, (?:a|b). No * and no +."
        self.app.push_screen(TextDialog(f"Rule {rule.id}", rule.pattern, hint=hint, check=partial(_complaint, rule)), taken)

    @work(thread=True, exclusive=True, group="preview", exit_on_error=False)
    def _preview(self, old: Rule, new: Rule) -> None:
        case = self.services.case
        detail = ""
        if case is not None:
            before = rule_jobs.live_effect(self.services.workspace, case, old).with_it
            after = rule_jobs.live_effect(self.services.workspace, case, new).with_it
            detail = (
                f"Paths of this case: {before.paths_after:,} with the old rule → {after.paths_after:,} with the new one; "
                f"words {before.words_after:,} → {after.words_after:,}."
            )
        self.app.call_from_thread(self._ask, old, new, detail)

    def _ask(self, old: Rule, new: Rule, detail: str) -> None:
        from engine.rules.rule import State

        def answered(yes: bool | None) -> None:
            if not yes:
                return
            try:
                self.services.workspace.rules.add(replace(new, state=State.ACCEPTED, kind="written"), instead=old.id)
            except OddkinError as error:
                self.notify(error.message, severity="warning", markup=False)
            self.refresh_case()

        self.app.push_screen(ConfirmDialog(f"Replace rule {old.id}?", f"{new.pattern}\n{detail}", yes="Replace"), answered)

    def action_nearest(self) -> None:
        """Ask for a word, show its neighbours."""
        if self._patterns is None:
            self.notify("Nothing was learnt yet: l learns.", severity="warning")
            return
        patterns = self._patterns

        def taken(word: str | None) -> None:
            if not word:
                return
            from engine.untrusted import visible

            found = patterns.nearest(word.lower() if word not in patterns.words else word)
            lines: list[Line] = [[(f"nearest to {visible(word, 60)}", "title")]]
            lines += [[(f"{near:6.3f}  ", "dim"), (visible(one, 90), "")] for one, near in found]
            pane = self.query_one(DetailPane)
            pane.border_title = "Nearest words"
            pane.show(lines)

        self.app.push_screen(TextDialog("Nearest words", hint="A directory or file name, seen or not."), taken)

    def action_map(self) -> None:
        """Lay the words out."""
        if self._patterns is None:
            self.notify("Nothing was learnt yet: l learns.", severity="warning")
            return
        pane = self.query_one(DetailPane)
        pane.border_title = "Map of words"
        pane.show([[("Laying out the words …", "dim")]])
        self._draw(self._patterns)

    @work(thread=True, exclusive=True, group="map", exit_on_error=False)
    def _draw(self, patterns: Patterns) -> None:
        from engine.rules.wordmap import word_map

        try:
            self.post_message(MapDrawn(word_map(patterns, 1, silent, CancelToken(), most=MAP_WORDS)))
        except OddkinError as error:
            self.app.call_from_thread(self.notify, error.message, severity="warning", markup=False)

    @on(MapDrawn)
    def _drawn(self, message: MapDrawn) -> None:
        from tui.render.word_map import scatter

        pane = self.query_one(DetailPane)
        area = pane.scrollable_content_region
        lines, legend = scatter(message.found, max(area.width, 20), max(area.height - 3, 10))
        pane.show([*([(line, "")] for line in lines), [("", "")], *([(text, "dim")] for text in legend)])


def _complaint(rule: Rule, pattern: str) -> str | None:
    """What the guards say against a pattern."""
    from engine.rules.guards import check, refusals

    broken = refusals(check(replace(rule, pattern=pattern, refusals=())))
    return broken[0] if broken else None
