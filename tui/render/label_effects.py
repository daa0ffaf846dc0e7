"""What the labels of a case did, machine-readable."""

from __future__ import annotations

import json

from engine.domain.verdicts import VERDICTS
from store.queue.verdict_effects import LabelEffects, Precision
from tui.render.queue_table import plain
from tui.words.words import when as when_utc


def as_data(found: LabelEffects | None, chains: int) -> str:
    """Everything, machine-readable, of a queue of so many chains; the same keys where nothing was taught, with nothing behind."""
    if found is None:
        counts = {"labels": dict.fromkeys(VERDICTS, 0), "sentence": ""}
        found = LabelEffects(chains, 0, 0, 0, (), (), (), Precision((), ()), abstains=False, metrics=counts)
    told = {
        "chains": found.chains, "raised": found.up, "lowered": found.down, "put_aside": found.out, "abstains": found.abstains,
        "most_raised": [plain(row) for row in found.raised], "most_lowered": [plain(row) for row in found.lowered],
        "put_aside_by": [
            {"chains": group.chains, "chain_id": group.row.key if group.row else None, "origin": group.origin or None}
            for group in found.put_aside
        ],
        "precision": [
            {"at": when_utc(at), "malicious_of_last_20": share}
            for at, share in zip(found.precision.at_us, found.precision.share, strict=True)
        ],
        **{name: value for name, value in found.metrics.items() if name in {"labels", "sentence", "stop"}},
    }  # fmt: skip
    return json.dumps(told, indent=1)
