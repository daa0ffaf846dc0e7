"""What a verdict is on, and how that is told: a finding, an incident, a process, a branch, a variant, a chain with its scope."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import NotFound, UsageError
from engine.untrusted import visible
from store.workspace import Workspace
from tui.words.words import SHORT_KEY, base, many, short_chain, shortened

if TYPE_CHECKING:
    from store.base.views import ChainRecord, IncidentView, ProcessView, QueueRow
    from store.verdicts.subject import Subject

SHAPE = re.compile(r"[0-9a-fA-F]{4,16}\Z")
"""First digits of a variant."""
COMMAND_SHOWN = 200
"""Characters of a command line that say which one it is."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What of a chain is meant. At most one of them is said."""

    host: str | None = None
    prefix: int | None = None
    variant: bool = False
    """Its oddest variant; of a process its own."""
    shape: str | None = None
    """First hex digits of a variant."""

    @property
    def said(self) -> list[str]:
        """The options, as they are written."""
        options = {"--host": self.host, "--prefix": self.prefix, "--variant": self.variant or None, "--shape": self.shape}
        return [option for option, value in options.items() if value is not None]


WHOLE = Narrowed()


@dataclass(frozen=True, slots=True)
class Named:
    """A subject, and how it is told."""

    subject: Subject
    called: str
    """finding F3, process P123471 …"""
    shows: str
    """By what one knows it again; made visible."""
    one: bool = False
    """One thing that was named as such: where all of it is decided, a new verdict is meant to replace that."""


def one_scope(narrowed: Narrowed) -> None:
    """Raises UsageError for two options at once."""
    if len(narrowed.said) > 1:
        raise UsageError(f"A verdict has one scope: {' or '.join(narrowed.said)}, not both.")


def of_process(process: ProcessView, chain: ChainRecord | None, narrowed: Narrowed = WHOLE) -> Named:
    """A process, or what of its chain has such a command line. Raises UsageError for what is for chains only."""
    from engine.words.command_shape import shape_number
    from store.base import ids
    from store.verdicts.subject import OfProcess, OfVariant

    if narrowed.variant and chain is not None:
        shape = 0 if process.command_line is None else shape_number(process.command_line)
        return Named(OfVariant(chain.key, shape), _variant_words(chain, shape), _command(process.command_line), one=True)
    if narrowed != WHOLE:
        remedy = "" if chain is None else f"Name its chain: {chain.key[:SHORT_KEY]}"
        raise UsageError(f"{narrowed.said[0]} is for chains, and this is one process.", remedy=remedy)
    if process.placeholder:
        raise UsageError("No record tells of this process, so there is nothing to give a verdict on.")
    name = shortened(visible(base(process.path or process.image)))
    shows = f"{name} {_command(process.command_line)}".rstrip()
    return Named(OfProcess(process.id), f"process {ids.called(process.id)}", shows, one=True)


def of_branch(process: ProcessView, narrowed: Narrowed = WHOLE) -> Named:
    """A process and what descends from it. Raises UsageError for what is for chains only."""
    from store.base import ids
    from store.verdicts.subject import OfBranch

    called = f"{ids.called(process.id)}/branch"
    _whole(called, narrowed)
    name = shortened(visible(base(process.path or process.image)))
    shows = f"{name} and what descends from it  {_command(process.command_line)}".rstrip()
    return Named(OfBranch(process.id), f"branch {called}", shows)


def of_incident(incident: IncidentView, narrowed: Narrowed = WHOLE) -> Named:
    """What an incident covers. Raises UsageError for what is for chains only."""
    from store.verdicts.subject import OfIncident

    called = f"F{incident.finding}/{incident.place}"
    _whole(called, narrowed)
    subject = OfIncident(incident.finding, incident.place, incident.set_id)
    return Named(subject, f"incident {called}", f"{visible(incident.host)} {_command(incident.variant)}".rstrip())


def of_finding(row: QueueRow, narrowed: Narrowed = WHOLE) -> Named:
    """What the incidents of a finding cover. Raises UsageError for what is for chains only."""
    from store.verdicts.subject import OfFinding

    assert row.whole is not None
    called = f"F{row.whole.number}"
    _whole(called, narrowed)
    shows = f"{many(row.whole.incidents, 'incident')}, {short_chain(row.steps, row.worst_step)} {_command(row.whole.variant)}"
    return Named(OfFinding(row.whole.number, row.whole.set_id), f"finding {called}", shows.rstrip())


def _whole(called: str, narrowed: Narrowed) -> None:
    if narrowed != WHOLE:
        raise UsageError(
            f"{narrowed.said[0]} is for chains: a verdict on {called} is on the processes that it covers.",
            remedy=f"Name one of its chains or processes: oddkin show {called}",
        )


def of_chain(workspace: Workspace, case: str, chain: ChainRecord, narrowed: Narrowed = WHOLE) -> Named:
    """A chain, on one host, with all that begins alike, or one variant of it. Raises NotFound and UsageError for no variant."""
    from store.scope.scopes import Scope
    from store.verdicts.subject import OfChain, OfVariant

    if narrowed.variant or narrowed.shape is not None:
        shape, command_line = _variant_of(workspace, case, chain, narrowed.shape)
        return Named(OfVariant(chain.key, shape), _variant_words(chain, shape), _command(command_line), one=True)
    scope = Scope(host=narrowed.host, prefix=narrowed.prefix)
    alone = narrowed.prefix is None
    return Named(OfChain(chain.key, scope), f"chain {chain.key[:SHORT_KEY]}", short_chain(chain.steps), one=alone)


def _variant_of(workspace: Workspace, case: str, chain: ChainRecord, shape: str | None) -> tuple[int, str | None]:
    """A chain's oddest variant, or the one whose number begins so. Raises NotFound; UsageError where several begin so."""
    variants = workspace.findings.variants(case, chain.id)
    listed = f"See: oddkin show {chain.key[:SHORT_KEY]}"
    if shape is None:
        if not variants:
            raise NotFound(f"Chain {chain.key[:SHORT_KEY]} has no variants.", remedy="Scoring the case finds them.")
        return variants[0].shape, variants[0].command_line
    if not SHAPE.match(shape):
        raise UsageError(f"{shape!r} names no variant.", remedy="Give at least 4 of the 16 hex digits in the column variant.")
    found = [one for one in variants if f"{one.shape:016x}".startswith(shape.lower())]
    if not found:
        raise NotFound(f"Chain {chain.key[:SHORT_KEY]} has no variant {shape}.", remedy=listed)
    if len(found) > 1:
        raise UsageError(f"Several variants begin with {shape}.", remedy="Give more digits.")
    return found[0].shape, found[0].command_line


def _variant_words(chain: ChainRecord, shape: int) -> str:
    return f"variant {shape:016x} of chain {chain.key[:SHORT_KEY]}"


def _command(command_line: str | None) -> str:
    return "" if command_line is None else f"$ {visible(command_line, COMMAND_SHOWN)}"
