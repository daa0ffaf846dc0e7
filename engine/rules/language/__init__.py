"""The language of normalisation rules."""
