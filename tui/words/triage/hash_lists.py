"""What comparing a case with lists of hashes came to, in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.untrusted import visible
from tui.words.words import many, paste

if TYPE_CHECKING:
    from engine.jobs.compare import ListCompared
    from store.chains.hash_lists import HashListView

KNOWN = {"good": "known good", "bad": "known bad"}
LONGEST = 80
"""Characters of a list's name."""


def compared_lines(done: ListCompared) -> list[str]:
    """What was read of a list and which of the case's programs are on it; what was not understood."""
    if done.read is None:
        return []
    read, kind = done.read, KNOWN[done.given.kind.word]
    name = list_name(done.given.path.name)
    there = f"of {many(done.compared, 'program')} with a hash {done.named:,} {'is' if done.named == 1 else 'are'} on it"
    lines = [f"{name} ({kind}): {many(read.hashes, 'line')} with a hash; {there if done.compared else NO_HASHES}"]
    if read.strange:
        shown = [f"{list_name(Path(path).name)}:{number} {sample(line)!r}" for path, number, line in read.first]
        lines.append(f"  {many(read.strange, 'line')} of it {'is' if read.strange == 1 else 'are'} no hash: {', '.join(shown)}")
    if read.without:
        lines.append(f"  no hash in {', '.join(list_name(Path(path).name) for path in read.without)}")
    lines += [f"  not read to its end: {visible(problem.message)}" for problem in read.problems]
    return lines


def known_words(known: str, lists: Sequence[str]) -> str:
    """What lists say of a program, with their names; "" where none names it."""
    return f"{KNOWN[known]} by {', '.join(map(list_name, lists))}" if known in KNOWN else ""


NO_HASHES = "no record of the case has a hash of its program"


def sample(line: bytes) -> str:
    """The beginning of a line that is no hash."""
    return visible(line.decode("utf-8", "backslashreplace"), 40)


def list_name(name: str) -> str:
    """A list's name, safe to show."""
    return visible(name, LONGEST)


def later_line(one: HashListView, case: str) -> str:
    """That programs came which a list was not compared with; "" where none did."""
    if not one.later:
        return ""
    came = f"{many(one.later, 'program')} came after the list {list_name(one.name)} ({KNOWN[one.kind]}) was compared"
    if one.kind == "good":
        return f"{came}; give it again: oddkin rank --case {paste(case)} --known-good {paste(one.path)}"
    return f"{came}; give it again: oddkin rank --case {paste(case)} --known-bad {paste(one.path)}"


def list_lines(lists: Sequence[HashListView], both: int, case: str) -> list[str]:
    """The lists of a case, a line each."""
    lines = []
    for one in lists:
        problems = "".join(
            (
                f", {many(one.strange, 'line')} not understood" if one.strange else "",
                f", {many(one.unread, 'part')} not read" if one.unread else "",
            )
        )
        lines.append(
            f"{KNOWN[one.kind]} by {visible(one.path, 200)} (SHA-256 {one.sha256[:16] or 'unknown'}): {one.named:,} of"
            f" {many(one.compared, 'program')} with a hash; {many(one.hashes, 'line')} with a hash{problems}"
        )
        if said := later_line(one, case):
            lines.append(f"  {said}")
    if both:
        lines.append(f"{many(both, 'program')} {'is' if both == 1 else 'are'} on lists of both kinds: the known-bad one counts")
    return lines


def lists_words(lists: Sequence[HashListView]) -> str:
    """The lists of a case in a line, with what came after them."""
    return " · ".join(
        f"{list_name(one.name)}: {one.named:,} of {many(one.compared, 'program')} {KNOWN[one.kind]}"
        + (f", {one.later:,} came later: B gives it again" if one.later else "")
        for one in lists
    )


def compared_words(done: Sequence[ListCompared]) -> str:
    """The same for a line on a screen."""
    parts = []
    for one in done:
        name = list_name(one.given.path.name)
        if one.read is None:
            parts.append(f"{name} was not read: {visible(one.problem.message) if one.problem else ''}")
        elif not one.compared:
            parts.append(f"{name}: {NO_HASHES}")
        else:
            strange = f", {many(one.read.strange, 'line')} not understood" if one.read.strange else ""
            parts.append(f"{name}: {one.named:,} of {many(one.compared, 'program')} {KNOWN[one.given.kind.word]}{strange}")
    return " · ".join(parts)
