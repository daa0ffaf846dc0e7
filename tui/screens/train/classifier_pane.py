"""The classifier: what it was taught with, how it was judged, what it does to the queue; and the last one that was tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.untrusted import visible
from tui.widgets.lines_view import LinesView
from tui.words.classifier_words import classifier_lines
from tui.words.learnt_words import labels_words, stop_words
from tui.words.spans import Line, wrap

if TYPE_CHECKING:
    from engine.jobs.classify import Classified

FIRST = "Before it can be trained: 10 malicious and 10 benign or false positive verdicts (4 gives them)."


class ClassifierPane(LinesView):
    """Draws manifests and figures."""

    HELP = (
        "The classifier learns from verdicts, where the detector learns from what is usual. **c** trains a challenger; it is"
        " taken only when it is no worse than the one in use on verdicts that were held back, each once with its finding. Judged"
        " on fewer than 10 verdicts of either kind it moves nothing. Reliability: of the chains that it calls 80 % likely, how"
        " many were malicious."
    )

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.border_title = "Classifier"
        self._manifest: Mapping[str, Any] = {}
        self._learnt: Mapping[str, Any] = {}
        self._name: str | None = None
        self._tried: Classified | None = None

    def show(self, name: str | None, manifest: Mapping[str, Any], learnt: Mapping[str, Any], tried: Classified | None) -> None:
        """`name`: of the one in use; `tried`: what the last training brought."""
        self._name, self._manifest, self._learnt, self._tried = name, manifest, learnt, tried
        self.border_title = f"Classifier {name} (in use)" if name is not None else "Classifier: none yet"
        self.rebuild(top=True)

    def build(self, width: int) -> list[Line]:
        """The queue's state, the last try where it was not taken, the one in use."""
        lines = self._of_queue(width)
        if self._tried is not None and not self._tried.in_use:
            lines += [[], [("The last one that was trained", "title")], *classifier_lines(self._tried.manifest, width)]
            lines += [[], [("The one in use", "title")]] if self._name is not None else []
        if self._name is not None:
            return lines + classifier_lines(self._manifest, width)
        return [*lines, [], *([(text, "dim")] for text in wrap(f"c trains the first one. {FIRST}", width, 4))]

    def _of_queue(self, width: int) -> list[Line]:
        lines: list[Line] = [[("verdicts ", "dim"), (labels_words(self._learnt) or "none yet: 4 opens the queue", "strong")]]
        if sentence := self._learnt.get("sentence"):
            lines += [[(text, "")] for text in wrap(visible(str(sentence)), width, 3)]
        if left := stop_words(self._learnt):
            lines.append([(left, "warning")])
        return lines
