"""Small faults that a test has to notice, kept as a table.

Each was a fault that somebody made, or one that the nearest tests did not see when it was put in. Where one survives, a test is
missing. The text that a mutant replaces has to be in its file exactly once: who rewrites the line renews the mutant with it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault."""

    name: str
    """What the fault does."""
    file: str
    old: str
    new: str
    test: str
    """Arguments of pytest: the file, class or test that has to fail, with -k where a file has many slow ones."""


LINEAGE = "tests/engine/lineage/test_limits.py"
ENDS = "tests/engine/lineage/test_ends.py"
PLACEHOLDERS = "engine/lineage/placeholders.py"
LINKS = "engine/lineage/links.py"
GUARDS = "tests/engine/rules/test_guards.py"
WALK = "tests/engine/readers/containers/test_walk.py"
VERDICTS = "tests/store/verdicts/test_verdicts.py"
SUBJECTS = "tests/store/verdicts/test_subjects.py"
HISTORIES = "tests/store/verdicts/test_histories.py"
PARTS = "tests/engine/detector/test_parts.py"
RENAMED = "tests/engine/knowledge/test_renamed.py"
CELLS = "tests/store/export/test_write.py"
HANDOVER = "tests/engine/handover"
VISIBLE = "tests/engine/test_untrusted.py"
PUBLISHED = "tests/engine/classifier/published/"
ROW_PAGES = "tests/tui/widgets/test_row_pages.py"

