"""`oddkin exceptions`."""
