"""The unsupervised part of oddkin: fit on a corpus of chains, score chains, explain steps, save and load.

    detector = Detector(DetectorParams(seed=1)).fit(corpus, run)
    scores = detector.score(corpus, run)
    detector.save(folder); Detector.load(folder)

Importing this package costs numpy only; torch and gensim are imported when something is fitted or scored.
"""

from __future__ import annotations

from engine.detector.model import Detector
from engine.detector.params import DetectorParams
from engine.detector.thresholds import AlertBudget
from engine.starter.starter import Starter

__all__ = ["AlertBudget", "Detector", "DetectorParams", "Starter"]
