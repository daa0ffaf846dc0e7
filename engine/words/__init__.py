"""Words of paths and of command lines as vectors."""
