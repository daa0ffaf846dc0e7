"""Two models whose scores are arithmetic: the same on every machine, and no torch in sight."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.domain.scores import ScoreSet, SignalColumn
from tui.runtime.services import Services

OLD, NEW = "detector-20260110-0a1b2c3d", "detector-20260115-4e5f6071"


def manifest(seed: int, epochs: int | None) -> dict[str, Any]:
    bins = np.arange(40)
    real, shuffled = (np.round(400 * np.exp(-(((bins - middle) / 6.0) ** 2))).astype(int) for middle in (12 + seed, 27))
    return {
        "kind": "detector",
        "cases": ["demo"],
        "seed": seed,
        "device": "cpu (test), 1 thread",
        "training_set": "0123456789abcdef0123456789abcdef",
        "parameters": {"seed": seed, "epochs": epochs, "network": {"hidden": 64, "steps": 3000}, "score": "fused"},
        "metrics": {
            "chains": 300, "threshold": 2.5 + seed, "network_loss": 0.05 / seed, "shuffled_auc": 0.9,
            "histogram_log10_edges": [round(-3 + 0.1 * edge, 1) for edge in range(41)],
            "histogram_real": real.tolist(), "histogram_shuffled": shuffled.tolist(),
        },
        "libraries": {"torch": "2.x"},
    }  # fmt: skip


def scores_of(services: Services, turn: float) -> ScoreSet:
    corpus = services.workspace.chains.load_corpus(["demo"])
    size = len(corpus)
    values = corpus.lengths / 2 + 1.0 / corpus.counts + turn * np.sin(np.arange(size)) + np.arange(size) * 1e-6
    finding = np.zeros(size, np.int64)
    finding[np.argsort(-values)[:12]] = np.arange(1, 13)
    errors = np.where(corpus.steps >= 0, 0.25, np.nan).astype(np.float32)
    signal = SignalColumn("reconstruction", 10 ** (values - 4), np.full(size, 0.5))
    threshold = float(np.sort(values)[-12])
    return ScoreSet(corpus.ids, values, errors, np.zeros(size, np.int32), (signal,), {}, threshold, finding, {})


def publish(services: Services, number: str, seed: int, created_us: int, turn: float, *, use: bool) -> None:
    workspace = services.workspace
    stage = workspace.vault.stage()
    (stage / "parameters.json").write_text(f'{{"seed": {seed}}}')
    made = workspace.vault.publish(stage, manifest(seed, None if seed == 1 else 20))
    workspace.chains.write_scores("demo", made, scores_of(services, turn), use=use)
    (workspace.models_folder / made).rename(workspace.models_folder / number)
    with workspace.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.commit()
        raw = connection.connection.cursor()
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("UPDATE model SET id = ?, created_us = ? WHERE id = ?", (number, created_us, made))
        raw.execute("UPDATE score_set SET model_id = ?, created_us = ? WHERE model_id = ?", (number, created_us, made))
        raw.execute("UPDATE model_use SET model_id = ? WHERE model_id = ?", (number, made))
        raw.execute("COMMIT") if connection.connection.in_transaction else None
        raw.execute("PRAGMA foreign_keys=ON")


def two_models(services: Services) -> None:
    """OLD is in use, NEW waits beside it; some verdicts are given."""
    now = int(services.now().timestamp() * 1e6)
    publish(services, OLD, 1, now - 5 * 86_400_000_000, 0.0, use=True)
    publish(services, NEW, 2, now - 3_600_000_000, 0.7, use=False)
    rows = services.workspace.queue.page("demo")
    services.workspace.labels.set("demo", [row.key for row in rows[:3]], "malicious", author="ada")
    services.workspace.labels.set("demo", [row.key for row in rows[4:6]], "false_positive", author="ada")
