"""Raw logs to process events: containers, detection, one reader per family of formats."""
