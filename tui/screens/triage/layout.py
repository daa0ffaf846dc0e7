"""How Triage is laid out: findings over the whole width, below them the incident beside why; sizes by the terminal's."""

from __future__ import annotations

from enum import Enum

HUGE = 160
"""Columns from which the findings get what the tree leaves."""
LEAST_TREE, AROUND_TREE, LEAST_LIST = 26, 5, 10
"""Rows: of the tree at least, around its lines, of the findings at least."""


class Page(Enum):
    """Which panes share the page."""

    ALL = "all"
    STORY = "story"
    """The incident or chain, with why."""
    WHY = "why"


HELP = (
    "Work from the top: a line is a finding, incidents that are alike; the first of them stands below as a tree. Decide with"
    " one key: the line above the keys says what it is for, and `┃` marks those processes in the tree; grey context never gets a"
    " verdict. **x** makes that wider, **X** narrower: process, branch (a process and what it started), incident, finding;"
    " it begins at the incident on each finding. **.** and **,** go to the finding's other occurrences, **tab** to the next"
    " pane, **J** and **K** along the list from any pane, **n** to what is still to be decided. **enter** gives a pane the"
    " whole page, **esc** goes back. **v** lists chains instead of findings, each step by step below. **t** shows the process"
    " in the tree of its host.\n\n"
    "More than 50 processes, more than one host, more than 20 mostly below the threshold, and what has another verdict is"
    " asked about first, in the same line: **enter** answers carefully, **A** with all of it, **esc** with nothing."
)
CSS = """
TriageScreen {
    #panes { height: 1fr; layout: vertical; }
    &.-narrow #time, &.-thin #time, &.-mid #time, &.-low #time, &.-flat #time { display: none; }
    #list { height: 10; }
    #story { height: 1fr; layout: horizontal; }
    #why { width: 48; border-left: solid $border; padding: 0; }
    #why-view, #evidence { padding: 0 0 0 1; }
    #why .gap { display: none; height: 1; }
    #why.-both .gap, #why.-both #evidence { display: block; }
    QueueTable, IncidentTree, ChainView, EvidenceView, WhyView { height: 1fr; width: 1fr; }
    &.-huge #why { width: 75; }
    &.-narrow #list { height: 7; }
    &.-narrow.-high #list { height: 10; }
    &.-narrow #story, &.-thin #story { layout: vertical; }
    &.-narrow #why, &.-thin #why { width: 1fr; height: 4; border-left: none; }
    &.-narrow #why-view, &.-thin #why-view, &.-narrow #evidence, &.-thin #evidence { padding: 0 1; }
    &.-narrow.-high #why { height: 9; }
    &.-low #list, &.-narrow.-low #list { height: 4; }
    &.-narrow.-low #why { display: none; }
    &.-narrow.-low.-page-why #why, &.-narrow.-low.-page-story #why { display: block; }
    &.-thin #list, &.-flat #list { height: 1fr; }
    &.-thin #story, &.-flat #story { display: none; }
    &.-page-story #list, &.-page-why #list, &.-page-why #told { display: none; }
    &.-page-story #story, &.-page-why #story { display: block; height: 1fr; }
    &.-page-story.-narrow #why { height: 1; }
    &.-page-story.-narrow.-high #why { height: 9; }
    &.-page-story.-thin #why, &.-page-story.-flat #why { display: none; }
    &.-page-why #why, &.-page-why.-narrow #why, &.-page-why.-thin #why, &.-page-why.-flat #why {
        width: 1fr; height: 1fr; border-left: none;
    }
}
"""
"""The height of the list has its title and the header of its table: 5 or 8 findings."""


def tree_height(width: int, page: Page, rows: int, room: int) -> int | None:
    """Rows for the story on a large terminal; None where the stylesheet says it. room: for findings and story together."""
    if width < HUGE or page is not Page.ALL or room < LEAST_TREE + LEAST_LIST:
        return None
    return min(max(rows + AROUND_TREE, LEAST_TREE), room - LEAST_LIST)
