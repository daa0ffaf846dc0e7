"""Largest numbers that options take: what a random generator, SQLite or a slice can hold."""

from __future__ import annotations

MOST = 1_000_000_000
"""Rows, processes, events."""
LARGEST_SEED = 2**32 - 1
"""NumPy, torch and gensim all take it."""
LARGEST_PID = 2**63 - 1
"""What the database holds; a log may claim any of them."""
