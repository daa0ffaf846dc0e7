"""What `oddkin starter build` does: recordings and a simulated fleet into a workspace of their own, the starter out of it.

Here and not in engine: it ingests into a database. Only `oddkin starter build` imports it.
"""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import InputError
from engine.jobs.ingest.request import IngestRequest
from engine.measure.known_labels import Label, read_labels
from engine.progress import Run
from engine.readers.containers.member import SEPARATOR
from engine.small_files import why
from tui.actions.ingest import ingest

if TYPE_CHECKING:
    from engine.jobs.starter import Material, Origin
    from engine.simulator import FleetPlan
    from engine.starter.pack import StarterPack

RECORDINGS, SIMULATOR = "recordings", "simulator"
OURS = "Apache-2.0"
_COPYRIGHT = re.compile(r"^\s*(Copyright (?:\(c\)|©|\d{4}).{0,200}?)\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a build depends on besides the recordings."""

    plan: FleetPlan
    seed: int
    built: str
    """The day, ISO 8601. Given and not asked of the clock where the same bytes are wanted again."""


def build_starter(folder: Path, recipe: Recipe, run: Run) -> StarterPack:
    """From a folder with labels.csv.gz, manifest.csv and LICENSES/. Raises InputError for one that lacks them."""
    from engine.jobs.starter import Material, build
    from engine.simulator import simulate
    from engine.simulator.logs.write import write_logs
    from store.workspace import open_workspace

    labels = read_labels(folder / "labels.csv.gz")
    origins = origins_of(folder, labels)
    with tempfile.TemporaryDirectory(prefix="oddkin-starter-") as scratch:
        workspace = open_workspace(Path(scratch) / "workspace")
        try:
            logs = write_logs(simulate(recipe.plan), Path(scratch), run)
            ingest(workspace, IngestRequest([folder], RECORDINGS), run)
            ingest(workspace, IngestRequest([logs.logs], SIMULATOR), run)
            materials = [Material(RECORDINGS, labels, origins, teaches_attacks=True), _simulated(read_labels(logs.ground_truth))]
            return build(materials, workspace.chains, workspace.evidence, _about(recipe), recipe.seed, run)
        finally:
            workspace.close()


def _simulated(labels: Sequence[Label]) -> Material:
    from engine.jobs.starter import Material, Origin

    ours = Origin("engine.simulator", "", OURS, (), {})
    return Material(SIMULATOR, labels, {SIMULATOR: ours}, teaches_attacks=False)


def _about(recipe: Recipe) -> dict[str, Any]:
    plan = asdict(recipe.plan)
    return {
        "built": recipe.built,
        "command": "oddkin starter build RECORDINGS",
        "libraries": {name: version(name) for name in ("numpy", "scikit-learn", "oddkin")},
        "simulator": {name: str(value) if hasattr(value, "isoformat") else value for name, value in plan.items()},
    }


def origins_of(folder: Path, labels: Sequence[Label]) -> Mapping[str, Origin]:
    """Source of the labels -> where its files come from. Raises InputError when one source has files of two licences."""
    from engine.jobs.starter import Origin

    known = _files(folder / "manifest.csv")
    found: dict[str, list[dict[str, str]]] = {}
    for file, source in sorted({(label.file.split(SEPARATOR, 1)[0], label.source) for label in labels}):
        if file not in known:
            raise InputError(f"{file} has labels, but no line in manifest.csv.", file=str(folder / "manifest.csv"))
        found.setdefault(source, []).append(known[file])
    out = {}
    for source, rows in found.items():
        licences = {row["licence"] for row in rows}
        if len(licences) > 1:
            raise InputError(f"The files of {source} have several licences: {', '.join(sorted(licences))}.", file=str(folder))
        files = {row["file"]: row["sha256"] for row in rows}
        first = rows[0]
        owners = _copyrights(folder / "LICENSES", first["file"])
        out[source] = Origin(first["source_repository"], first["commit"], first["licence"], owners, files)
    return out


def _files(path: Path) -> dict[str, dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as text:
            return {row["file"]: row for row in csv.DictReader(text)}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        raise InputError(f"Cannot read {path}: {why(error, path)}.", file=str(path)) from error


def _copyrights(folder: Path, file: str) -> tuple[str, ...]:
    """The copyright lines of a repository's licence, which the permissive licences ask to be kept."""
    prefix = file.split("/", 1)[0].removesuffix(".tar.xz").removesuffix("_evtx")
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in sorted(folder.glob(f"{prefix}.LICENSE*"))]
    return tuple(dict.fromkeys(line for text in texts for line in _COPYRIGHT.findall(text)))
