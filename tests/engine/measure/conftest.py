"""The small detector of the tests beside the detector."""

from tests.engine.detector.conftest import corpus, detector

__all__ = ["corpus", "detector"]