MUTANTS = (
    # Lineage
    Mutant(
        "records of two kinds get the slack of one", LINKS,
        "slack = np.where(same_kind, SLACK_US, CROSS_SLACK_US)", "slack = np.where(same_kind, SLACK_US, SLACK_US)", LINEAGE,
    ),
    Mutant(
        "an old pid is as good as a young one", LINKS,
        "links.confidence[asking[stale]] = confidence.PID_STALE", "links.confidence[asking[stale & ~stale]] = 0", LINEAGE,
    ),
    Mutant(
        "a pid's later owner does not part the children of two parents", PLACEHOLDERS,
        "key = group_numbers(wanted.pid, wanted.image, latest)", "key = group_numbers(wanted.pid, wanted.image)", LINEAGE,
    ),
    Mutant(
        "one pair is enough to shift a clock", "engine/lineage/clock.py",
        "if counts[best] >= _SHARE * len(gap) else 0", "if counts[best] >= 1 else 0", LINEAGE,
    ),
    Mutant(
        "any difference of clocks is a time zone", "engine/lineage/clock.py",
        "<= _RESIDUAL_US)", "<= _STEP_US)", LINEAGE,
    ),
    Mutant(
        "children a week apart have two parents a microsecond early", PLACEHOLDERS,
        "time[order][:-1] > GAP_US", "time[order][:-1] >= GAP_US", LINEAGE,
    ),
    Mutant(
        "a cycle is cut at its strongest link", "engine/lineage/cycles.py",
        "-lead, confidence[nodes], cycle", "-lead, -confidence[nodes], cycle", "tests/engine/lineage/test_cycles.py",
    ),
    Mutant(
        "execve after a pause of any length", "engine/lineage/execs.py",
        "soon = ~timed | (facts.time[later] - facts.time[earlier] <= EXEC_GAP_US)", "soon = timed | ~timed", LINEAGE,
    ),
    Mutant(
        "a pid is free the moment its process ends", "engine/lineage/ends.py",
        "np.where(timed, time, 0) - CROSS_SLACK_US, False)", "np.where(timed, time, 0), False)", ENDS,
    ),
    Mutant(
        "an end is of whoever has the pid, also of who has just begun", "engine/lineage/ends.py",
        "(start < time - CROSS_SLACK_US)", "(start <= time)", ENDS,
    ),
    Mutant(
        "a clock goes back whatever the log's order", "engine/lineage/steps.py",
        "return int(above) < int(below)", "return True", "tests/engine/lineage/test_steps.py",
    ),
    Mutant(
        "a short name is any of two machines", "engine/lineage/same_host.py",
        "len(known) == 1:", "known:", "tests/store/evidence/test_same_host.py",
    ),
    Mutant(
        "steps without an image stay in chains", "engine/lineage/chainset.py",
        "known[known] = named[image[known]]", "_ = named", "tests/engine/lineage/test_chains.py",
    ),
    # Paging
    Mutant(
        "a row is lost at each border of a page", "store/queue/pages.py",
        "after = rows[-1].rank", "after = rows[-1].rank + 1", "tests/store/test_pages.py tests/store/queue/test_pages.py",
    ),
    Mutant(
        "the processes of a chain are read a page and a bit apart", "store/export/rows.py",
        "for start in range(0, len(numbers), PAGE):", "for start in range(0, len(numbers), PAGE + 1):",
        "tests/store/test_pages.py tests/store/export/test_write.py",
    ),
    Mutant(
        "the width of a host's number is counted without its tenth digit", "store/base/ids.py",
        "width = int(digits[-1]) or 10", "width = int(digits[-1]) or 9", "tests/store/base/test_ids.py",
    ),
    Mutant(
        "what an incident covers is folded like its context", "tui/actions/incident_story.py",
        "if not child.context or child.children", "if child.children", "tests/tui/render/test_incident_tree.py",
    ),
    Mutant(
        "a verdict on one process is told of its whole chain", "store/export/rows.py",
        "yield row, () if rank in below else malicious", "yield row, ()", CELLS,
    ),
    Mutant(
        "a page backwards is in the wrong order", "store/queue/pages.py",
        "return tuple(reversed(found) if backwards else found)", "return tuple(found)", "tests/store/queue/test_pages.py",
    ),
    Mutant(
        "an undecided finding is lost between two looks", "store/queue/finding_positions.py",
        "start = stop", "start = stop + 1", "tests/store/queue/test_findings.py",
    ),
    Mutant(
        "the last page of a table that grows stays short", "tui/widgets/ledger_table.py",
        "if before and self.count != before:", "if self.count < before:", ROW_PAGES,
    ),
    Mutant(
        "rows that changed are not read again", "tui/widgets/ledger_table.py",
        "                del self._pages[number]", "                self._pages.move_to_end(number)", ROW_PAGES,
    ),
    Mutant(
        "rows that changed are told by their place in the page", "tui/widgets/ledger_table.py",
        "places = [number * PAGE + place", "places = [number + place", ROW_PAGES,
    ),
    # Undo
    Mutant(
        "undo takes back the oldest act", "store/verdicts/verdicts.py",
        "reverse(connection, number, stack[-1], action, author, now_us())",
        "reverse(connection, number, stack[0], action, author, now_us())",
        VERDICTS,
    ),
    Mutant(
        "anybody's act is undone", "store/verdicts/verdicts.py",
        "    if whose == author:", "    if whose is not None:", VERDICTS,
    ),
    Mutant(
        "a new verdict leaves what could be redone", "store/scope/state.py",
        "undone.clear()", "undone.copy()", VERDICTS,
    ),
    Mutant(
        "what an undo brings back is signed by who undid", "store/verdicts/acts.py",
        "None if again is None else _held(again, again.id)",
        "None if again is None else _held(again._replace(author=author), again.id)", VERDICTS,
    ),
    # Verdicts narrower than a chain
    Mutant(
        "a variant overwrites what its host decides", "store/verdicts/giving.py",
        "if any(cell.verdict is not None and not cell.stays for cell, _ in part.cells):", "if False:", SUBJECTS,
    ),
    Mutant(
        "a wider verdict leaves narrower ones although it is to overwrite", "store/verdicts/giving.py",
        "*(self._narrower(part) if wanted.overwrite else [])", "*[]", SUBJECTS,
    ),
    Mutant(
        "links that change leave verdicts where they were", "store/evidence/lineage_rows.py",
        "    resolved.rebuild(connection, host_id)\n", "", SUBJECTS,
    ),
    Mutant(
        "a chain's row is decided by its narrower verdicts alone", "store/scope/rules.py",
        "AND x.count > ({ON_THIS_HOST})", "AND 0 > ({ON_THIS_HOST})", HISTORIES,
    ),
    Mutant(
        "what scores the threshold exactly is below it", "store/verdicts/covers.py",
        'SELECT k.score >= {self._threshold} FROM', 'SELECT k.score > {self._threshold} FROM', SUBJECTS,
    ),
    Mutant(
        "processes at one position of a log are one", "store/narrow/record_names.py",
        "if mark(*row[2:]) == name.mark:", "if True:", SUBJECTS,
    ),
    # Guards of rules
    Mutant(
        "misspellings of two names may become one", "engine/rules/guards.py",
        "if made.setdefault(after, target) != target:", 'if made.setdefault(after, target) == "":', GUARDS,
    ),
    Mutant(
        "misspellings of one name may not become one", "engine/rules/guards.py",
        "if made.setdefault(after, target) != target:", "if made.setdefault(after, word) != word:", GUARDS,
    ),
    Mutant(
        "a pattern may read any number of characters", "engine/rules/guards.py",
        "expression.cost <= MAX_COST and options <= MAX_OPTIONS", "options <= MAX_OPTIONS", GUARDS,
    ),
    Mutant(
        "a rule may move paths between zones", "engine/rules/guards.py",
        "(after := zone(location_class(made))) is not before", "(after := zone(location_class(made))) is None", GUARDS,
    ),
    # Fusion and findings
    Mutant(
        "equal values count as all above one another", "engine/signals/fusion.py",
        "(size - up_to) + (size - smaller)", "(size - up_to) + (size - up_to)", "tests/engine/signals/test_fusion.py",
    ),
    Mutant(
        "what is not known is odd", "engine/signals/fusion.py",
        "np.where(np.isnan(values), np.log(2.0), found)", "np.where(np.isnan(values), found.max(initial=9.0), found)",
        "tests/engine/signals/test_fusion.py",
    ),
    Mutant(
        "families weigh the same", "engine/signals/fusion.py",
        "part = weight * _mean(", "part = _mean(", "tests/engine/signals/test_fusion.py",
    ),
    Mutant(
        "a routine counts by the hosts it ran on", "engine/signals/recurrence.py",
        "table.time_us[timed] // HOUR_US, return_inverse", "table.time_us[timed] // HOUR_US + table.host[timed], return_inverse",
        "tests/engine/signals/test_recurrence.py",
    ),
    Mutant(
        "an unknown program costs its own rarity", "engine/signals/pairs.py",
        "np.where(edges.child >= 0, _chance_of_name(table, edges), 1.0)", "_chance_of_name(table, edges)",
        "tests/engine/signals/test_counts.py",
    ),
    Mutant(
        "the variants behind a finding's first count whole", "engine/findings/alike.py",
        "np.asarray(out + NEXT * np.bincount(", "np.asarray(out + np.bincount(", "tests/engine/findings",
    ),
    # Escaping
    Mutant(
        "line separators are written as they are", "engine/untrusted.py",
        '"Cn", "Zl", "Zp"})', '"Cn"})', VISIBLE,
    ),
    Mutant(
        "any number of combining marks", "engine/untrusted.py",
        "or marks > _MARKS_IN_A_ROW", "or marks > 99", VISIBLE,
    ),
    Mutant(
        "a formula behind a semicolon is left", "engine/handover/csv_cells.py",
        "text = _INNER.sub(lambda match: match[1] + _escaped(match[2]), text)", "text = str(text)", CELLS,
    ),
    Mutant(
        "an apostrophe of the text is taken for ours", "engine/handover/csv_cells.py",
        "\\t\\n]|'\")", "\\t\\n]\")", CELLS,
    ),
    # Handing over
    Mutant(
        "a text of a page is its markup", "engine/handover/document/html.py",
        "return html.escape(visible(words), quote=True)", "return visible(words)", f"{HANDOVER}/test_documents.py",
    ),
    Mutant(
        "a code span ends where its text says so", "engine/handover/document/markdown.py",
        'fence = "`" * (longest + 1)', 'fence = "`" * max(longest, 1)', f"{HANDOVER}/test_documents.py",
    ),
    Mutant(
        "a wildcard of the log stays one in a rule", "engine/handover/formats/as_sigma.py",
        'return re.sub(r"[*?]", r', 'return re.sub(r"[?]", r', f"{HANDOVER}/test_hostile.py",
    ),
    Mutant(
        "everyday life stays in a draft", "engine/handover/draft.py",
        "return of.elsewhere > max(NOISY, 3 * of.inside)", "return False", f"{HANDOVER}/test_formats.py",
    ),
    Mutant(
        "a name is replaced within another word", "engine/handover/pseudonyms.py",
        "(?:{joined})(?![^\\W_])", "(?:{joined})", f"{HANDOVER}/test_pseudonyms.py",
    ),
    Mutant(
        "a process without a time is dropped from a timeline", "engine/handover/timeline_events.py",
        "        yield event(row)", "        if row.time:\n            yield event(row)", f"{HANDOVER}/test_formats.py",
    ),
    # Containers and readers
    Mutant(
        "what is inside of a file is not added up", "engine/readers/containers/decompress.py",
        "            self.expanded += size", "            self.expanded = size", WALK,
    ),
    Mutant(
        "every pass over a member is booked anew", "engine/readers/containers/decompress.py",
        "            self._furthest = out", "            pass", WALK,
    ),
    Mutant(
        "one container more inside another", "engine/readers/containers/walk.py",
        "elif depth >= self.budget.limits.depth:", "elif depth > self.budget.limits.depth:", WALK,
    ),
    Mutant(
        "what a mapper did not foresee ends the run", "engine/readers/guard.py",
        "            return unforeseen(error, record, position)", "            raise ValueError(position) from error",
        "tests/engine/readers/test_guard.py",
    ),
    # Sequences
    Mutant(
        "the ten tests are taught", "engine/classifier/published/recipe.py",
        "kept = [one for one in made if one.steps not in apart]", "kept = list(made)", PUBLISHED + "test_recipe.py",
    ),
    Mutant(
        "an unknown step is dropped", "engine/classifier/published/network.py",
        "self.rows.get(name_of(step), UNKNOWN) for step in last", "self.rows.get(name_of(step), PADDING) for step in last",
        PUBLISHED + "test_network.py",
    ),
    Mutant(
        "the step that decided is the one that mattered least", "engine/classifier/published/answers.py",
        "best = int(np.nanargmax(taken))", "best = int(np.nanargmin(taken))", PUBLISHED + "test_answers.py",
    ),
    Mutant(
        "a tie is read leaf first", "engine/classifier/given/direction.py",
        "return self.leaf_first > self.root_first", "return self.leaf_first >= self.root_first",
        "tests/engine/classifier/given/test_direction.py",
    ),
    # Trust
    Mutant(
        "ten decisions of one class are enough", "engine/classifier/trust.py",
        "return min(self.malicious, self.others) >= LEAST_JUDGED", "return max(self.malicious, self.others) >= LEAST_JUDGED",
        "tests/engine/classifier",
    ),
    Mutant(
        "NaN weights are numbers", "engine/saved/foreign.py",
        'if dtype.kind == "f" and not np.isfinite(array).all():', 'if dtype.kind == "f" and np.isnan(array).all():',
        "tests/engine/saved",
    ),
    Mutant(
        "a pipe is a model's file", "engine/saved/foreign.py",
        "if not stat.S_ISREG(there.st_mode) or there.st_size > limit:", "if there.st_size > limit:",
        "tests/engine/saved",
    ),
    # Budget
    Mutant(
        "a chain more than the budget allows", "engine/detector/thresholds.py",
        "np.flatnonzero(spent <= allowed + 1e-9)", "np.flatnonzero(spent <= allowed + 1)", PARTS,
    ),
    Mutant(
        "equal scores are flagged in part", "engine/detector/thresholds.py",
        "spent = np.cumsum(np.bincount(place, weights=cost, minlength=len(values)))",
        "spent = np.cumsum(np.bincount(place, weights=cost, minlength=len(values))) - np.bincount(place) + 1", PARTS,
    ),
    Mutant(
        "a budget moves by chains and not by host-days", "store/scores/threshold_rows.py",
        "return int(per_host_day * host_days + 1e-6)", "return int(per_host_day + 1e-6)",
        "tests/store/scores/test_thresholds.py",
    ),
    # Tools under other names
    Mutant(
        "a tool that says its own name is renamed", "engine/knowledge/renamed.py",
        "or not is_windows(clean) or _tells(name, tool):", "or not is_windows(clean):", RENAMED,
    ),
    Mutant(
        "an everyday word in a version resource is a tool", "engine/knowledge/renamed.py",
        'return found | dict.fromkeys(words(load("renamed")["words"]), 0.0)', "return found", RENAMED,
    ),
    Mutant(
        "rules do not speak of a renamed tool", "engine/knowledge/command_rules.py",
        "+ (spellings(tool) if tool else ())", "+ ()", "tests/engine/knowledge/test_command_rules.py",
    ),
    Mutant(
        "names of two tables are numbered apart", "engine/domain/corpora.py",
        "of_second = [place.setdefault(name, len(place)) for name in second.originals]",
        "of_second = list(range(len(second.originals)))", "tests/engine/domain/test_processes.py",
    ),
)  # fmt: skip
