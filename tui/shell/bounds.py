"""Largest numbers that options take: what a random generator, SQLite or a slice can hold. Every numeric option names its own.

Typer takes nothing that is not within `min` and `max`, so neither infinite numbers nor NaN; what counts with a budget looks once
more (engine.detector.thresholds, store.scores.threshold_rows), for settings come from manifests and forms too.
"""

from __future__ import annotations

MOST = 1_000_000_000
"""Rows, processes, events."""
LARGEST_SEED = 2**32 - 1
"""NumPy, torch and gensim all take it."""
LARGEST_PID = 2**63 - 1
"""What the database holds; a log may claim any of them."""
MOST_THREADS = 256
"""Of torch; more than the processors of any machine that this runs on."""
MOST_HOSTS, MOST_DAYS = 10_000, 366
"""Of a simulation: more than any disk has room for."""
MOST_SEEDS = 1_000
"""Models that are trained one after another."""
MOST_BATCH = 65_536
"""Chains of a batch: of ten steps each they take some hundred megabytes."""
