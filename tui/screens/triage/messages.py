"""What triage's workers tell their screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from store.base.views import Coverage
    from store.queue.positions import QueueSource
    from tui.actions.chain_story import Story


@dataclass
class QueueGrew(Message, bubble=False):
    """More positions of a source are known; `problem` when reading it failed."""

    source: QueueSource
    problem: str = ""

    def can_replace(self, message: Message) -> bool:
        """Only the newest count matters."""
        return isinstance(message, QueueGrew) and message.source is self.source and not message.problem


@dataclass
class StoryRead(Message, bubble=False):
    """A chain's evidence was read."""

    story: Story


@dataclass
class UndecidedFound(Message, bubble=False):
    """The far end of a long search: a position, or None when everything is decided."""

    source: QueueSource
    position: int | None


@dataclass
class MarksCounted(Message, bubble=False):
    """What a verdict on the marked chains would cover."""

    keys: frozenset[str]
    coverage: Coverage
