"""Choices that the command line and the screens make for those who make none."""

from __future__ import annotations

THREAT_PRIOR = True
"""Whether a new model uses the starter's supervised prior."""

RULES = True
"""Whether a new model reads paths through the accepted normalisation rules; figures in docs/rules.md."""
