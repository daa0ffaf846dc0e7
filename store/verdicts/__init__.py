"""Verdicts: append-only events, given, undone, exchanged."""
