"""Exceptions: what a verdict of false positive or benign is kept for in later cases, what they cover, and as a file."""
