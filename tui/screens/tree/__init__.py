"""Screen 2."""
