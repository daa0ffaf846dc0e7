"""Synthetic sequences: behaviours from templates, and random ones. Marked synthetic everywhere, never counted as labels."""

from engine.classifier.synthetic.sequences import Synthetic, Vocabulary, abnormal, normal

__all__ = ["Synthetic", "Vocabulary", "abnormal", "normal"]
