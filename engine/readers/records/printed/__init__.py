"""Records that a product printed as text: readers of their own, which end in the kinds of records."""
