"""Chains: single ones, and all of a case as a corpus."""
