"""Models: the store's versions, what each is made of, two side by side; use, score, verify, export, import, remove."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from engine.errors import NotFound
from tui.actions import models as model_jobs
from tui.actions.models import short_id
from tui.dialogs.confirm import ConfirmDialog
from tui.dialogs.text import TextDialog
from tui.runtime.beside import beside
from tui.runtime.jobs_runner import telling
from tui.runtime.messages import JobEnded, ScoresChanged
from tui.screens.base import ModeScreen
from tui.screens.models.model_table import ModelRow, ModelTable
from tui.screens.models.model_words import cases_of, detail_lines, difference_lines, row, told_apart
from tui.widgets.comparison import ComparisonPane, comparison_lines
from tui.widgets.line_pane import CursorPane
from tui.widgets.path_input import Target

if TYPE_CHECKING:
    from store.models.rows import ModelView
    from store.queue.comparison import ModelComparison

OURS = frozenset({
    model_jobs.TRAIN, model_jobs.CLASSIFY,
    model_jobs.USE, model_jobs.SCORE, model_jobs.VERIFY, model_jobs.IMPORT_MODEL, model_jobs.REMOVE,
})  # fmt: skip
"""Jobs after which the list is another one."""


class ModelsScreen(ModeScreen):
    """Lists models and acts on the one under the cursor."""

    MODE = "models"
    HELP = (
        "Every training and every import adds a model; none is ever changed. **space** marks one, and whatever the cursor is on"
        " is compared with it: parameters, metrics, and the queues where both have scored this case (**W** ranks it"
        " without switching). A classifier scores nothing: **w** lets it re-order the queue beside the detector in use."
    )
    CSS_PATH = "models.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-wide")]  # noqa: RUF012  # declared without ClassVar by Screen
    AUTO_FOCUS = "ModelTable"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "use", "Use", id="models.use", tooltip="Rank this case by it from now on"),
        Binding("W", "score", "Rank only", show=False, id="models.score", tooltip="Rank this case by it without using it"),
        Binding("r", "verify", "Verify", id="models.verify", tooltip="Compare every model's files with their hashes"),
        Binding("e", "export", "Export", id="export", tooltip="Write it as one file, for another workstation"),
        Binding("I", "import", "Import", id="models.import", tooltip="Take a model from a file"),
        Binding("D", "remove", "Remove", id="models.remove", tooltip="Delete it with the scores it gave"),
    ]

    _models: tuple[ModelView, ...] = ()
    _scored: tuple[str, ...] = ()

    def compose_body(self) -> ComposeResult:
        """List and details."""
        with Horizontal(id="panes"):
            yield ModelTable(id="list")
            yield ComparisonPane(id="detail")

    def on_mount(self) -> None:
        """Read the store."""
        self.refresh_case()

    # Loading -----------------------------------------------------------------------------------------------------------

    def refresh_case(self) -> None:
        """Read the store anew."""
        beside(self, "models", partial(self._load, self.services.case), self._loaded)

    @on(ScoresChanged)
    def _scores_changed(self) -> None:
        self.when_shown(self.refresh_case)

    @on(JobEnded)
    def _job_over(self, message: JobEnded) -> None:
        if message.name in OURS:
            self.refresh_case()

    def _load(self, case: str | None) -> tuple[str | None, tuple[ModelView, ...], tuple[str, ...]]:
        workspace = self.services.workspace
        scored: tuple[str, ...] = ()
        with suppress(NotFound):  # removed meanwhile
            scored = workspace.thresholds.scored_models(case) if case is not None else ()
        return case, workspace.vault.list(), scored

    def _loaded(self, found: tuple[str | None, tuple[ModelView, ...], tuple[str, ...]]) -> None:
        case, self._models, self._scored = found
        now = self.services.now()
        table = self.query_one(ModelTable)
        short = told_apart([model.id for model in self._models])
        table.show([row(model, short[model.id], case, self._scored, now) for model in self._models])
        table.border_title = f"Models ({len(self._models)})"
        self._show_details()

    # Details -------------------------------------------------------------------------------------------------------------

    @on(CursorPane.Moved)
    @on(ModelTable.Marked)
    def _show_details(self) -> None:
        table, pane = self.query_one(ModelTable), self.query_one(ComparisonPane)
        model, other = self._view(table.current), self._by_id(table.marked)
        if model is None:
            pane.border_title = "No model yet"
            pane.say("There is no model yet.", "3 opens Train, r trains; I imports a model from a file.")
        elif other is None or other.id == model.id:
            pane.border_title = f"Model {short_id(model.id)}"
            pane.show(detail_lines(model, self.services.when(model.created_us), self.services.now()))
        else:
            pane.border_title = f"{short_id(other.id)} and {short_id(model.id)}"
            lines = difference_lines(other, model, self.services.now())
            case = self.services.case
            if case is not None and {other.id, model.id} <= set(self._scored):
                compared = partial(model_jobs.compared, self.services.workspace, case, other.id, model.id)
                beside(self, "compare", compared, self._compared)
            elif model_jobs.CLASSIFIER not in {other.kind, model.kind}:
                lines = [
                    *lines,
                    [("", "")],
                    [("Both must have scored this case to be compared on it: W ranks it by one.", "dim")],
                ]
            pane.show(lines)

    def _compared(self, found: ModelComparison) -> None:
        table = self.query_one(ModelTable)
        left, right = self._by_id(found.old), self._by_id(found.new)
        if left is None or right is None or (table.marked, table.current and table.current.id) != (found.old, found.new):
            return
        lines = comparison_lines(found, short_id(found.old), short_id(found.new))
        self.query_one(ComparisonPane).show([*lines, [("", "")], *difference_lines(left, right, self.services.now())])

    def _view(self, line: ModelRow | None) -> ModelView | None:
        return None if line is None else self._by_id(line.id)

    def _by_id(self, model_id: str | None) -> ModelView | None:
        return next((model for model in self._models if model.id == model_id), None)

    @property
    def _current(self) -> ModelView | None:
        model = self._view(self.query_one(ModelTable).current)
        if model is None:
            self.notify("There is no model yet: 3 opens Train, r trains.", severity="warning")
        return model

    # Actions -------------------------------------------------------------------------------------------------------------

    def _on_case(self, name: str, function: Any) -> None:
        """A job for the current case and the model under the cursor."""
        case, model = self.services.case, self._current
        if case is None:
            self.notify("There is no case to rank: press 1 and ingest logs.", severity="warning")
        elif model is not None:
            job = partial(function, self.services.workspace, case, model.id)
            self.start(name, telling(self.app.post_message, ScoresChanged(case, model.id), job))

    def action_use(self) -> None:
        """Rank the case by the model under the cursor."""
        self._on_case(model_jobs.USE, model_jobs.use)

    def action_score(self) -> None:
        """Score the case by it without using it."""
        model = self._view(self.query_one(ModelTable).current)
        if model is not None and model.kind == model_jobs.CLASSIFIER:
            self.notify("A classifier scores nothing by itself: w lets it re-order the queue.", severity="warning")
            return
        self._on_case(model_jobs.SCORE, model_jobs.score_beside)

    def action_verify(self) -> None:
        """Check the hashes of every model."""
        if self._current is not None:
            ids = [model.id for model in self._models]
            self.start(model_jobs.VERIFY, partial(model_jobs.verify, self.services.workspace, ids))

    def action_export(self) -> None:
        """Ask where to, write it."""
        model = self._current
        if model is None:
            return

        def taken(text: str) -> None:
            job = partial(model_jobs.export, self.services.workspace, model.id, Path(text).expanduser())
            self.start(model_jobs.EXPORT_MODEL, job)

        start = str(self.services.home / f"{model.id}.oddkin")
        hint = "One file with everything in it. Another workstation imports it with I, or oddkin models import FILE."
        dialog = TextDialog(f"Export model {short_id(model.id)}", start, hint=hint, check=Target().problem)
        dialog.ask(self, taken)

    def action_import(self) -> None:
        """Ask for a file, take it."""
        from tui.dialogs.open_path import OpenPathDialog

        def taken(path: Path) -> None:
            self.start(model_jobs.IMPORT_MODEL, partial(model_jobs.import_, self.services.workspace, path))

        OpenPathDialog("Import a model", self.services.home).ask(self, taken)

    def action_remove(self) -> None:
        """Ask, then delete it with its scores."""
        model = self._current
        if model is None:
            return

        def remove(_yes: bool) -> None:
            job = partial(model_jobs.remove, self.services.workspace, model.id)
            news = ScoresChanged(self.services.case or "", model.id)
            self.start(model_jobs.REMOVE, telling(self.app.post_message, news, job))

        scores = model.kind != model_jobs.CLASSIFIER
        kept = "The scores it gave go too; verdicts stay." if scores else "Verdicts stay."
        detail = [f"Trained on {cases_of(model)}. {kept}"]
        if model.used_by:
            without = "will have no ranking until another model is used" if scores else "will be ranked without it"
            detail.append(f"It is in use by {', '.join(model.used_by)}, which {without}.")
        ConfirmDialog(f"Remove model {short_id(model.id)}?", *detail, yes="Remove").ask(self, remove)
