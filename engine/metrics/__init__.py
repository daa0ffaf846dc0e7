"""Figures of a ranking against labels. numpy only."""
