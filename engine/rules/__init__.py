"""Normalisation rules: learnt from the words of paths, readable, guarded, applied to words and never across trust zones."""

from __future__ import annotations
