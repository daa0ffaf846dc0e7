"""`oddkin rules`: normalisation rules."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import NotFound, UsageError
from engine.untrusted import visible
from tui.shell.bounds import LARGEST_SEED, MOST
from tui.shell.choose import choose_case
from tui.shell.forms import Form, Format
from tui.shell.session import Session, command, load_libraries
from tui.words.words import many

if TYPE_CHECKING:
    from engine.rules.rule import RuleSet

group = typer.Typer(help="Learn, list, show, accept, reject, add, take and test normalisation rules.", no_args_is_help=True)
Number = Annotated[
    int, typer.Argument(min=1, max=MOST, help="Number of the rule, as `oddkin rules list` shows it.", show_default=False)
]
CaseName = Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)]


class Place(StrEnum):
    """Which words of a path a rule looks at."""

    ANY = "any"
    DIRECTORY = "directory"
    NAME = "name"


@group.command("learn")
@command
def learn(
    session: Session,
    case: Annotated[
        list[str] | None, typer.Option(help="Case to learn from; several times for several.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Same seed, same rules.")] = 1,
    held_out: Annotated[
        bool, typer.Option("--held-out/--no-held-out", help="Learn on half of the hosts too, to see what carries over.")
    ] = True,
    form: Format = Form.TABLE,
) -> None:
    """Learn rules from the paths of a case; safe ones are accepted, those that break a guard are shown with the reason.

    What was decided about a rule before stays decided. Rules belong to the workspace and serve all its cases.
    """
    from engine.jobs.rules import learn_rules
    from engine.rules.rule import RuleSet
    from tui.render import rules as view
    from tui.words.rule_words import ratios

    session.workspace.check_writable()
    cases = case or [choose_case(session, None)]
    for wanted in cases:
        choose_case(session, wanted)
    load_libraries()
    with session.out.progress("No rule was changed.") as run:
        found = learn_rules(cases, session.workspace.rules, run, seed=seed, check=held_out)
    if form is Form.JSON:
        session.out.data(json.dumps(view.report_dict(found), indent=1))
        return
    session.out.show(view.rules_table(found.rules))
    session.out.show(view.report_table(found))
    session.out.data(ratios(found.reduction, RuleSet.of(found.rules)))
    session.out.say("Next: oddkin rules list, oddkin rules show NUMBER, oddkin train")


@group.command("list")
@command
def list_rules(session: Session, form: Format = Form.TABLE) -> None:
    """Print all rules in the order in which they are applied."""
    from tui.render import rules as view

    rules = session.workspace.rules.list()
    if form is Form.JSON:
        session.out.data(json.dumps([view.rule_dict(rule) for rule in rules], indent=1))
    elif rules:
        session.out.show(view.rules_table(rules))
    if not rules:
        session.out.say("There are no rules yet. Run: oddkin rules learn")


@group.command("show")
@command
def show_rule(session: Session, number: Number, form: Format = Form.TABLE) -> None:
    """Print a rule: what it replaces, where it may, what it was learnt from, examples, every guard."""
    from engine.rules.guards import check
    from tui.render import rules as view

    rule = session.workspace.rules.find(number)
    checks = check(rule)
    if form is Form.JSON:
        guards = [{"guard": one.guard, "passed": one.passed, "says": one.sentence} for one in checks]
        session.out.data(json.dumps(view.rule_dict(rule) | {"guards": guards}, indent=1))
        return
    session.out.data(view.rule_text(rule, checks))


@group.command("accept")
@command
def accept_rule(session: Session, number: Number) -> None:
    """Let a rule be applied by the next training. One that breaks a guard cannot be."""
    _decide(session, number, "accepted")


@group.command("reject")
@command
def reject_rule(session: Session, number: Number) -> None:
    """Keep a rule from being applied, also when it is learnt again."""
    _decide(session, number, "rejected")


def _decide(session: Session, number: int, state: str) -> None:
    from engine.rules.rule import State

    rules = session.workspace.rules
    before = rules.accepted()
    decided = rules.decide(number, State(state))
    session.out.say(f"Rule {number} is {decided.state.value}: {decided.pattern} -> {decided.replacement}")
    tell_changes(session, before, rules.accepted())


@group.command("take")
@command
def take(
    session: Session,
    model: Annotated[str, typer.Argument(help="Model id, or the beginning of one.", show_default=False)],
) -> None:
    """Take the rules that a model was trained with, from this or another workstation; those that break a guard here stay out.

    What was decided about a rule here stays decided.
    """
    from engine.jobs.rules import take_rules

    workspace = session.workspace
    before = workspace.rules.accepted()
    model_id = workspace.vault.show(model).id
    load_libraries()
    with session.out.progress("Rules taken so far are kept.") as run:
        cases = workspace.cases.names()[:1]
        found = take_rules(model_id, cases, workspace.rules, workspace.vault, run)
    for rule, reason in found.refused:
        session.out.say(f"Not taken: {visible(rule.pattern)}: {visible(reason)}")
    known = f"{many(found.known, 'was', 'were')} here already"
    session.out.say(f"{many(len(found.added), 'rule')} taken, {known}, {len(found.refused)} refused")
    tell_changes(session, before, workspace.rules.accepted())


@group.command("add")
@command
def add_rule(
    session: Session,
    pattern: Annotated[str, typer.Argument(help="Expression with one (…) around the part to replace.", show_default=False)],
    replacement: Annotated[str, typer.Argument(help="Placeholder, such as '<version>'.", show_default=False)],
    position: Annotated[Place, typer.Option(help="Words it looks at: any, directory or name.")] = Place.ANY,
    zone: Annotated[
        list[str] | None,
        typer.Option(help="Trust zone it acts in; several times for several; all if absent.", show_default=False),
    ] = None,
    under: Annotated[
        list[str] | None, typer.Option(help="Act below directories of this name only; may be repeated.", show_default=False)
    ] = None,
    instead: Annotated[
        int | None, typer.Option(min=1, max=MOST, help="Number of a rule that this one replaces.", show_default=False)
    ] = None,
) -> None:
    """Add a rule by hand, accepted if no guard objects; nothing is stored otherwise.

    The language is a small part of regular expressions: text, classes, bounded counts, alternatives; no * and no +.
    """
    from engine.knowledge.locations import Zone
    from engine.rules.rule import Position, Rule, State
    from tui.actions.rules import SAMPLE, paths_of, refusal

    known = {one.name.lower(): one for one in Zone}
    wrong = [name for name in zone or () if name.lower() not in known]
    if wrong:
        raise UsageError(f"There is no trust zone {wrong[0]!r}.", remedy=f"There are: {', '.join(known)}.")
    rule = Rule(
        pattern, replacement, position=Position(position.value),
        zones=frozenset(known[name.lower()] for name in zone or ()), under=tuple(under or ()),
    )  # fmt: skip
    _ = rule.expression, rule.mark
    cases = session.workspace_or_new.cases.names()
    if broken := refusal(rule, paths_of(session.workspace, cases[0], SAMPLE)[0] if cases else ()):
        raise UsageError(f"The rule breaks a guard: {broken}.", remedy="Nothing was stored. Make it more specific.")
    rules = session.workspace.rules
    before = rules.accepted()
    added = rules.add(replace(rule, state=State.ACCEPTED), instead=instead)
    session.out.say(f"Rule {added.id} is accepted: {pattern} -> {replacement}")
    tell_changes(session, before, rules.accepted())
    session.out.data(str(added.id))


def tell_changes(session: Session, before: RuleSet, after: RuleSet) -> None:
    """Which chains of the newest case a decision changes: counts and the commonest; nothing where there is none."""
    from tui.actions.rules import TOLD, chains_changed
    from tui.words.rule_words import change_lines

    cases = session.workspace.cases.names()
    found = chains_changed(session.workspace, cases[0], before, after, TOLD) if cases else None
    if found is None or not found.before.chains:
        return
    old, new = found.before, found.after
    session.out.say(
        f"Case {visible(cases[0])}: {found.changed:,} chains of {found.processes:,} processes change; "
        f"{old.different:,} -> {new.different:,} different chains, {old.different_paths:,} -> {new.different_paths:,} different "
        "paths. Takes effect with the next training."
    )
    for line in change_lines(found):
        session.out.say(line)


@group.command("test")
@command
def try_rules(
    session: Session,
    paths: Annotated[list[str], typer.Argument(help="Image paths, as a log would write them.", show_default=False)],
    form: Format = Form.TABLE,
) -> None:
    """Print what the accepted rules make of paths, and which of them did."""
    from engine.paths import fold
    from engine.rules.apply import Normaliser

    rules = session.workspace.rules.accepted()
    normaliser = Normaliser(rules)
    told = []
    for path in paths:
        made = normaliser.applied(fold(path))
        used = [rules.rules[place].id for place in made.rules]
        told.append({"path": path, "normalised": made.path, "rules": used, "kept_back": made.kept_back})
    if form is Form.JSON:
        session.out.data(json.dumps(told, indent=1))
        return
    for path, one in zip(paths, told, strict=True):
        names = ", ".join(str(number) for number in one["rules"]) if isinstance(one["rules"], list) else ""
        note = f"   (rules {names})" if names else ""
        held = "   directories kept: another location" if one["kept_back"] else ""
        session.out.line(path, f"  -> {one['normalised']}{note}{held}")


@group.command("apply-preview")
@command
def preview(
    session: Session,
    case: CaseName = None,
    rule: Annotated[
        int | None,
        typer.Option(min=1, max=MOST, help="What this rule does, the other accepted ones being applied.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option(min=0, max=100_000, help="Changed chains to list, the commonest first.")] = 10,
    form: Format = Form.TABLE,
) -> None:
    """Count what the accepted rules would do to a case: paths, words and chains before and after, and which chains change."""
    from tui.actions.rules import preview as run
    from tui.render import rules as view
    from tui.words.rule_words import change_lines, ratios

    found = run(session.workspace, choose_case(session, case), rule, limit)
    if form is Form.JSON:
        session.out.data(json.dumps(view.preview_dict(found.reduction, found.chains, found.rules), indent=1))
        return
    session.out.show(view.preview_table(found.reduction, found.chains))
    session.out.data(ratios(found.reduction, found.rules))
    for line in change_lines(found.chains):
        session.out.data(line)
    session.out.show(view.rules_table([one for one in found.rules.rules if one.id and rule in {None, one.id}]))


@group.command("nearest")
@command
def nearest(
    session: Session,
    word: Annotated[str, typer.Argument(help="A directory or file name; also one that was never seen.", show_default=False)],
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 15,
    form: Format = Form.TABLE,
) -> None:
    """Print the words nearest to a word, by the vectors of the last learning; of one that was never seen, what its vector is of.

    A word of which nothing is known has no vector; exit code 1.
    """
    from tui.render.rules import near_dict
    from tui.words.near_words import no_vector, unseen_lines

    found = session.workspace.rules.patterns().look(word, limit)
    if form is Form.JSON:
        session.out.data(json.dumps(near_dict(found), indent=1))
    if not found.has_vector:
        raise NotFound(no_vector(found), remedy="Learn from paths that have it: oddkin rules learn")
    if form is Form.JSON:
        return
    for line in unseen_lines(found):
        session.out.say(line)
    for one, near in found.near:
        session.out.data(f"{near:6.3f}  {visible(one)}")


@group.command("map")
@command
def draw_map(
    session: Session,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File, .svg or .png; on the terminal if absent.", show_default=False)
    ] = None,
    words: Annotated[int, typer.Option(min=30, max=20_000, help="Words on the map; 4,000 take a minute or so.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Same seed, same map.")] = 1,
) -> None:
    """Draw the words of the last learning as planes, one an operating system, alike words together (t-SNE).

    Clusters are named by the pattern of their words, not by one of them; colours tell which kind of rule changes a word.
    """
    from engine.rules.learning.wordmap import word_maps
    from tui.render import word_map as view
    from tui.words.spans import text_of
    from tui.words.word_map import drawing

    form = view.form_of(output) if output is not None else ""
    patterns = session.workspace.rules.patterns()
    with session.out.progress("Nothing was written.") as run:
        found = word_maps(patterns, seed, run, most=words)
    if output is None:
        session.out.data("\n".join(text_of(line).rstrip() for line in drawing(found, 100, 36)))
        return
    import io

    from store.base.targets import replacing
    from store.evidence.spared import spared

    drawn = io.BytesIO()
    unnamed = view.draw(found, drawn, form)
    with replacing(output, spared(session.workspace)) as stream:
        stream.write(drawn.getvalue())
    without = f"; {unnamed:,} small clusters have no room for their pattern" if unnamed else ""
    session.out.say(f"{sum(len(one.words) for one in found):,} words -> {output}{without}")
