"""A bundle of STIX 2.1 (https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html), written without a library: it has to be
the same bytes for the same case, and a library would bring a dependency for what is a dictionary.

Of each incident (of what is in none: of each host) an observed-data with its processes, their files, directories, accounts and
the addresses, domains and URLs of their command lines. An identity is the host, to which it has a relationship; another is
oddkin. What was judged and why is in a note each, techniques among its external references. No indicator and no malware:
what is one is for whoever hands it on to say.

Times of objects are those of what they tell of, never of the clock; of what has no time 1970.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from engine.handover.format import ExportFormat, Needs
from engine.handover.indicators import indicators
from engine.handover.material import Handed
from engine.handover.plain import wholly, write_json
from engine.handover.rows import ExportRow
from engine.handover.stix_ids import observable, ours
from engine.handover.told import techniques
from engine.hash_lists.hashes import by_kind
from engine.untrusted import visible

NO_TIME = "1970-01-01T00:00:00.000000Z"
KINDS = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha512": "SHA-512"}
OBSERVABLES = {"ipv4": "ipv4-addr", "ipv6": "ipv6-addr", "domain": "domain-name", "url": "url"}
"""Kind of an indicator -> type of observable."""


@dataclass(slots=True)
class _Group:
    """What becomes one observed-data."""

    name: str
    host: str
    rows: list[ExportRow] = field(default_factory=list)


@dataclass(slots=True)
class _Bundle:
    """Objects by their ids, in the order in which they came."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, made: dict[str, Any]) -> str:
        """Put an object in, once; its id."""
        self.objects.setdefault(made["id"], made)
        return str(made["id"])

    def observable(self, kind: str, **properties: Any) -> str:
        """Put an observable in whose id follows from what it is."""
        made = wholly(properties)
        return self.add({"type": kind, "spec_version": "2.1", "id": observable(kind, made), **made})


def write(handed: Handed, stream: TextIO) -> int:
    """The bundle; the number of objects in it."""
    bundle = _Bundle()
    tool = bundle.add(_identity("system", f"oddkin {handed.about.version}", NO_TIME, None, handed.about.sentence()))
    groups: dict[str, _Group] = {}
    for row in handed.rows:
        name = row.incident or f"processes of {row.host} in no incident"
        groups.setdefault(name, _Group(name, row.host)).rows.append(row)
    recorded = {row.process for group in groups.values() for row in group.rows if row.process}
    for group in groups.values():
        _put(bundle, group, tool, handed.about.case, recorded)
    listed = list(bundle.objects.values())
    write_json({"type": "bundle", "id": ours("bundle", *bundle.objects), "objects": listed}, stream)
    return len(listed)


def _put(bundle: _Bundle, group: _Group, tool: str, case: str, recorded: set[str]) -> None:
    """A group with all that belongs to it."""
    times = sorted(row.time for row in group.rows if row.time) or [NO_TIME]
    refs = list(dict.fromkeys(ref for row in group.rows for ref in _observed(bundle, row, case, recorded)))
    told = ours("observed-data", case, group.name, times[0], times[-1], *refs)
    common = {"spec_version": "2.1", "created": times[-1], "modified": times[-1], "created_by_ref": tool}
    bundle.add({
        "type": "observed-data", "id": told, **common, "first_observed": times[0], "last_observed": times[-1],
        "number_observed": 1, "object_refs": refs, "labels": [visible(group.name)],
    })  # fmt: skip
    if group.host:
        host = bundle.add(_identity("system", visible(group.host), times[-1], tool, f"a host of case {visible(case)}"))
        bundle.add({
            "type": "relationship", "id": ours("relationship", told, host), **common, "relationship_type": "related-to",
            "source_ref": told, "target_ref": host, "description": "observed on",
        })  # fmt: skip
    for note in _notes(group, told, case):
        bundle.add({"type": "note", **common, **note})


def _identity(kind: str, name: str, at: str, by: str | None, description: str) -> dict[str, Any]:
    made = {
        "type": "identity", "spec_version": "2.1", "id": ours("identity", kind, name), "created": at, "modified": at,
        "name": name, "identity_class": kind, "description": description,
    }  # fmt: skip
    return made if by is None else {**made, "created_by_ref": by}


