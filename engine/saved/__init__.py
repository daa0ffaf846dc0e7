"""What saved models of both kinds have in common, and the distrust with which they are read."""
