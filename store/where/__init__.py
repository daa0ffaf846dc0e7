"""The filter language: one line of text, and what it means for processes, chains and findings. See docs/filter.md."""
