"""Records in JSON, whatever wraps them."""
