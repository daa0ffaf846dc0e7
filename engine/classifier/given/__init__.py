"""Sequences that a person hands over: one as text, or a file of them; read without running any of it."""
