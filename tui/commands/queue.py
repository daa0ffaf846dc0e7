"""`oddkin rank`: the queue of findings or chains."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from engine.domain.budgets import MOST_PER_HOST_DAY, PER_THOUSAND
from engine.errors import NotFound, UsageError
from engine.untrusted import visible
from tui.actions import verdict_words
from tui.actions.ingest import first_queue
from tui.actions.queue import By, Lines, lines
from tui.commands.models import use_another, warn_of_seen
from tui.commands.verdict_news import reranked_where_possible
from tui.commands.window import (
    From,
    KnownBad,
    KnownGood,
    To,
    WhereText,
    compare_lists,
    end_unread,
    say_later,
    where,
    window,
)  # fmt: skip
from tui.shell.bounds import MOST
from tui.shell.choose import choose_case
from tui.shell.files import no_mark_without_csv
from tui.shell.session import Session, command
from tui.words.first_queue import ranked_lines
from tui.words.training_words import seen_words
from tui.words.triage.exception_words import hidden_words
from tui.words.triage.marks import MARKED
from tui.words.triage.presence_words import onlooker_words
from tui.words.words import level, many, paste

if TYPE_CHECKING:
    from store.base.views import QueueRow
    from store.exceptions.hidden import HiddenFindings
    from store.where.terms import Where


class QueueForm(StrEnum):
    """How to print."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


Budget = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=MOST_PER_HOST_DAY,
        help="Move the threshold: chains of this queue to read per host and day. It stays there.",
        show_default=False,
    ),
]
FlaggedPer1000 = Annotated[
    float | None,
    typer.Option(
        "--fp-per-1000",
        min=0,
        max=PER_THOUSAND,
        help="Move it to where so many of 1,000 clean processes are flagged.",
        show_default=False,
    ),
]


@command
def rank(
    session: Session,
    case: Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="Rows to print.")] = 20,
    after: Annotated[int, typer.Option(min=0, max=MOST, help="Begin behind this line (by detector: finding, rank).")] = 0,
    by: Annotated[
        By, typer.Option(help="Order: learnt by verdicts, the detector's, or to ask next: diverse, uncertain.")
    ] = By.LEARNT,
    chains: Annotated[bool, typer.Option("--chains", help="List chains, not findings.")] = False,
    form: Annotated[QueueForm, typer.Option("--format", help="table, json or csv.")] = QueueForm.TABLE,
    bom: Annotated[bool, typer.Option("--bom", help="Begin the CSV with a byte order mark, for spreadsheets.")] = False,
    verdict: Annotated[
        list[str] | None,
        typer.Option(help="Only these verdicts; 'undecided' for chains without one. May be repeated.", show_default=False),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Only chains that occur on this host.", show_default=False)] = None,
    flagged: Annotated[bool, typer.Option("--flagged", help="Only chains above the threshold.")] = False,
    where_text: WhereText = None,
    begin: From = None,
    end: To = None,
    model: Annotated[
        str | None, typer.Option(help="Rank by this model from now on; says first how well it fits.", show_default=False)
    ] = None,
    budget: Budget = None,
    fp_per_1000: FlaggedPer1000 = None,
    known_good: KnownGood = None,
    known_bad: KnownBad = None,
) -> None:
    """Print the queue: findings, strangest first. A finding is what happened below one service, login or desktop; its line
    shows when, where and as whom, what started the command of which most is to be said, why, and how many processes it covers.
    A filter leaves the findings of which one process meets all of it; what exceptions hide is left out and counted, and is there
    with --where is:hidden. Verdicts re-order it; `rank` and `score` stay the detector's.
    """
    from store.queue.filter import QueueFilter

    no_mark_without_csv(bom, form)
    name = choose_case(session, case)
    chosen = verdict_words.wanted(verdict)
    read = compare_lists(session, name, known_good, known_bad)
    asked = where(session, name, where_text, ranks=True)
    bring_up_to_date(session, name, model, budget, fp_per_1000)
    host_id = session.workspace.cases.host_id(name, host) if host else None
    chains = chains or without_findings(session, name)
    hidden = hidden_findings(session, name, asked, findings=not chains)
    wanted = QueueFilter(chosen, host_id, flagged=flagged, where=asked, without=hidden.findings, **window(begin, end)._asdict())
    found = lines(session.workspace, name, wanted, by, after, limit, findings=not chains)
    print_queue(session, name, rows_in_order(session, found), form, findings=not chains, bom=bom)
    session.out.say(*filter(None, [hidden_words(hidden), onlooker_words(session.workspace.presence.others(name))]))
    say_later(session, name)
    end_unread(read=read)


def hidden_findings(session: Session, case: str, where: Where, *, findings: bool) -> HiddenFindings:
    """What exceptions hide of the list; nothing of a list of chains, and where the filter asks for it."""
    from store.base.clock import now_us
    from store.exceptions.hidden import NOTHING_HIDDEN
    from tui.actions.exceptions.listing import left_out

    return left_out(session.workspace, case, where, now_us()) if findings else NOTHING_HIDDEN


def rows_in_order(session: Session, found: Lines) -> Sequence[QueueRow]:
    """The rows; says why they are in another order than was asked for."""
    if found.untaught is not None:
        few = " 20 malicious and 20 other verdicts are needed first." if found.untaught is By.UNCERTAIN else ""
        session.out.say(f"The verdicts so far teach no order {found.untaught.value}; this is the learnt one.{few}")
    return found.rows


