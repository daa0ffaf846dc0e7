"""The five modes of the application, one screen each."""
