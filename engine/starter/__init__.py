"""What a new model brings along: everyday chains, and the supervised prior."""
