"""What a case is asked beside its queue: how many of what, and when."""
