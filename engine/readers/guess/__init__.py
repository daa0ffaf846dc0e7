"""Records of no known kind: whether they are about process creation, and if not, what they are."""
