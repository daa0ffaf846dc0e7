"""Which chains are one thing to a responder."""
