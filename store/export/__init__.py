"""Rows for other programs."""
