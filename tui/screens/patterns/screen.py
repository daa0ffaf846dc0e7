"""Patterns: normalisation rules with their guards, clusters and live effect; accept, reject, edit; a map of the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from engine.errors import ModelError, NotFound, OddkinError
from engine.rules.learning.learn import ClusterView
from engine.rules.learning.patterns import Patterns
from engine.rules.rule import Rule
from tui.actions import rules as rule_jobs
from tui.actions.rules import Exchange, LiveEffect
from tui.dialogs.confirm import ConfirmDialog
from tui.dialogs.text import TextDialog
from tui.runtime.beside import beside
from tui.runtime.jobs_runner import JobRunner
from tui.runtime.messages import JobEnded
from tui.runtime.services import Services
from tui.screens.base import ModeScreen
from tui.screens.patterns.detail_pane import DetailPane
from tui.screens.patterns.rule_words import cluster_detail, detail_lines, exchange_lines
from tui.screens.patterns.tables import ClusterTable, RuleTable
from tui.widgets.line_pane import CursorPane


class PatternsScreen(ModeScreen):
    """Lists rules and decides about them."""

    MODE = "patterns"
    HELP = (
        "Rules replace the part of a name that machines fill in: versions, UUIDs, temporary names. They are learnt from clusters"
        " of words; each has passed every guard or is refused. **a** accepts, **D** rejects, **enter** changes one after a"
        " preview. **v** shows the clusters instead, with the rule of each, then the map of their words. Decisions take effect"
        " with the next training."
    )
    CSS_PATH = "patterns.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-wide")]  # noqa: RUF012  # declared without ClassVar by Screen
    AUTO_FOCUS = "RuleTable"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "learn", "Learn", id="patterns.learn", tooltip="Learn rules from this case"),
        Binding("a", "decide('accepted')", "Accept", id="patterns.accept", tooltip="Apply it in the next training"),
        Binding(
            "D", "decide('rejected')", "Reject", id="patterns.reject", tooltip="Never apply it, also when it is learnt again"
        ),
        Binding(
            "enter", "change", "Change", id="patterns.change", tooltip="Edit its pattern; the effect is shown before it is taken"
        ),
        Binding(
            "v", "view", "View", id="patterns.view", tooltip="Clusters of words instead of rules, then their map, then rules"
        ),
        *DetailPane.KEYS,
    ]

    def __init__(self, services: Services, runner: JobRunner) -> None:
        super().__init__(services, runner)
        self._details = DetailPane(id="detail")
        self.adopt(self._details)
        self._effect: LiveEffect | None = None
        self._by_cluster = False
        self._mapped = False
        """The map of the clusters' words stands where the details do."""

    def compose_body(self) -> ComposeResult:
        """List and details."""
        with Horizontal(id="panes"):
            yield RuleTable(id="list")
            yield ClusterTable(id="clusters")
            yield self._details

    def on_mount(self) -> None:
        """Read the store."""
        self.query_one(ClusterTable).display = False
        self.refresh_case()

    # Loading -----------------------------------------------------------------------------------------------------------

    def refresh_case(self) -> None:
        """Read the store anew; the effect is of another case."""
        self._effect = None
        beside(self, "rules", self._load, self._loaded)

    @on(JobEnded)
    def _job_over(self, message: JobEnded) -> None:
        if message.name == rule_jobs.LEARN:
            self.refresh_case()

    def _load(self) -> tuple[tuple[Rule, ...], Patterns | None]:
        store = self.services.workspace.rules
        patterns: Patterns | None = None
        with suppress(NotFound, ModelError):  # not learnt yet, or damaged: the rules stand without them
            patterns = store.patterns()
        return store.list(), patterns

    def _loaded(self, found: tuple[tuple[Rule, ...], Patterns | None]) -> None:
        rules, self._details.patterns = found
        table = self.query_one(RuleTable)
        table.show(rules)
        applied = sum(rule.state.value == "accepted" and not rule.refusals for rule in rules)
        table.border_title = f"Rules ({applied} of {len(rules)} applied)"
        self.query_one(ClusterTable).show(self._clusters(rules))
        self._show_details()

    def _clusters(self, rules: tuple[Rule, ...]) -> list[tuple[ClusterView, Rule | None]]:
        """Clusters of the last learning, each with the rule that changes most of its words, as it stands now."""
        patterns = self._details.patterns
        found = [] if patterns is None else patterns.clusters
        by_pattern = {rule.pattern: rule for rule in rules}
        return [(one, next(iter(self._rules_of(one, by_pattern)), None)) for one in found]

    def _rules_of(self, cluster: ClusterView, by_pattern: Mapping[str, Rule]) -> list[Rule]:
        patterns = self._details.patterns
        names = () if patterns is None else patterns.rules
        return [by_pattern[names[place]] for place in cluster.rules if place < len(names) and names[place] in by_pattern]

    # Details -------------------------------------------------------------------------------------------------------------

    @property
    def rule(self) -> Rule | None:
        """The rule that keys act on: the one under the cursor, or that of the cluster under the cursor."""
        if not self._by_cluster:
            return self.query_one(RuleTable).current
        row = self.query_one(ClusterTable).current
        return row[1] if row is not None else None

    @on(CursorPane.Moved)
    def _moved(self) -> None:
        self._mapped = False
        self._show_details()

    def _show_details(self) -> None:
        rule = self.rule
        if self._mapped:
            return
        if self._by_cluster:
            self._show_cluster()
        elif rule is None:
            self._say("No rules yet", "There are no rules yet.", "r learns them from the paths of this case.")
        else:
            from engine.rules.guards import check

            self._details.show(f"Rule {rule.id}", detail_lines(rule, check(rule), self._details.patterns, self._effect))
        if rule is not None and self.services.case is not None and (self._effect is None or self._effect.rule != rule.id):
            effect = partial(rule_jobs.live_effect, self.services.workspace, self.services.case, rule)
            beside(self, "effect", effect, self._counted, gone=OddkinError)

    def _show_cluster(self) -> None:
        row = self.query_one(ClusterTable).current
        if row is None:
            self._say("No clusters", "Nothing was learnt in this workspace yet.", "r learns from the paths of this case.")
            return
        from engine.rules.guards import check

        by_pattern = {rule.pattern: rule for rule in self.query_one(RuleTable).items}
        rules = [(rule, check(rule)) for rule in self._rules_of(row[0], by_pattern)]
        self._details.show(f"Cluster {row[0].number}", cluster_detail(row[0], rules, self._effect))

    def _say(self, title: str, text: str, hint: str) -> None:
        self._details.show(title, [[(text, "")], [(hint, "dim")]])

    def action_view(self) -> None:
        """Rules, clusters, the map of their words; then rules again."""
        if self._by_cluster and not self._mapped and self._details.patterns is not None:
            self._mapped = True
            self._details.map()
            return
        self._by_cluster, self._mapped = not self._by_cluster, False
        table, clusters = self.query_one(RuleTable), self.query_one(ClusterTable)
        table.display, clusters.display = not self._by_cluster, self._by_cluster
        (clusters if self._by_cluster else table).focus()
        self._show_details()

    def _counted(self, effect: LiveEffect) -> None:
        current = self.rule
        if current is not None and current.id == effect.rule:
            self._effect = effect
            self._show_details()

    # Actions -------------------------------------------------------------------------------------------------------------

    def action_learn(self) -> None:
        """Learn from the case."""
        case = self.services.case
        if case is None:
            self.notify("There is no case to learn from: press 1 and ingest logs.", severity="warning")
        else:
            self.start(rule_jobs.LEARN, partial(rule_jobs.learn, self.services.workspace, case))

    def action_decide(self, state: str) -> None:
        """Accept or reject the rule under the cursor."""
        from engine.rules.rule import State

        rule, effect = self.rule, self._effect
        if rule is None or rule.id is None:
            return
        try:
            self.services.workspace.rules.decide(rule.id, State(state))
        except OddkinError as error:
            self.notify(error.message, severity="warning", markup=False)
        else:
            known = effect is not None and effect.rule == rule.id and effect.chains is not None
            chains = f"; {effect.chains.changed:,} chains change" if known and effect and effect.chains else ""
            self.notify(f"Rule {rule.id} is {state}{chains}. Takes effect with the next training.", markup=False)
        self.refresh_case()

    def action_change(self) -> None:
        """Ask for another pattern, show what it would do, take it."""
        rule = self.rule
        if rule is None:
            return

        def taken(pattern: str) -> None:
            if pattern != rule.pattern:
                self._preview(rule, replace(rule, pattern=pattern, refusals=()))

        hint = "One (…) around the part to replace; text, classes, {m,n}, (?:a|b). No * and no +."
        TextDialog(f"Rule {rule.id}", rule.pattern, hint=hint, check=partial(_complaint, rule)).ask(self, taken)

    def _preview(self, old: Rule, new: Rule) -> None:
        case = self.services.case
        if case is None:
            self._ask(old, new, [])
        else:
            exchange = partial(rule_jobs.exchange, self.services.workspace, case, old, new)
            beside(self, "preview", exchange, lambda found: self._previewed(old, new, found))

    def _previewed(self, old: Rule, new: Rule, found: Exchange) -> None:
        if found.refusal:
            self.notify(f"That breaks a guard: {found.refusal}", severity="warning", markup=False)
        else:
            self._ask(old, new, exchange_lines(found))

    def _ask(self, old: Rule, new: Rule, detail: Sequence[str]) -> None:
        from engine.rules.rule import State

        def replaced(_yes: bool) -> None:
            try:
                self.services.workspace.rules.add(replace(new, state=State.ACCEPTED, kind="written"), instead=old.id)
            except OddkinError as error:
                self.notify(error.message, severity="warning", markup=False)
            self.refresh_case()

        ConfirmDialog(f"Replace rule {old.id}?", new.pattern, *detail, yes="Replace").ask(self, replaced)


def _complaint(rule: Rule, pattern: str) -> str | None:
    """What the guards say against a pattern."""
    from engine.rules.guards import check, refusals

    broken = refusals(check(replace(rule, pattern=pattern, refusals=())))
    return broken[0] if broken else None
