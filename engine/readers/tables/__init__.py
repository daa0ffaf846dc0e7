"""Rows and lists: exported tables, pairs, sequences."""
