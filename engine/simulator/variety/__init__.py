"""Paths as varied as the first paper's."""
