"""The tree of processes as data: which lines it has, what is open, what is kept. No widgets, no SQL."""
