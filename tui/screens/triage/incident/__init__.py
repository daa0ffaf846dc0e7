"""The incident as a tree: its rows, how they are painted, the widget."""
