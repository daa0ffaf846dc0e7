"""Processes: details, the forest, search."""
