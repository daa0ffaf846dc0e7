"""Sentences of what is handed over."""
