"""Whether a document in Elastic Common Schema tells that a process began or ended: from its `event`, and from nothing else unless
that says nothing.

Actions decide first: they are the product's own words, and event.type is what the schema made of them. Auditbeat calls a service
that was started, a command that sudo ran and the audit daemon's own beginning `start`, too, and a sent signal `end`
(github.com/elastic/go-libaudit, aucoalesce/normalizations.yaml): their process is the one that told, so those actions are named.
"""

from __future__ import annotations

from typing import Any

from engine.readers.contract import Record
from engine.readers.windows.windows_fields import event_number

START, END, OTHER, SILENT = "start", "end", "other", "silent"
"""SILENT: the event says nothing at all, as in a table of some chosen fields."""

_STARTS = frozenset(
    (
        *("start", "exec", "executed", "process_started", "existing_process", "creation", "creation_event", "already_running"),
        *("process created", "process create (rule: processcreate)", "created-process"),
    )
)
_ENDS = frozenset(
    (
        *("end", "stop", "exit", "process_stopped", "terminated", "termination_event", "exited-process", "crashed-program"),
        *("process terminated", "process terminated (rule: processterminate)"),
    )
)
_OTHERS = frozenset(
    (
        *("fork", "change", "info", "uid_change", "gid_change", "session_id_change"),
        *("ran-command", "started-service", "stopped-service", "started-audit", "shutdown-audit", "aborted-auditd-startup"),
        *("attempted-execution-of-forbidden-program", "killed-pid", "text_output", "remote_thread"),
    )
)
_START_TYPES = frozenset(("start", "process_start", "creation"))
_END_TYPES = frozenset(("end", "process_end"))
_PLAIN_TYPES = _START_TYPES | _END_TYPES | {"info", "process"}
_KINDS = frozenset(("alert", "metric", "asset", "enrichment"))
"""Kinds of documents that tell of no event, or of one that a document of its own tells."""
_CODES = {1: START, 4688: START, 5: END, 4689: END}
_TOLD = ("category", "type", "action", "code")


def phase_of(event: Record, process: Record) -> str:
    """START, END or OTHER."""
    phase = phase_of_event(event)
    if phase != SILENT:
        return phase
    # What a start has beside its process, and what connections and files do not come with.
    parent = process.get("parent")
    whole = type(parent) is dict and _says(parent, ("executable", "name", "pid")) and _says(process, ("command_line", "args"))
    return START if whole and not _says(process, ("exit_code", "end")) else OTHER


def phase_of_event(event: Record) -> str:
    """The same from the document's `event` alone; SILENT where that says nothing."""
    if not _KINDS.isdisjoint(_words(event.get("kind"))) or "failure" in _words(event.get("outcome")):
        return OTHER
    if not any(map(event.get, _TOLD)):
        return SILENT
    category, types, actions = _words(event.get("category")), _words(event.get("type")), _words(event.get("action"))
    # Auditbeat 6 called system calls audit-rule.
    if category and "process" not in category and "audit-rule" not in category:
        return OTHER
    # Elastic Defend tells the whole life of a short process at once: fork, exec, end.
    for phase, words in ((START, _STARTS), (END, _ENDS), (OTHER, _OTHERS)):
        if not words.isdisjoint(actions):
            return phase
    # Numbers are Windows' event ids: PowerShell's module calls the start of an engine a process that starts.
    code = event_number(event.get("code"))
    if code is not None and code not in _CODES:
        return OTHER
    if not category and any(kind not in _PLAIN_TYPES for kind in types if "," not in kind and kind[:1] != "["):
        return OTHER
    for phase, words in ((START, _START_TYPES), (END, _END_TYPES)):
        if not words.isdisjoint(types):
            return phase
    return _CODES.get(code, OTHER) if not actions and not types and code is not None else OTHER


def _says(record: Record, keys: tuple[str, ...]) -> bool:
    return any(record.get(key) not in (None, "", "-", []) for key in keys)


def _words(value: Any) -> list[str]:
    """The values in lower case; those of a table's cell ("host,process", '["process","session"]') besides the cell itself."""
    values = value if type(value) is list else (value,)
    words = [item.lower() for item in values if type(item) is str]
    return words + [part.strip(" []\"'") for word in words if "," in word or word[:1] == "[" for part in word.split(",")]
