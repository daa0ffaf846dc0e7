"""What a verdict is on, as whoever gives it names it: what is displayed, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from store.scope.scopes import CHAIN, Scope


@dataclass(frozen=True, slots=True)
class OfProcess:
    """One process that a record tells of."""

    process_id: int
    """Of any of its records."""


@dataclass(frozen=True, slots=True)
class OfVariant:
    """A chain's processes whose command lines have one shape, now and in later ingests."""

    chain_key: str
    shape: int


@dataclass(frozen=True, slots=True)
class OfChain:
    """All processes that end in a chain; on one host, or in every chain that begins like it."""

    chain_key: str
    scope: Scope = CHAIN


@dataclass(frozen=True, slots=True)
class OfIncident:
    """The processes that one incident of a finding covers; never its context."""

    finding: int
    place: int
    set_id: int | None = None
    """The scoring that it was read from; None: the one in use, whichever."""


@dataclass(frozen=True, slots=True)
class OfFinding:
    """The processes that all incidents of a finding cover."""

    number: int
    set_id: int | None = None
    """As of an incident."""


@dataclass(frozen=True, slots=True)
class OfBranch:
    """A process and what descends from it, at any depth: recorded processes, as they are linked when the verdict is given."""

    process_id: int
    """Of any of its records; of a placeholder only what descends from it."""
    incident: OfIncident | None = None
    """Only what this incident covers of it, and nothing where it does not cover the process; None: all of it."""


One = OfProcess | OfBranch | OfVariant | OfChain | OfIncident | OfFinding


@dataclass(frozen=True, slots=True)
class Several:
    """Several at once, as marked lines are. A process in two of them counts once."""

    subjects: tuple[One, ...]


Subject = One | Several


def each(subject: Subject) -> tuple[One, ...]:
    """The single ones of a subject, each once, in their order."""
    return tuple(dict.fromkeys(subject.subjects)) if isinstance(subject, Several) else (subject,)
