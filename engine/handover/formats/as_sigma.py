"""Drafts of Sigma rules from incidents that were called malicious (SigmaHQ/sigma-specification, sigma-rules-specification.md):
a document each. A draft is `experimental`, and says what it matches in the case that it comes from; somebody has to read it.

Ids are UUIDs of version 5 over what is detected: the same draft has the same id. Wildcards and backslashes of the log are
escaped.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any, TextIO

from engine.errors import NotFound
from engine.handover.draft import NOISY, Count, Matched, RuleDraft, Selection, count, counted, draft, noisy
from engine.handover.format import ExportFormat, Needs
from engine.handover.material import Handed
from engine.handover.stix_ids import OURS, canonical
from engine.handover.yaml_text import document
from engine.untrusted import visible

_BACKSLASHES = re.compile(r"(\\+)(?=([*?])|(.|\Z))", re.DOTALL)


def write(handed: Handed, stream: TextIO) -> int:
    """The drafts, one document after the other; their number. Raises NotFound where no incident was called malicious."""
    drafts, without = [], []
    for incident in handed.incidents:
        made = draft(incident)
        if made is None:
            without.append(incident.name)
        else:
            drafts.append(made)
    if not drafts:
        raise NotFound(
            "No rule can be drafted: none of these incidents has a process that was called malicious and whose path is known.",
            remedy="Judge one first: oddkin label F1 malicious",
        )
    if without:
        handed.said.append(f"No rule was drafted of {', '.join(without)}: nothing in there was called malicious.")
    for number, (one, found) in enumerate(count(drafts, handed.case())):
        stream.write("---\n" if number else "")
        stream.write(document(_rule(handed, one, found)))
    return len(drafts)


def _rule(handed: Handed, one: RuleDraft, found: Mapping[Selection, Matched]) -> dict[str, Any]:
    each = {selection: counted(one, selection, matched, {}) for selection, matched in found.items()}
    dropped = {of: number for of, number in each.items() if noisy(number) and of != one.selections[0]}
    one = one.without(dropped)
    every = sum((found[of] for of in one.selections), Matched())
    whole = counted(one, None, every, handed.verdicts(sorted(every.processes)))
    names = ["selection"] if len(one.selections) == 1 else [f"selection_{place + 1}" for place in range(len(one.selections))]
    detection: dict[str, Any] = dict(zip(names, map(_map, one.selections), strict=True))
    detection["condition"] = "selection" if len(names) == 1 else "1 of selection_*"
    lead = one.selections[0]
    windows = lead.image.startswith("\\")
    return {
        "title": visible(f"Draft: {lead.image[1:]}" + (f" started by {lead.parent[1:]}" if lead.parent else ""), 200),
        "id": str(uuid.uuid5(OURS, canonical([windows, detection]))),
        "status": "experimental",
        "description": " ".join(
            _sentences(handed, one, whole, {name: each[of] for name, of in zip(names, one.selections, strict=True)}, dropped)
        ),
        "author": visible(", ".join([*one.judged_by, "drafted by oddkin"])),
        **({"date": one.judged_at[:10]} if one.judged_at else {}),
        **({"tags": [f"attack.{technique.lower()}" for technique in one.techniques]} if one.techniques else {}),
        "logsource": {"category": "process_creation", "product": "windows" if windows else "linux"},
        "detection": detection,
        "falsepositives": [_false_positives(whole)],
        "level": "high" if not whole.elsewhere else "medium" if whole.elsewhere < NOISY else "low",
    }


def _sentences(
    handed: Handed, one: RuleDraft, whole: Count, each: Mapping[str, Count], dropped: Mapping[Selection, Count]
) -> list[str]:
    told = [
        f"Drafted by {visible(handed.about.sentence())}, from incident {one.incident.name}.",
        f"In that case it matches {_many(whole.all, 'process', 'processes')} on {_many(whole.hosts, 'host', 'hosts')}:"
        f" {whole.inside:,} of the incident, {whole.elsewhere:,} elsewhere{_others(whole)}.",
    ]
    if len(each) > 1:
        told += [f"{name}: {of.inside:,} inside, {of.elsewhere:,} elsewhere." for name, of in each.items()]
    told += [
        f"Left out, as it speaks of everyday life: {visible(of.image[1:])} started by {visible(of.parent[1:]) or 'anything'},"
        f" {number.inside:,} inside, {number.elsewhere:,} elsewhere."
        for of, number in dropped.items()
    ]
    if one.left:
        told.append(f"In no selection: {_many(one.left, 'judged process', 'judged processes')} of the incident.")
    return told


def _many(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"


def _others(of: Count) -> str:
    said = ", ".join(f"{number:,} {verdict.replace('_', ' ') or 'without a verdict'}" for verdict, number in of.others)
    return f" ({said})" if said else ""


def _false_positives(whole: Count) -> str:
    if not whole.elsewhere:
        return "None in the case that it was drafted from; not tried anywhere else"
    return f"{_many(whole.elsewhere, 'process', 'processes')} outside of the incident in the case that it was drafted from"


def _map(selection: Selection) -> dict[str, Any]:
    made: dict[str, Any] = {"Image|endswith": escaped(selection.image)}
    if selection.parent:
        made["ParentImage|endswith"] = escaped(selection.parent)
    if len(selection.parts) == 1:
        made["CommandLine|contains"] = escaped(selection.parts[0])
    elif selection.parts:
        made["CommandLine|contains|all"] = [escaped(part) for part in selection.parts]
    return made


def escaped(text: str) -> str:
    r"""A text as a value of Sigma that means itself: * and ? escaped, backslashes doubled where they would be read otherwise.

    A single backslash before a letter is written as it is, as the specification recommends.
    """

    def backslashes(found: re.Match[str]) -> str:
        alone = len(found[1]) == 1 and found[2] is None and found[3] is not None
        return found[1] if alone else found[1] * 2

    return re.sub(r"[*?]", r"\\\g<0>", _BACKSLASHES.sub(backslashes, text))


FORMAT = ExportFormat("sigma", "draft of a Sigma rule", ".sigma.yml", 120, Needs.INCIDENTS, ("draft", "drafts"), write)
