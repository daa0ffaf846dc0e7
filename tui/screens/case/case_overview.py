"""The pane that says where a case stands and which key comes next; without a case, the welcome."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from engine.untrusted import visible
from tui.words.case_story import NextStep

WELCOME = (
    ("I", "ingest logs: a file, a folder, an archive; or paste a path here"),
    ("d", "no logs at hand? look around in a simulated case"),
    ("?", "the keys that work here; : searches all commands; q leaves"),
)
LABEL = 10


class CaseOverview(Static):
    """Draws what it is told."""

    DEFAULT_CSS = """
    CaseOverview { height: auto; }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._lines: list[tuple[str, Content]] = []
        """Labels and what stands behind them."""
        self._laid_out = 0

    def on_resize(self, event: Resize) -> None:
        """Lines break elsewhere."""
        if self._lines and event.size.width != self._laid_out:
            self._lay_out()

    def welcome(self, workspace: str) -> None:
        """There is no case yet."""
        self._lines = []
        lines = [
            Content.styled("oddkin puts the processes that do not belong on top.", "bold"),
            Content("Logs in, process chains out, strangest first; one key gives a verdict. Everything stays on this machine."),
            Content(""),
            *(Content.assemble((f"  {key}  ", "bold $accent"), told) for key, told in WELCOME),
            Content(""),
            Content.styled(f"Cases are kept in {visible(workspace)}", "$text-muted"),
        ]
        self.update(Content("\n").join(lines))

    def counting(self) -> None:
        """Figures are being counted."""
        self._lines = []
        self.update(Content.styled("Counting …", "$text-muted"))

    def tell(self, figures: Sequence[tuple[str, str]], model: tuple[str, bool], step: NextStep, last: str) -> None:
        """Figures, model with a mark when it needs attention, the next step, what the last ingest did."""
        lines = [(label, Content(visible(text))) for label, text in figures]
        text, heed = model
        warned = Content.assemble(("! " if heed else "", "$text-warning"), (visible(text), "$text-warning" if heed else ""))
        key = (f" {step.key} ", "bold $background on $accent")
        lines += [("Model", warned), ("Next", Content.assemble(key, (f" {step.action}", "bold"), f": {step.why}"))]
        if last:
            lines.append(("Ingested", Content(visible(last))))
        self._lines = lines
        self._lay_out()

    def _lay_out(self) -> None:
        """What takes several lines stays behind its label."""
        self._laid_out = self.size.width
        room = max(self._laid_out - LABEL, 20) if self._laid_out else 1_000
        self.update(
            Content("\n").join(
                Content.assemble((f"{label if place == 0 else '':<{LABEL}}", "$text-muted"), part)
                for label, told in self._lines
                for place, part in enumerate(told.wrap(room))
            )
        )
