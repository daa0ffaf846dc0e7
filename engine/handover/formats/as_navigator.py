"""A layer of the ATT&CK Navigator, layer format 4.5 (attack-navigator, layers/spec/v4.5/layerformat.md).

A technique's score is how many of the processes show it; its comment says which and why. No version of ATT&CK is named: the
Navigator takes its current one. Technique ids are of the enterprise domain.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, TextIO

from engine.handover.format import ExportFormat, Needs
from engine.handover.material import Handed
from engine.handover.plain import write_json
from engine.handover.rows import ExportRow
from engine.handover.told import ShownTechnique, techniques
from engine.untrusted import visible

EXAMPLES = 5
"""Processes that a comment names."""


def write(handed: Handed, stream: TextIO) -> int:
    """The layer; the number of techniques."""
    shown: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    verdicts: dict[str, Counter[str]] = {}
    for row in handed.rows:
        for told in techniques(row):
            counts[told.technique] += 1
            verdicts.setdefault(told.technique, Counter())[row.verdict or "without a verdict"] += 1
            examples = shown.setdefault(told.technique, [])
            if len(examples) < EXAMPLES:
                examples.append(_example(row, told))
    listed = [_technique(one, counts[one], shown[one], verdicts[one]) for one in sorted(counts)]
    write_json(_layer(handed, listed, max(counts.values(), default=1)), stream)
    return len(listed)


def _example(row: ExportRow, told: ShownTechnique) -> str:
    where = " ".join(part for part in (row.process, row.incident) if part)
    return f"{where} on {visible(row.host)}: {visible(told.words)}"


def _technique(technique: str, count: int, examples: list[str], verdicts: Counter[str]) -> dict[str, Any]:
    more = [f"… {count - len(examples):,} more"] if count > len(examples) else []
    return {
        "techniqueID": technique,
        "score": count,
        "comment": "\n".join([*examples, *more]),
        "enabled": True,
        "showSubtechniques": False,
        "metadata": [{"name": verdict, "value": f"{number:,}"} for verdict, number in sorted(verdicts.items())],
    }


def _layer(handed: Handed, listed: list[dict[str, Any]], most: int) -> dict[str, Any]:
    about = handed.about
    return {
        "name": f"oddkin: {visible(about.case)}",
        "versions": {"navigator": "4.9.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": visible(about.sentence()),
        "sorting": 3,
        "layout": {"layout": "side", "showID": True, "showName": True, "expandedSubtechniques": "annotated"},
        "hideDisabled": False,
        "techniques": listed,
        "gradient": {"colors": ["#ffe8cc", "#b00020"], "minValue": 0, "maxValue": most},
        "metadata": [
            {"name": "case", "value": visible(about.case)},
            {"name": "model", "value": visible(about.model) or "none"},
            {"name": "oddkin", "value": about.version},
        ],
    }


FORMAT = ExportFormat(
    "navigator", "ATT&CK Navigator layer", ".layer.json", 60, Needs.PROCESSES, ("technique", "techniques"), write
)
