"""The vault: models as folders with hashes."""
