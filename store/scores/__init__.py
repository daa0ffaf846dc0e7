"""Scores, thresholds and which of them is in use."""
