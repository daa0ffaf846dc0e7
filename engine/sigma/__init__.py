"""Sigma rules: read from a folder by pySigma, in a process of their own, and become conditions over process creations."""
