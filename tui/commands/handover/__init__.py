"""`oddkin export` and `oddkin report`."""
