"""Keeping a verdict for later cases: how narrow, why and until when, with what that would hide counted before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from engine.errors import OddkinError, UsageError
from engine.exceptions.kept import ANY_HOST, LONGEST_NAME, LONGEST_TEXT, MEANINGS, ExceptionReason
from engine.exceptions.matching import ScopeAsked
from engine.untrusted import visible
from tui.actions.exceptions.expiry import DEFAULT, NEVER, expires_us
from tui.actions.exceptions.keeping import ExceptionWanted, PreparedExceptions, prepared
from tui.dialogs.text import TextDialog
from tui.runtime.beside import beside
from tui.widgets.dialog import Dialog
from tui.widgets.parameter import Parameter
from tui.widgets.parameter_form import ParameterForm
from tui.words.triage.exception_words import preview_lines, short_scope, without_words
from tui.words.words import many

if TYPE_CHECKING:
    from store.exceptions.drafts import DraftSource, ExceptionDrafts
    from store.workspace import Workspace

SCOPE = frozenset({"ancestors", "command", "host", "alone"})
"""Lines of the form that say what is covered: the others change nothing that is counted."""
SHOWN = 3
"""Exceptions that are told one by one."""


@dataclass(frozen=True, slots=True)
class ExceptionChoice:
    """The answer: what is to be kept, and what is said of it."""

    drafts: ExceptionDrafts
    wanted: ExceptionWanted


class ExceptionDialog(Dialog[ExceptionChoice]):
    """A form that is filled in already; what it says is counted whenever it is another."""

    DEFAULT_CSS = """
    ExceptionDialog > Vertical { width: 100; padding: 0 1; }
    ExceptionDialog ParameterForm { height: 7; background: $surface; }
    ExceptionDialog .scopes { color: $text-muted; margin-top: 1; }
    """
    AUTO_FOCUS = "ParameterForm"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "Keep it", priority=True, id="exception.keep"),
        Binding("escape", "cancel", "Never mind", id="exception.cancel"),
    ]

    def __init__(
        self, workspace: Workspace, case: str, source: DraftSource, called: str, host: str, owner: str, now_us: Callable[[], int]
    ) -> None:
        """`called`: what was judged; `host`: where it ran, to be offered; `now_us`: the clock of the session."""
        super().__init__()
        self._workspace, self._case, self._source, self._called = workspace, case, source, called
        self._host, self._owner, self._now_us = host, owner, now_us
        self._prepared: PreparedExceptions | None = None
        """By the form as it is now; None while that is counted, and where it is no exception."""

    @property
    def form(self) -> ParameterForm:
        """How narrow, why, until when."""
        return self.query_one(ParameterForm)

    def compose(self) -> ComposeResult:
        """The form, what is covered, what that would hide."""
        with self.box(f"Exception from {self._called}", "←→ choose · enter types · ctrl+s keeps it · esc leaves"):
            yield ParameterForm()
            yield Static("", classes="scopes", markup=False)
            yield Static("", classes="preview", markup=False)
            yield self.problem()

    def on_mount(self) -> None:
        """What it is without a key."""
        self.form.show(parameters(self._host, self._now_us))
        self._count()

    # What it would do ------------------------------------------------------------------------------------------------------

    @on(ParameterForm.Changed)
    def _changed(self, message: ParameterForm.Changed) -> None:
        message.stop()
        if message.id in SCOPE:
            self._count()

    def _count(self) -> None:
        self._prepared = None
        self.complain("")
        self.query_one(".preview", Static).update(Content("counting …"))
        read = partial(self._read, asked_of(self.form.values))
        beside(self, "exception", read, self._counted)

    def _read(self, asked: ScopeAsked) -> PreparedExceptions | OddkinError:
        """In a thread; what is wrong with what is asked for is an answer too."""
        try:
            return prepared(self._workspace, self._case, self._source, asked, self._now_us())
        except OddkinError as problem:
            return problem

    def _counted(self, found: PreparedExceptions | OddkinError) -> None:
        if not self.is_attached:
            return
        if isinstance(found, OddkinError):
            self.query_one(".scopes", Static).update(Content(""))
            self.query_one(".preview", Static).update(Content(""))
            self.complain(said_here(found))
            return
        self._prepared = found
        scopes = [one.scope for one in found.drafts.drafts]
        more = [f"… and {many(len(scopes) - SHOWN, 'more exception')}"] if len(scopes) > SHOWN else []
        told = [*map(short_scope, scopes[:SHOWN]), *more]
        self.query_one(".scopes", Static).update(Content("\n".join(told)))
        lines = [*preview_lines(found.preview, scopes), without_words(found.drafts)]
        self.query_one(".preview", Static).update(Content("\n".join(visible(line) for line in lines if line)))

    # Answering -------------------------------------------------------------------------------------------------------------

    @on(ParameterForm.Typed)
    def _typed(self, message: ParameterForm.Typed) -> None:
        message.stop()
        one = message.parameter

        def check(text: str) -> str | None:
            assert one.parse is not None
            try:
                one.parse(text)
            except UsageError as problem:
                return f"{problem.message} {problem.remedy}".strip()
            return None

        def typed(text: str) -> None:
            assert one.parse is not None
            self.form.set(one.id, one.parse(text))

        TextDialog(one.label, str(message.value), hint=one.help, check=check).ask(self, typed)

    def action_keep(self) -> None:
        """Keep what was counted."""
        found, values = self._prepared, self.form.values
        if found is None:
            return  # it is counted still, or is none: both stand there
        wanted = ExceptionWanted(
            ExceptionReason(values["reason"]), self._owner, expires_us(values["expires"], self._now_us()), values["note"]
        )
        self.dismiss(ExceptionChoice(found.drafts, wanted))


def parameters(host: str, now_us: Callable[[], int]) -> tuple[Parameter, ...]:
    """The form: narrow, and for a while."""
    reasons = tuple((reason.value, f"{reason}: {MEANINGS[reason]}") for reason in REASONS)
    above = ((1, "its parent"), (2, "two above it"), (3, "three above it"), (0, "none"))
    hosts = ((ANY_HOST, "any"), *(((host, f"{visible(host)} only"),) if host else ()))

    def until(text: str) -> str:
        expires_us(text, now_us())
        return text

    return (
        Parameter("ancestors", "Ancestors", above, "Programs above it that have to be the same."),
        Parameter("command", "Command", ((False, "of this shape"), (True, "any")), "Its command line."),
        Parameter("host", "Host", hosts, "A name, or a pattern with * and ?.", partial(bounded, LONGEST_NAME), visible),
        Parameter("reason", "Reason", reasons, "Why it is no finding."),
        Parameter(
            "expires", "Holds", ((DEFAULT, "90 days"), ("30d", "30 days"), ("365d", "a year"), (NEVER, "for good")),
            f"30d, 2027-01-31 or {NEVER}.", until, lambda text: f"until {text}",
        ),
        Parameter("note", "Note", (("", "none"),), "What a reader has to know of it.", partial(bounded, LONGEST_TEXT), visible),
        Parameter("alone", "Alone", ((False, "no"), (True, "yes, the program alone")), "No ancestor and any command line."),
    )  # fmt: skip


REASONS = (ExceptionReason.SOFTWARE, *(reason for reason in ExceptionReason if reason is not ExceptionReason.SOFTWARE))
"""What most exceptions are made for first."""


def bounded(most: int, text: str) -> str:
    """A text of at most so many characters. Raises UsageError."""
    if len(text) > most:
        raise UsageError(f"That is longer than {most:,} characters.")
    return text


def asked_of(values: dict[str, Any]) -> ScopeAsked:
    """How narrow the form says that it is to be."""
    return ScopeAsked(values["ancestors"], values["host"], values["command"], values["alone"])


def said_here(problem: OddkinError) -> str:
    """Without what would be typed on a command line: the lines of the form say it."""
    return problem.message
