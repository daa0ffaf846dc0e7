"""The findings of an estate: what `oddkin fleet` does."""
