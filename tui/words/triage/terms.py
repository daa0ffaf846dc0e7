"""Every term of art that Triage shows, in one sentence each."""

from __future__ import annotations

from engine.signals.registry import find
from tui.words.triage.shares import share_title

TERMS = {
    "place and name": "The tables know from where programs run, what they are called there and who starts them; this one"
    " does not fit.",
    "rebuilt badly": "The networks learnt to rebuild everyday chains step by step; what they never saw comes back as something"
    " else.",
    "rare pair": "How seldom one program starts the other, and the one before it, among all processes that were counted.",
    "rare chain": "How seldom the whole line of programs from the first known ancestor occurs.",
    "few hosts": "On how few of the hosts the line of programs occurs.",
    "asks for": "What the command line asks for, by rules over its words; nothing in them was learnt from these logs.",
    "odd command line": "How seldom this program is given such words.",
    "like known attacks": "How much it is like recorded attacks of other estates, by its place, its role and its words.",
    "known bad": "The hash of a program is on a list of known-bad ones that was given: it stands above all that only looks odd.",
    "given": "The programs from the first known ancestor to this process, as the logs have them.",
    "rebuilt": "What the networks made of each step: the known program that is nearest to it; green where it is another one.",
    "error": "▲ 1 in 10, ▲▲ 1 in 50, ▲▲▲ 1 in 200 of the learnt steps of this kind of program are rebuilt as badly.",
    "usual": "What this parent starts most often, of all processes that were counted on systems of this kind.",
    "nearest": "The everyday line of programs that is most like this one, and how often it occurs.",
    "hosts": "Hosts with incidents of this finding, and how many each of them has.",
    "related": "Incidents of other hosts, or of later, that something in this one started, or that started it.",
    "more": "The other reasons together; the page of the finding lists each.",
    "context": "It stands beside the incident in the tree and is no part of it: no verdict on the incident covers it.",
    "share": "How much of the score this reason has; all of them together are the score.",
}
"""Term -> sentence."""


def explain(term: str) -> str:
    """A term in one sentence, by the name on the screen or a signal's own; "" for a word that is none."""
    wanted = term.strip().casefold()
    if wanted in TERMS:
        return TERMS[wanted]
    signal = find(term)
    if signal is None:
        return ""
    said = TERMS.get(share_title(term), "")
    return said or f"{signal.meaning[:1].upper()}{signal.meaning[1:]}."
