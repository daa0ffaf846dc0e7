"""Whether two checkouts make the same of the same evidence, byte for byte: queue, CSV, model arrays, manifests (but id, time).

    python -m tests.benchmarks.same_results OTHER_CHECKOUT [EVIDENCE] [--seed N] [--work FOLDER]

EVIDENCE is the demo's logs unless it is given. Both run with the interpreter of this process, one after the other, in workspaces
of their own; evidence keeps its path. Prints a digest for each result and ends with 1 if any differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[2]
CASE = "same"
OWN = {"id", "created", "created_us", "created_at", "files", "name", "sha256"}
"""What differs between two trainings of the same, wherever it stands in a manifest or a model's JSON."""
TIMES = ("seconds", "chains_per_second")
"""Likewise, what such keys end in."""


def oddkin(checkout: Path, workspace: Path, *arguments: str) -> bytes:
    """stdout of one command. Raises CalledProcessError with the message on stderr; 3 (unreadable input) is no failure here."""
    code = f"import sys; sys.path.insert(0, {str(checkout)!r}); from tui.cli import main; sys.exit(main())"
    environment = os.environ | {"ODDKIN_WORKSPACE": str(workspace), "OMP_NUM_THREADS": "1", "PYTHONPATH": str(checkout)}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, cwd=workspace.parent, env=environment, check=False
    )
    if done.returncode not in {0, 3}:
        raise subprocess.CalledProcessError(done.returncode, arguments, done.stdout, done.stderr)
    return done.stdout


def digest(data: bytes) -> str:
    """Short, for the table."""
    return hashlib.sha256(data).hexdigest()[:16]


def timeless(told: Any) -> Any:
    """JSON without what only this training has."""
    if isinstance(told, dict):
        return {key: timeless(value) for key, value in told.items() if key not in OWN and not key.endswith(TIMES)}
    return [timeless(one) for one in told] if isinstance(told, list) else told


def results(checkout: Path, evidence: Path, workspace: Path, seed: int) -> dict[str, str]:
    """Name of a result -> its digest."""
    oddkin(checkout, workspace, "-q", "ingest", str(evidence), "--case", CASE)
    oddkin(checkout, workspace, "-q", "train", "--case", CASE, "--seed", str(seed))
    oddkin(checkout, workspace, "-q", "label", "F1", "malicious", "--yes", "--case", CASE)
    oddkin(checkout, workspace, "-q", "export", "--case", CASE, "-o", "same.csv")
    csv = (workspace.parent / "same.csv").read_text(encoding="utf-8")
    found = {}
    for model in sorted((workspace / "models").iterdir()):
        csv = csv.replace(model.name, "MODEL")
        manifest = json.loads((model / "manifest.json").read_text(encoding="utf-8"))
        found["manifest"] = digest(json.dumps(timeless(manifest), sort_keys=True).encode())
        for file in sorted(model.iterdir()):
            if file.suffix == ".json" and file.name != "manifest.json":
                told = json.loads(file.read_text(encoding="utf-8"))
                found[file.name] = digest(json.dumps(timeless(told), sort_keys=True).encode())
            elif file.name != "manifest.json":
                found[file.name] = digest(file.read_bytes())
    rows = [",".join(cell for cell in line.split(",") if not cell.startswith("20")) for line in csv.splitlines()]
    found["export"] = digest("\n".join(rows).encode())
    (workspace.parent / "same.csv").unlink()
    for what in ((), ("--chains",), ("--by", "detector")):
        found[" ".join(("rank", *what))] = digest(
            oddkin(checkout, workspace, "rank", "--case", CASE, "--format", "csv", "--limit", "100000", *what)
        )
    return found


def main() -> int:
    """1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path)
    parser.add_argument("evidence", type=Path, nargs="?")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.work) as folder:
        work = Path(folder)
        evidence = asked.evidence
        if evidence is None:
            evidence = work / "logs"
            (work / "made").mkdir()
            oddkin(HERE, work / "made" / "workspace", "demo", "--logs", str(evidence))
        both = []
        for number, checkout in enumerate((asked.other.resolve(), HERE)):
            place = work / str(number)
            place.mkdir()
            both.append(results(checkout, evidence.resolve(), place / "workspace", asked.seed))
    first, second = both
    for name in sorted(first.keys() | second.keys()):
        same = first.get(name) == second.get(name)
        print(f"{name:32} {first.get(name, '-'):16} {second.get(name, '-'):16} {'same' if same else 'DIFFERS'}")
    return 0 if first == second else 1


if __name__ == "__main__":
    sys.exit(main())
