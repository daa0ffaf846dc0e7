"""Marks that rules of others leave on processes: where rules are run, and what is kept of what they say."""
