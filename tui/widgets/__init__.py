"""Widgets: they draw what they are given and tell what was pressed. No SQL, no torch."""
