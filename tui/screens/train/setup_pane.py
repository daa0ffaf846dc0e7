"""Train's left side: the case in three lines, what goes into a training, and its stages while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from engine.errors import UsageError
from store.base.views import CaseSummary
from tui.dialogs.text import TextDialog
from tui.runtime.services import Services
from tui.screens.train.stage_list import StageList
from tui.screens.train.training_form import FUSED, parameters
from tui.widgets.line_pane import LinePane
from tui.widgets.parameter_form import ParameterForm
from tui.words.spans import Line

if TYPE_CHECKING:
    from engine.device import Device


class DataPane(LinePane):
    """Counts of a case."""

    BORDER_TITLE = "Data"
    _case: str | None = None
    _summary: CaseSummary | None = None

    def show(self, case: str | None, summary: CaseSummary | None) -> None:
        """Draw a case; its figures may come later."""
        self._case = case
        self._summary = summary if summary is not None and summary.name == case else None
        self.rebuild()

    def drawn(self, width: int, height: int) -> list[Line]:
        """Name, chains and hosts, processes and verdicts."""
        if self._case is None:
            return [[(" No case yet: 1 ingests logs.", "warning")]]
        lines: list[Line] = [[(f" {self._case}", "strong")]]
        one = self._summary
        if one is not None:
            lines.append([(f" {one.chains:,}", ""), (" chains on ", "dim"), (f"{one.hosts:,}", ""), (" hosts", "dim")])
            processes = one.kept - one.merged
            lines.append([(f" {processes:,}", ""), (" processes, ", "dim"), (f"{one.labels:,}", ""), (" verdicts", "dim")])
        return lines


@dataclass
class DevicesFound(Message):
    """torch told what there is."""

    devices: tuple[Device, ...]


class SetupPane(Vertical):
    """The case in figures, the form, the stages."""

    def __init__(self, services: Services) -> None:
        super().__init__(id="setup")
        self._services = services
        self._devices: tuple[Device, ...] | None = None
        self._cases = 1
        self.moved: float | None = None
        """The alert budget that somebody chose for the case."""

    def compose(self) -> ComposeResult:
        """One under the other."""
        yield DataPane(id="data")
        yield ParameterForm(id="parameters")
        yield StageList(id="stages")

    def on_mount(self) -> None:
        """Draw what is known; torch is asked in a thread, as importing it takes seconds."""
        self._show_form()
        self._find_devices()

    @property
    def form(self) -> ParameterForm:
        """The parameters."""
        return self.query_one(ParameterForm)

    @property
    def stages(self) -> StageList:
        """How far a training is."""
        return self.query_one(StageList)

    @property
    def values(self) -> dict[str, Any]:
        """What stands in the form."""
        return dict(self.form.values)

    def show_case(self) -> None:
        """The current case, with its figures where they were counted."""
        self.query_one(DataPane).show(self._services.case, self._services.summary)

    def show_choices(self, cases: int, moved: float | None) -> None:
        """How many cases there are to learn from, and the budget that was chosen for this one."""
        self._cases, self.moved = cases, moved
        self._show_form()

    def _show_form(self) -> None:
        order = self.form.values.get("order", FUSED)
        self.form.show(parameters(self._devices, self._cases, self.moved, order))

    @on(ParameterForm.Changed)
    def _changed(self, message: ParameterForm.Changed) -> None:
        if message.id == "order":  # the defaults of the others follow it
            self._show_form()

    @work(thread=True, exclusive=True, group="devices", exit_on_error=False)
    def _find_devices(self) -> None:
        from engine.device import available

        self.post_message(DevicesFound(available()))

    @on(DevicesFound)
    def _devices_found(self, message: DevicesFound) -> None:
        self._devices = message.devices
        self._services.device = message.devices[0].line
        self._show_form()

    @on(ParameterForm.Typed)
    def _typed(self, message: ParameterForm.Typed) -> None:
        one, parse = message.parameter, message.parameter.parse or str

        def wrong(text: str) -> str | None:
            try:
                parse(text)
            except UsageError as error:
                return error.message
            return None

        value = "" if message.value is None else str(message.value)
        TextDialog(one.label, value, hint=one.help, check=wrong).ask(self, lambda text: self.form.set(one.id, parse(text)))
