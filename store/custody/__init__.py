"""The audit: what was done with a workspace and what was handed over, as a chain of hashes."""
