"""The small detector of the detector tests, fitted once."""

from tests.engine.detector.conftest import corpus, detector

__all__ = ["corpus", "detector"]
