"""Windows events that a product printed as text, one after another, without a header or a number before each."""
