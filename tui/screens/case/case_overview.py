"""The pane that says where a case stands and which key comes next; without a case, the welcome."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
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

    def welcome(self, workspace: str) -> None:
        """There is no case yet."""
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
        self.update(Content.styled("Counting …", "$text-muted"))

    def tell(self, figures: Sequence[tuple[str, str]], model: tuple[str, bool], step: NextStep, last: str) -> None:
        """Figures, model with a mark when it needs attention, the next step, what the last ingest did."""
        lines = [Content.assemble((f"{label:<{LABEL}}", "$text-muted"), visible(text)) for label, text in figures]
        text, heed = model
        lines.append(
            Content.assemble(
                (f"{'Model':<{LABEL}}", "$text-muted"),
                ("! " if heed else "", "$text-warning"),
                (visible(text), "$text-warning" if heed else ""),
            )
        )
        lines.append(
            Content.assemble(
                (f"{'Next':<{LABEL}}", "$text-muted"),
                (f" {step.key} ", "bold $background on $accent"),
                (f" {step.action}", "bold"),
                f": {step.why}",
            )
        )
        if last:
            lines.append(Content.assemble((f"{'Ingested':<{LABEL}}", "$text-muted"), visible(last)))
        self.update(Content("\n").join(lines))
