"""One process as it is handed over: the columns of an export, and those of a listing of all that was read.

Texts are as recorded; writers make them safe. Times are RFC 3339, UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class ExportRow:
    """The columns of an export. Scripts depend on their order: further ones go to the end. Texts as recorded; writers make
    them safe.
    """

    case: str
    finding: int | None
    """Number of the chain's finding; none for a chain below the threshold."""
    chain_id: str
    verdict: str
    note: str
    labelled_by: str
    labelled_at: str
    score: float | None
    """None, like rank and worst_step, for processes whose chain has no score."""
    rank: int | None
    host: str
    time: str
    pid: int | None
    process_guid: str
    image: str
    command_line: str
    user: str
    chain: tuple[str, ...]
    step_errors: tuple[float, ...]
    worst_step: int | None
    """Counted from 1, as people count the steps of `chain`."""
    expected: tuple[str, ...]
    chain_count: int
    host_count: int
    source_file: str
    record_id: str
    model_id: str
    finding_id: str
    """32 hex digits: the same for the same chains in another scoring; "" where nothing was grouped."""
    finding_rank: int | None
    """The finding's number whatever the threshold."""
    finding_score: float | None
    members: int | None
    """Chains of the finding."""
    reason: tuple[str, ...]
    """The sentences of the signals that find the chain oddest, the rarest first."""
    learnt_rank: int | None
    """Whereabouts in the queue as verdicts re-ordered it; None, like the next, while nobody has taught anything."""
    malicious_probability: float | None
    """Calibrated; None also while there are too few verdicts."""
    moved_by_labels: str
    """What verdicts did to the chain: raised, lowered, put aside, each by its shape or by what was learnt; "" for nothing."""
    process: str
    """P123471, what people call it by; "" for a process that no record tells of."""
    incident: str
    """F3/2: the process's incident, the second of finding 3, whatever the threshold. Not every process of a chain is in one."""
    variant: str
    """16 hex digits of the shape of its command line; "" where no command line is known."""
    parent_image: str
    """This and the next two as the record names them, else of the parent that was found; the pid the other way around."""
    parent_pid: int | None
    parent_command_line: str
    hashes: str
    integrity: str
    logon_id: str
    working_directory: str
    original_file_name: str
    known: str
    """good, bad: what lists of hashes say of the program; "" where none names it."""
    parent_process: str
    """P123470, the parent that was found; "" for a root and for one that no record tells of."""
    parent_guid: str
    """As recorded."""
    link: str
    """How the parent was found: guid, pid+time, pid+name, name-only, none; "" while nothing was linked."""
    link_confidence: float | None
    kind: str
    """Family of the record."""
    position: int
    """Of the record in its source."""
    marks: tuple[str, ...] = ()
    """What rules of others say of it, the strongest first: sigma high: Title."""
    mark_level: str = ""
    """The highest level of those; "" without."""
    mark_techniques: tuple[str, ...] = ()
    """Ids of ATT&CK that they name."""


@dataclass(frozen=True, slots=True)
class ListedProcess:
    """The keys of a row, the same in every row and format; None where unknown. Scripts depend on them: further ones go to the
    end. Texts as recorded; writers make them safe.
    """

    image: str
    pid: int | None
    ppid: int | None
    time: str | None
    """RFC 3339, UTC."""
    host: str
    user: str | None
    parent_image: str | None
    """As the record names it; else of the parent that was found."""
    parent_recorded: bool
    """The parent is a process of the case: a record tells of its creation."""
    command_line: str | None
    parent_pid: int | None
    """Of the parent that was found: `ppid` where the record has one."""
    parent_command_line: str | None
    link: str | None
    """How the parent was found: guid, pid+time, pid+name, name-only; none for a root."""
    link_confidence: float | None
    guid: str | None
    parent_guid: str | None
    integrity: str | None
    logon_id: str | None
    cwd: str | None
    original_name: str | None
    hashes: str | None
    process_id: int | None
    """Number of the process in the workspace, and of its parent (recorded or not)."""
    parent_id: int | None
    kind: str
    """Family of the record."""
    source_file: str
    record_id: str | None
    position: int
    case: str
    process: str
    """What people call it by: P123471."""
    incident: str | None
    """F3/2 by the model in use."""
    variant: str | None
    """16 hex digits of the shape of its command line."""
    known: str | None
    """good, bad: what lists of hashes say of its program."""
    marks: tuple[str, ...]
    """This and the next two as in an export."""
    mark_level: str | None
    mark_techniques: tuple[str, ...]


COLUMNS = tuple(field.name for field in fields(ExportRow))
PROCESS_COLUMNS = tuple(field.name for field in fields(ListedProcess))
JOINTS = {"chain": " -> ", "expected": " | ", "step_errors": " ", "reason": " | ", "marks": " | ", "mark_techniques": " "}
"""What stands between the values of a column that has several."""
