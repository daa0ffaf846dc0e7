"""Detectors against known labels: settings, baselines, the ladder."""