def print_queue(
    session: Session, case: str, rows: Sequence[QueueRow], form: QueueForm, *, findings: bool, bom: bool = False
) -> None:
    """Rows as data, or as a table that ends with where the threshold is."""
    from engine.classifier.published.asked import chances_of
    from engine.handover.tables import BOM
    from tui.actions.triage import finding_lines
    from tui.render import queue_table

    told = finding_lines.lines(session.workspace, case, rows) if findings else []
    if form is not QueueForm.TABLE:
        chances = () if findings else chances_of([row.steps for row in rows])
        if form is QueueForm.JSON:
            session.out.data(queue_table.as_json(rows, chances, told))
        else:
            session.out.stdout.write((BOM if bom else "") + queue_table.as_csv(rows, chances, told, findings=findings))
    else:
        width = session.out.console(session.out.stdout).width
        for shown in queue_table.finding_rows(rows, told, width) if findings else [queue_table.table(rows, width)]:
            session.out.show(shown)
        if any(line.marks for line in told):
            session.out.say(MARKED)
        say_where_the_threshold_is(session, case)
        say_what_labels_did(session, case)


def without_findings(session: Session, case: str) -> bool:
    """Whether the scores in use are an older version's; says so."""
    if session.workspace.findings.count(case):
        return False
    session.out.say(f"These scores have no findings yet, so chains are listed. {findings_come(session, case)}")
    return True


def findings_come(session: Session, case: str) -> str:
    """How to get findings where scores are an older version's."""
    model = session.workspace.vault.in_use(case)
    return f"To get them: oddkin models use {model} --case {paste(case)}" if model else ""


def move_threshold(session: Session, case: str, budget: float | None, fp_per_1000: float | None) -> None:
    """Flag by another budget, and say what it costs. Raises UsageError for two budgets at once."""
    if budget is not None and fp_per_1000 is not None:
        raise UsageError("The threshold is moved by --budget or by --fp-per-1000, not by both.")
    thresholds = session.workspace.thresholds
    if fp_per_1000 is not None:
        from tui.words.training_words import moved_words

        thresholds.move_to_rate(case, fp_per_1000)
        session.out.say(moved_words(thresholds.standing(case)))
    if budget is not None:
        thresholds.move(case, budget)
    rates = thresholds.cost(case)
    if rates is not None:
        moved = "" if budget is None else f"Threshold moved to {budget:.3g} chains per host-day. "
        session.out.say(f"{moved}What that costs: {rates.sentence}")


def bring_up_to_date(session: Session, case: str, model: str | None, budget: float | None, fp_per_1000: float | None) -> None:
    """Scores, threshold, and what verdicts make of both."""
    bring_scores_up_to_date(session, case, model)
    if budget is not None or fp_per_1000 is not None:
        move_threshold(session, case, budget, fp_per_1000)
    reranked_where_possible(session, case)


def bring_scores_up_to_date(session: Session, case: str, wanted: str | None = None) -> None:
    """Score again when chains or processes were added or lists of hashes changed since the model in use scored the case, or when
    another model is wanted.
    """
    from store.queue.marks import since
    from tui.actions.models import score_again

    workspace = session.workspace
    model_id = workspace.vault.in_use(case)
    if wanted is not None and workspace.vault.show(wanted).id != model_id:
        use_another(session, case, workspace.vault.show(wanted))
        return
    if model_id is None:
        rank_first(session, case)
        return
    warn_of_seen(session, case, workspace.vault.show(model_id).manifest)
    came = since(workspace, case, model_id)
    if not came:
        return
    added = "lists of hashes changed since"
    if came.chains or came.linked:
        added = f"{many(came.chains, 'chain was', 'chains were') if came.chains else 'processes were'} added since"
    if workspace.read_only:
        session.out.warn(f"{added}; where nobody may write that cannot be scored, and is not in what follows.")
        return
    session.out.say(f"Scoring with model {model_id}: {added}")
    with session.out.progress("The scores are the old ones still.") as run:
        score_again(workspace, case, model_id, run)


def rank_first(session: Session, case: str) -> None:
    """The first queue of a case that nothing was trained on. Raises NotFound for a case without a process."""
    session.workspace.check_writable()
    with session.out.progress("The case is not ranked yet.") as run:
        queue = first_queue(session.workspace, case, run)
    if queue is None:
        raise NotFound(f"Case {visible(case)} has no process yet.", remedy=f"Run: oddkin ingest PATH --case {paste(case)}")
    session.out.say(*ranked_lines(queue))
    if said := seen_words(queue.seen, case):
        session.out.warn(said)


def say_where_the_threshold_is(session: Session, case: str) -> None:
    """One line under the table."""
    from tui.words.training_words import expected_words

    counts = session.workspace.queue.counts(case)
    expected = expected_words(session.workspace.thresholds.promise(case), counts.threshold)
    session.out.say(
        f"{counts.flagged:,} of {many(counts.chains, 'chain')} {'is' if counts.flagged == 1 else 'are'} above the threshold"
        f" {level(counts.threshold)}, which is one of chains and processes; {many(counts.findings, 'finding')}"
        f" {'has' if counts.findings == 1 else 'have'} such a process, {counts.decided:,} of them decided"
        + (f"; {expected}" if expected else "")
    )


def say_what_labels_did(session: Session, case: str) -> None:
    """One line more under the table where there is a learnt order, and what may be left to find."""
    from tui.words.learnt_words import stop_words

    index = session.workspace.learnt.index(case)
    if index is not None:
        said = (str(index.metrics.get("sentence") or ""), stop_words(index.metrics))
        session.out.say("Labels: " + "  ".join(text for text in said if text) + "  See: oddkin labels effects")
