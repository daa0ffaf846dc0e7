"""How good a ranking is, and what plain counting reaches on the same chains."""
