"""Exceptions in both front ends: made from what was judged, seen before they are kept, and what they hide of a queue."""
