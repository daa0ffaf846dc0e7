"""Exceptions: verdicts that are kept for later cases, what of each case they cover, and what that hides of its queue."""
