"""Choosing evidence: a path by typing, pasting or walking, with a look at what is in it before anything is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from engine.progress import CancelToken, Run
from engine.untrusted import visible
from tui.runtime.beside import beside
from tui.screens.case.case_columns import When
from tui.screens.case.evidence_preview import EvidencePreview
from tui.widgets.dialog import Dialog
from tui.widgets.line_input import LineInput
from tui.widgets.path_input import PathInput
from tui.widgets.path_picker import PathPicker

if TYPE_CHECKING:
    from engine.jobs.preview import Look

PAUSE_S = 0.15
"""After the last key before a path is looked at."""
MAX_CASE = 80
MORE_SHOWN = 5
"""Further paths that are told by name."""


@dataclass(frozen=True, slots=True)
class IngestChoice:
    """The answer."""

    path: Path
    case: str
    password: str = field(default="", repr=False)
    """Of encrypted archives; never stored."""
    more: tuple[Path, ...] = ()
    """Paths that were given with it."""


class IngestDialog(Dialog[IngestChoice]):
    """Path and tree on the left, the look at it on the right, the case below."""

    DEFAULT_CSS = """
    IngestDialog > Vertical { width: 100%; max-width: 170; height: 100%; max-height: 46; padding: 0 1; }
    IngestDialog Horizontal.panes { height: 1fr; }
    IngestDialog PathPicker { width: 2fr; height: 1fr; margin-right: 2; }
    IngestDialog EvidencePreview { width: 3fr; height: 1fr; }
    IngestDialog.-narrow Horizontal.panes { layout: vertical; }
    IngestDialog.-narrow PathPicker { width: 1fr; height: 2fr; margin: 0; }
    IngestDialog.-narrow EvidencePreview { width: 1fr; height: 3fr; }
    IngestDialog .more { color: $text-muted; max-height: 3; }
    IngestDialog Horizontal.case { height: 1; margin-top: 1; }
    IngestDialog Horizontal.case Static { width: auto; color: $text-muted; }
    IngestDialog Horizontal.case Input { width: 1fr; }
    IngestDialog .problem { height: 1; }
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - declared without ClassVar by Screen

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Never mind", id="ingest.cancel"),
        Binding("ctrl+s", "take", "Ingest", priority=True, id="ingest.take", tooltip="Ingest the path into the case"),
    ]

    def __init__(self, start: Path, case: str, when: When, path: str = "", *more: str, workspace: Path = Path()) -> None:
        super().__init__()
        self._more = tuple(Path(one).expanduser() for one in more)
        self._workspace = workspace
        self._start, self._case, self._when, self._path = start, case, when, path
        self._token = CancelToken()
        self._refused: Path | None = None

    def compose(self) -> ComposeResult:
        """Panes, case, complaint."""
        with self.box("Ingest", "enter on a path ingests it · tab moves · esc leaves"):
            with Horizontal(classes="panes"):
                yield PathPicker(self._start, self._path)
                yield EvidencePreview(self._when)
            if self._more:
                yield Static(Content(self._with_them()), classes="more")
            with Horizontal(classes="case"):
                yield Static("into case  ", markup=False)
                yield LineInput(self._case, id="case", max_length=MAX_CASE)
                yield Static("  password  ", markup=False)
                yield LineInput(id="password", password=True, placeholder="of encrypted archives only")
            yield self.problem()

    def _with_them(self) -> str:
        shown = ", ".join(str(path) for path in self._more[:MORE_SHOWN])
        left = len(self._more) - MORE_SHOWN
        return visible(f"and with it {shown}{f' and {left:,} more' if left > 0 else ''}", 400)

    def on_mount(self) -> None:
        """Typing first; a pasted path is looked at straight away."""
        field = self.query_one(PathInput)
        field.focus()
        self.query_one(EvidencePreview).say("Files, folders and archives; formats are told by content. Evidence is only read.")
        if self._path:
            self._look_later(field.path)

    def on_unmount(self) -> None:
        """Nobody wants the look any more."""
        self._token.cancel()

    @on(PathPicker.Pointed)
    def _pointed(self, event: PathPicker.Pointed) -> None:
        if event.path != self._refused:  # typing tells of a path also after enter was pressed on it
            self.complain("")
        self._look_later(event.path)

    def _look_later(self, path: Path) -> None:
        self._token.cancel()
        # While the dialog closes the focus wanders over to the tree, which then points at something.
        if self.is_current:
            self._token = CancelToken()
            self._wait_and_look(path)

    @work(exclusive=True, group="pause")
    async def _wait_and_look(self, path: Path) -> None:
        await asyncio.sleep(PAUSE_S)  # typing goes on: a new key cancels this worker
        if not self.is_current or not self.query(EvidencePreview):  # the application ends: its widgets go one by one
            return
        if path.exists():
            self.query_one(EvidencePreview).say("Looking …")
            password = self.query_one("#password", Input).value
            beside(
                self,
                "look",
                partial(_look, [path, *self._more], password, self._workspace, self._token),
                partial(self._looked, path),
            )
        else:
            self.query_one(EvidencePreview).say("There is no such path yet.")

    def _looked(self, path: Path, found: Look) -> None:
        if self.is_current and self.query(EvidencePreview) and path == self.query_one(PathPicker).path:
            self.query_one(EvidencePreview).show(found)

    @on(PathPicker.Chosen)
    def _chosen(self, event: PathPicker.Chosen) -> None:
        self._take(event.path)

    @on(Input.Submitted, "#case")
    @on(Input.Submitted, "#password")
    def _given(self) -> None:
        self.action_take()

    @on(Input.Changed, "#password")
    def _password_typed(self) -> None:
        if (path := self.query_one(PathPicker).path) is not None:
            self._look_later(path)

    def action_take(self) -> None:
        """The path in the field into the case in the field."""
        path = self.query_one(PathPicker).path
        if path is None:
            self.complain("Type, paste or choose a path first.")
        else:
            self._take(path)

    def _take(self, path: Path) -> None:
        case = self.query_one("#case", Input).value.strip()
        if not path.exists():
            self._refused = path
            self.complain(f"There is no {path}.")
        elif not case:
            self.complain("Give the case a name.")
            self.query_one("#case").focus()
        else:
            self.dismiss(IngestChoice(path, case, self.query_one("#password", Input).value, self._more))


def _look(paths: Sequence[Path], password: str, workspace: Path, token: CancelToken) -> Look:
    from engine.jobs.preview import look
    from store.base.own_files import own_files

    return look(paths, Run(token=token), password, own_files(workspace))
