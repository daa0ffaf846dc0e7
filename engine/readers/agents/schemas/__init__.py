"""Schemas that many products are brought to, in which a process creation looks the same whoever saw it."""
