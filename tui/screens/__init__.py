"""The six modes of the application, one screen each."""