def _observed(bundle: _Bundle, row: ExportRow, case: str, recorded: set[str]) -> Iterator[str]:
    """Ids of what is observed in a process: itself, its file, its account, what its command line names."""
    process = {
        "type": "process", "spec_version": "2.1", "id": _process_id(case, row.process, row), "pid": row.pid,
        "created_time": row.time or None, "cwd": row.working_directory or None, "command_line": row.command_line or None,
        "creator_user_ref": bundle.observable("user-account", account_login=row.user) if row.user else None,
        "image_ref": _file(bundle, row),
        "parent_ref": _process_id(case, row.parent_process, None) if row.parent_process in recorded else None,
    }  # fmt: skip
    made = wholly({name: value for name, value in process.items() if value is not None})
    if len(made) == 3:
        return  # a process has to tell something of itself
    yield bundle.add(made)
    for ref in (process["image_ref"], process["creator_user_ref"]):
        if isinstance(ref, str):
            yield from (ref, *filter(None, [bundle.objects[ref].get("parent_directory_ref")]))
    for one in indicators(row):
        if one.where == "command line" and one.kind in OBSERVABLES:
            yield bundle.observable(OBSERVABLES[one.kind], value=one.value)


def _process_id(case: str, number: str, row: ExportRow | None) -> str:
    """Of a recorded process by its number in the workspace; one without a number by all that is known of it."""
    if number or row is None:
        return ours("process", case, number)
    return ours("process", case, row.host, row.time, row.pid, row.image, row.source_file, row.position)


def _file(bundle: _Bundle, row: ExportRow) -> str | None:
    cut = max(row.image.rfind("\\"), row.image.rfind("/")) + 1
    folder, name = row.image[:cut], row.image[cut:]
    told: dict[str, Any] = {}
    if known := {KINDS[kind]: value for kind, value in by_kind(row.hashes).items() if kind in KINDS}:
        told["hashes"] = known
    if name:
        told["name"] = name
    if not told:
        return None
    if len(folder) > 1:
        told["parent_directory_ref"] = bundle.observable("directory", path=folder[:-1] if folder[:-1][-1:] != ":" else folder)
    return bundle.observable("file", **told)


def _notes(group: _Group, told: str, case: str) -> Iterator[dict[str, Any]]:
    """What the tables say of the group, then each verdict with what was noted, each once."""
    lines, shown = [], dict[str, None]()
    for row in group.rows:
        said = list(techniques(row))
        shown |= dict.fromkeys(one.technique for one in said)
        reasons = "; ".join(visible(one) for one in row.reason)
        score = f", score {row.score:.3f}" if row.score is not None else ""
        lines.append(f"{row.process or 'a process'}{score}: {reasons or 'no signal finds it odd'}")
    attack = [{"source_name": "mitre-attack", "external_id": one} for one in shown]
    yield {
        "id": ours("note", told, "reasons"), "abstract": f"{visible(group.name)}: why oddkin lists it",
        "content": "\n".join(lines), "object_refs": [told], **({"external_references": attack} if attack else {}),
    }  # fmt: skip
    for verdict, note, author, at in dict.fromkeys(
        (row.verdict, row.note, row.labelled_by, row.labelled_at) for row in group.rows if row.verdict
    ):
        judged = [_process_id(case, row.process, row) for row in group.rows if (row.verdict, row.note) == (verdict, note)]
        yield {
            "id": ours("note", told, verdict, note, author, at), "abstract": f"verdict: {visible(verdict)}",
            "content": visible(note) or f"called {visible(verdict)} without a note", "object_refs": list(dict.fromkeys(judged)),
            **({"authors": [visible(author)]} if author else {}), **({"created": at, "modified": at} if at else {}),
        }  # fmt: skip


FORMAT = ExportFormat("stix", "STIX 2.1 bundle", ".stix.json", 70, Needs.PROCESSES, ("object", "objects"), write)
